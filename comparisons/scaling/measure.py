"""What is measured: the time of an update, alone and with two workers, and what it sends."""

from dataclasses import replace

from comparisons.scaling.on_paper import link_of, update_sizes
from comparisons.study import Track
from ddpg_tf.config import DDPGConfig
from ddpg_tf.distributed.launch import messages

SMALL = DDPGConfig(workers=2, total_steps=1_000_000, eval_every=1_000_000, warmup_steps=64)
LARGE = replace(SMALL, batch_size=512, hidden_sizes=(512, 512), warmup_steps=512)
CASES = {"small": (SMALL, 20), "large": (LARGE, 4)}
"""Name -> config for Pendulum-v1, with the default networks and batch or with larger ones, and
the updates in a timed block."""


def run(quick: bool, track: Track) -> dict:
    """Time updates with one worker and with two, and count what they compute and send."""
    order = {
        "rounds": 2 if quick else 30,
        "cases": {
            name: replace(config, update_every=updates).to_dict()
            for name, (config, updates) in CASES.items()
        },
    }
    told = messages("comparisons.scaling.one_worker", order, workers=2)
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
