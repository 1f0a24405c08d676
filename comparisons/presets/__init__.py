"""What every preset reaches on its environment and in what time, and two agents held to a mark.

`runs.py` trains what the commands in the table say, read by the command line's own parser;
`figures.py` draws and `text.py` says what was seen.
"""

from comparisons.presets.figures import figures
from comparisons.presets.runs import (
    PENDULUM,
    WITH_BATCH_NORM,
    TargetsByMovingMoments,
    preset_commands,
    random_return,
    study,
    trained,
)
from comparisons.presets.text import finding
from ddpg_tf import DDPG, PRESETS

__all__ = ["figures", "finding", "run"]


def run(quick, track) -> dict:
    """Return three runs of each preset, and five of two agents on Pendulum.

    Those with batch norm also run without it, and with target critics that normalise otherwise.
    Raises ValueError, with the command that installs it, if an environment is missing.
    """
    commands = {
        "presets": preset_commands(WITH_BATCH_NORM if quick else PRESETS),
        "without_batch_norm": preset_commands(WITH_BATCH_NORM, " --normalization none"),
        "moving_moments": preset_commands(WITH_BATCH_NORM),
        "pendulum": PENDULUM,
    }
    studies = {
        group: {name: study(command, quick) for name, command in members.items()}
        for group, members in commands.items()
    }
    members = [studied for group in studies.values() for studied in group.values()]
    # random actions first: an environment that is not installed is found out before any training
    environments = {studied["env_id"]: studied for studied in members}
    random_returns = {
        env_id: random_return(env_id, studied["image_side"], studied["episodes"])
        for env_id, studied in track(environments.items(), "random actions")
    }
    trials = [
        (studied, seed, TargetsByMovingMoments if group == "moving_moments" else DDPG)
        for group, members in studies.items()
        for studied in members.values()
        for seed in range(1 if quick else 5 if group == "pendulum" else 3)
    ]
    with trained(trials, together=1 if quick else 2) as runs:
        for studied, *_ in track(trials, "training"):
            studied["runs"].append(next(runs))
    return studies | {"random_returns": random_returns}
