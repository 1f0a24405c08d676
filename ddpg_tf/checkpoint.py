"""An agent on disk: Keras weights files beside one JSON file. Nothing is pickled."""

import json
import os
import shutil
from pathlib import Path

import gymnasium as gym
import numpy as np

from ddpg_tf.config import DDPGConfig

NETWORKS = ("actor", "critic", "target_actor", "target_critic")
AGENT_FILE = "agent.json"


def save_agent(agent, directory) -> None:
    """Write `agent` to `directory`; a new directory appears whole or not at all.

    An agent that was saved there before is replaced. Raises FileExistsError if the directory holds
    anything else, so that nothing but an agent is ever removed.
    """
    directory = Path(directory)
    if directory.exists() and not is_replaceable(directory):
        raise FileExistsError(
            f"{str(directory)!r} holds something other than an agent; save to a new directory"
        )
    unfinished = directory.with_name(directory.name + ".unfinished")
    shutil.rmtree(unfinished, ignore_errors=True)
    unfinished.mkdir(parents=True)
    for name in NETWORKS:
        getattr(agent, name).save_weights(unfinished / f"{name}.weights.h5")
    description = {
        "config": agent.config.to_dict(),
        "observation_size": agent.observation_size,
        "action_low": agent.action_low.tolist(),
        "action_high": agent.action_high.tolist(),
    }
    (unfinished / AGENT_FILE).write_text(json.dumps(description, indent=2) + "\n")
    shutil.rmtree(directory, ignore_errors=True)
    os.replace(unfinished, directory)


def is_replaceable(directory: Path) -> bool:
    """Return whether `directory` is an empty directory or a checkpoint."""
    return directory.is_dir() and (
        (directory / AGENT_FILE).is_file() or not any(directory.iterdir())
    )


def load_agent(cls, directory, actor=None, critic=None):
    """Return the agent of type `cls` that `save_agent` wrote, see `DDPG.load`."""
    directory = latest_checkpoint(directory)
    description = json.loads((directory / AGENT_FILE).read_text())
    low, high = (np.float32(description[key]) for key in ("action_low", "action_high"))
    agent = cls(
        gym.spaces.Box(-np.inf, np.inf, (description["observation_size"],), np.float32),
        gym.spaces.Box(low, high),
        DDPGConfig.from_dict(description["config"]),
        actor=actor,
        critic=critic,
    )
    for name in NETWORKS:
        try:
            getattr(agent, name).load_weights(directory / f"{name}.weights.h5")
        except ValueError as error:
            raise ValueError(
                f"the {name} in {str(directory)!r} has other layers; an agent with networks of "
                "your own is loaded with DDPG.load(directory, actor=..., critic=...)"
            ) from error
    return agent


def latest_checkpoint(directory) -> Path:
    """Return `directory` if it is a checkpoint, else the latest one of the run's directory.

    Raises FileNotFoundError if there is neither.
    """
    directory = Path(directory)
    if (directory / AGENT_FILE).is_file():
        return directory
    checkpoints = sorted(directory.glob(f"checkpoints/step_*[0-9]/{AGENT_FILE}"))
    if not checkpoints:
        raise FileNotFoundError(
            f"no agent in {str(directory)!r}; give the directory of a run of 'ddpg-tf train'"
        )
    return checkpoints[-1].parent
