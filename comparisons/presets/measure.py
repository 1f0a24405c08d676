"""What is measured: the returns of whole trainings, each one a line of the command line."""

from comparisons.presets.runs import DEFAULT_EPISODES, TargetsByMovingMoments, trained
from comparisons.runs import config_of, random_returns
from comparisons.study import Track
from ddpg_tf import PRESETS

EPISODES = {"Pendulum-v1": 200, "CarRacing-v3": 5}
"""Environment -> episodes of the last evaluation, if not the default: many where the start decides
much and a step costs little, few where a step costs most. `ddpg-tf evaluate DIR --episodes N`
plays the same."""

QUICK = (
    "--total-steps 300 --warmup-steps 250 --actor-warmup-steps 0 --hidden-sizes 8 --eval-every 300 "
    "--critic-hidden-sizes 8 8 --eval-episodes 1 --jit-compile False"
)
"""Options that make any run a matter of a second."""

PENDULUM = {
    "td3": "ddpg-tf train --algorithm td3 --total-steps 20000 --learning-rate-schedule linear",
    "fujimoto": "ddpg-tf train --preset fujimoto --env-id Pendulum-v1 --total-steps 10000 "
    "--eval-every 1000",
}
"""Name -> command of the two agents that must reach the mark on Pendulum-v1."""

WITH_BATCH_NORM = ("lillicrap", "emami")
"""The presets that have batch norm."""


def run(quick: bool, track: Track) -> dict:
    """Three runs of each preset and of its variants, and five of two agents on Pendulum.

    Raises ValueError, with the command that installs it, if an environment is missing.
    """
    commands = {
        "presets": preset_commands(WITH_BATCH_NORM if quick else PRESETS),
        "without_batch_norm": preset_commands(WITH_BATCH_NORM, " --normalization none"),
        "moving_moments": preset_commands(WITH_BATCH_NORM),
        "pendulum": PENDULUM,
    }
    groups = {
        group: {name: planned(command, quick) for name, command in members.items()}
        for group, members in commands.items()
    }
    every = [member for members in groups.values() for member in members.values()]
    # random actions first: an environment that is not installed is noticed before any training
    environments = {member["env_id"]: member for member in every}
    random = {
        env_id: float(random_returns(env_id, member["episodes"]).mean())
        for env_id, member in track(environments.items(), "random actions")
    }
    trials = [
        (member, seed, TargetsByMovingMoments if group == "moving_moments" else None)
        for group, members in groups.items()
        for member in members.values()
        for seed in range(1 if quick else 5 if group == "pendulum" else 3)
    ]
    with trained(trials, together=1 if quick else 2) as runs:
        for member, *_ in track(trials, "training"):
            member["runs"].append(next(runs))
    return groups | {"random_returns": random}


def preset_commands(names=PRESETS, options: str = "") -> dict[str, str]:
    """Name -> command that trains the preset, for the presets `names`, with further options."""
    return {name: f"ddpg-tf train --preset {name}{options}" for name in names}


def planned(command: str, quick: bool) -> dict:
    """What a command says before it is run: its environment and its length; and no runs yet."""
    command = f"{command} {QUICK}" if quick else command
    config = config_of(command)
    return {
        "command": command,
        "env_id": config.env_id,
        "total_steps": config.total_steps,
        "episodes": 2 if quick else EPISODES.get(config.env_id, DEFAULT_EPISODES),
        "runs": [],
    }
