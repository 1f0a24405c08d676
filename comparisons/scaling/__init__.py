"""Two workers against one: what is gained, what is sent, and what follows for a hundred.

Every worker is kept on a core of its own, as if it were a machine; their network is loopback.
"""

from dataclasses import replace

import numpy as np
from matplotlib.figure import Figure

from comparisons.scaling.on_paper import link_of, update_seconds, update_sizes
from comparisons.scaling.text import finding
from ddpg_tf.config import DDPGConfig
from ddpg_tf.distributed.launch import messages
from ddpg_tf.training.figures import COLOURS

__all__ = ["figures", "finding", "run"]

SMALL = DDPGConfig(workers=2, total_steps=1_000_000, eval_every=1_000_000, warmup_steps=64)
LARGE = replace(SMALL, batch_size=512, hidden_sizes=(512, 512), warmup_steps=512)
CASES = {"small": (SMALL, 20), "large": (LARGE, 4)}
"""Name -> config for Pendulum-v1, with the default networks and batch or with larger ones, and
the updates in a timed block."""
WORKERS = (1, 2, 4, 8, 16, 32, 64, 128)


def run(quick, track) -> dict:
    """Return seconds for an update, alone and with two workers, and what it takes on paper."""
    order = {
        "rounds": 2 if quick else 30,
        "cases": {
            name: replace(config, update_every=updates).to_dict()
            for name, (config, updates) in CASES.items()
        },
    }
    told = messages("comparisons.scaling.measured", order, workers=2)
    seconds = {name: next(told) for name in track(CASES, "one worker and two, in turns")}
    cases = {
        name: {
            "batch_size": config.batch_size,
            "hidden_sizes": list(config.hidden_sizes),
            "seconds": seconds[name],
            "sizes": update_sizes(config, observation_size=3, action_size=1),
        }
        for name, (config, _) in CASES.items()
    }
    return {"cases": cases, "link": link_of(cases["small"], cases["large"])}


def figures(data: dict) -> dict[str, Figure]:
    """Return the figure of what was measured for two workers and what follows for more."""
    figure = Figure(figsize=(10.5, 4), layout="constrained")
    left, right = figure.subplots(1, 2)
    for axes, (name, case) in zip((left, right), data["cases"].items(), strict=True):
        draw_case(axes, case, data["link"])
        widths = "-".join(map(str, case["hidden_sizes"]))
        axes.set_title(f"{name}: batch {case['batch_size']}, networks {widths}")
    left.set_ylabel("milliseconds an update")
    left.legend()
    return {"scaling": figure}


def draw_case(axes, case: dict, link: dict) -> None:
    """Draw the time of an update over the number of workers: on paper, and as measured."""
    seconds = case["seconds"]
    # no worker can do less than one transition
    shared = [workers for workers in WORKERS if workers <= case["batch_size"]]
    computing = [1e3 * seconds["graph"] / workers for workers in shared]
    total = [1e3 * update_seconds(case, workers, link) for workers in shared]
    averaging = np.subtract(total, computing)
    blue, orange, green, *_ = COLOURS.values()
    axes.plot(shared, total, color=blue, label="an update, on paper")
    axes.plot(shared, computing, "--", color=orange, label="of that, computing")
    axes.plot(shared[1:], averaging[1:], ":", color=green, label="of that, averaging")
    measured = [1e3 * seconds[name] for name in ("graph", "together")]
    axes.plot([1, 2], measured, "o", color="black", label="measured")
    axes.plot([1], [1e3 * seconds["xla"]], "*", color="black", label="measured, XLA")
    axes.set_xscale("log", base=2)
    axes.set_yscale("log")
    axes.set_xticks(WORKERS, map(str, WORKERS))
    axes.set_xlabel("workers that share the batch")
    axes.grid(alpha=0.3)
