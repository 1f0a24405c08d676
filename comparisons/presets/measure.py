"""What is measured: the returns of whole trainings, each one a line of the command line."""

import tempfile
from pathlib import Path

import gymnasium as gym
import numpy as np

from comparisons.presets.moving_moments import TargetsByMovingMoments
from comparisons.runs import Trial, completed, config_of, played, random_returns
from comparisons.study import Track
from ddpg_tf import PRESETS
from ddpg_tf.environments.make import make_environment

EPISODES = {"Pendulum-v1": 200}
"""Environment -> episodes of the last evaluation, if not the default: many where the start decides
much and a step costs little. `ddpg-tf evaluate DIR --episodes N` plays the same."""

DEFAULT_EPISODES = 20
"""Episodes that `ddpg-tf evaluate` plays by default."""

QUICK = (
    "--total-steps 300 --warmup-steps 250 --actor-warmup-steps 0 --hidden-sizes 8 --eval-every 300 "
    "--critic-hidden-sizes 8 8 --eval-episodes 1 --jit-compile False"
)
"""Options that make any run a matter of a second."""

PENDULUM = {
    "td3": "ddpg-tf train --algorithm td3 --total-steps 20000 --learning-rate-schedule linear",
    "fujimoto": "ddpg-tf train --preset fujimoto --env-id Pendulum-v1 --total-steps 10000 "
    "--warmup-steps 1000 --eval-every 1000",
}
"""Name -> command of the two agents that must reach the mark on Pendulum-v1."""

WITH_BATCH_NORM = ("lillicrap", "emami")
"""The presets that have batch norm."""

QUICKLY = (*WITH_BATCH_NORM, "lau", "hoereth")
"""The presets of a quick run: those that the prose names."""

HOERETH = {
    "notebook": "ddpg-tf train --preset hoereth --activation selu --batch-size 100 "
    "--noise-sigma 0.4 --noise-sigma-final 0.04 --critic-l2 0 --critic-l2-biases False",
    "twice_the_l2": "ddpg-tf train --preset hoereth --critic-l2 0.01",
}
"""Name -> command of hoereth with its notebook's settings in place of its script's, and with the
whole sum of squares as the penalty in place of half of it."""

CAR = "ddpg_tf/TorcsView-v0"
"""The environment of lau, whose actions are steering, acceleration and brake."""

SEEDS = {"presets": 5, "pendulum": 5}
"""Group -> how many seeds, if not three."""

RUNS = Path("runs/presets")
"""Where the runs are, so that a study that was interrupted goes on."""


def run(quick: bool, track: Track) -> dict:
    """The runs of all presets and of their variants, the first seed of each before the second.

    Raises ValueError, with the command that installs it, if an environment is missing.
    """
    if quick:
        with tempfile.TemporaryDirectory() as folder:
            return measured(True, Path(folder), track)
    return measured(False, RUNS, track)


def measured(quick: bool, folder: Path, track: Track) -> dict:
    """As `run`; folder: where the runs are."""
    commands = {
        "presets": preset_commands(QUICKLY if quick else PRESETS),
        "hoereth": HOERETH,
        "without_batch_norm": preset_commands(WITH_BATCH_NORM, " --normalization none"),
        "moving_moments": preset_commands(WITH_BATCH_NORM),
        "pendulum": PENDULUM,
    }
    groups = {
        group: {name: planned(command, quick) for name, command in members.items()}
        for group, members in commands.items()
    }
    # random actions first: an environment that is not installed is noticed before any training
    every = [member for members in groups.values() for member in members.values()]
    environments = {member["env_id"]: member["episodes"] for member in every}
    random = {
        env_id: summary(random_returns(env_id, episodes))
        for env_id, episodes in track(environments.items(), "random actions")
    }
    throttle = summary(full_throttle(2 if quick else DEFAULT_EPISODES))
    trials = planned_trials(groups, folder, quick)
    with completed([trial for _, _, trial in trials], together=1 if quick else 2) as results:
        for member, seed, _ in track(trials, "training"):
            member["runs"].append({"seed": seed} | in_short(next(results), member["limit"]))
    return groups | {"random_returns": random, "full_throttle": throttle}


def summary(returns: np.ndarray) -> dict:
    """The mean of returns [episodes] and the standard deviation of one."""
    return {"mean": float(returns.mean()), "standard_deviation": float(returns.std())}


def full_throttle(episodes: int) -> np.ndarray:
    """The returns [episodes] of a car that goes straight ahead at full throttle."""
    with make_environment(CAR) as environment:
        return played(lambda observation: np.float32([0, 1, 0]), environment, episodes)[:, 0]


def in_short(result: dict, limit: int) -> dict:
    """What `complete` returns, with the mean of the final agent's returns in place of all.

    first_return is the mean of the first DEFAULT_EPISODES episodes. whole_episodes: how many came
    to the time limit. seconds: None if they are not known of the whole run.
    """
    returns, seconds = np.array(result["returns"]), result["seconds"]
    return {
        "steps": result["steps"],
        "eval_returns": result["eval_returns"],
        "return": float(returns.mean()),
        "first_return": float(returns[:DEFAULT_EPISODES].mean()),
        "standard_deviation": float(returns.std()),
        "whole_episodes": result["lengths"].count(limit),
        "seconds": None if None in seconds else sum(seconds),
    }


def planned_trials(groups: dict, folder: Path, quick: bool) -> list[tuple[dict, int, Trial]]:
    """The member that a trial belongs to, its seed, and the trial; the first seeds first."""
    trials = [
        (member, seed, trial_of(member, folder / group / f"{name}-s{seed}", seed, group))
        for group, members in groups.items()
        for name, member in members.items()
        for seed in range(1 if quick else SEEDS.get(group, 3))
    ]
    return sorted(trials, key=lambda trial: trial[1])


def trial_of(member: dict, run_dir: Path, seed: int, group: str) -> Trial:
    """A run of a member with one seed."""
    kind = TargetsByMovingMoments if group == "moving_moments" else None
    return Trial(f"{member['command']} --seed {seed}", run_dir, member["episodes"], kind)


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
        "limit": config.max_episode_steps or gym.spec(config.env_id).max_episode_steps,
        "episodes": 2 if quick else EPISODES.get(config.env_id, DEFAULT_EPISODES),
        "runs": [],
    }
