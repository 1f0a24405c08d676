"""The figure: an update's time over the number of workers, on paper and as measured."""

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from comparisons.scaling.on_paper import update_seconds
from ddpg_tf.training.figures import COLOURS

WORKERS = (1, 2, 4, 8, 16, 32, 64, 128)


def figures(data: dict) -> dict[str, Figure]:
    """What was measured for two workers, and what follows for more."""
    figure = Figure(figsize=(10.5, 4), layout="constrained")
    left, right = figure.subplots(1, 2)
    for axes, (name, case) in zip((left, right), data["cases"].items(), strict=True):
        draw_case(axes, case, data["link"])
        widths = "-".join(map(str, case["hidden_sizes"]))
        axes.set_title(f"{name}: batch {case['batch_size']}, networks {widths}")
    left.set_ylabel("milliseconds per update")
    left.legend()
    return {"scaling": figure}


def draw_case(axes: Axes, case: dict, link: dict) -> None:
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
