"""An agent on disk: weights files and arrays beside one JSON file. Nothing is pickled."""

import json
import os
import shutil
import zipfile
from contextlib import contextmanager
from pathlib import Path

import gymnasium as gym
import numpy as np

from ddpg_tf.config import DDPGConfig

AGENT_FILE = "agent.json"
STATE_FILE = "state.npz"

DAMAGE = (
    *(OSError, EOFError, RuntimeError, zipfile.BadZipFile),
    *(ValueError, TypeError, KeyError, AttributeError),
)
"""What readers of JSON, CSV, NumPy's and HDF5 files raise for one that was cut short or edited."""


def save_agent(agent, directory) -> None:
    """Write `agent` to `directory`; a new directory appears whole or not at all.

    An agent that was saved there before is replaced. Raises FileExistsError if the directory holds
    anything else, so that nothing but an agent is ever removed.
    """
    with whole_directory(directory) as unfinished:
        write_agent(agent, unfinished)


@contextmanager
def whole_directory(directory):
    """Yield a directory to write to, which takes the place of `directory` when all is written."""
    directory = Path(directory)
    if directory.exists() and not is_replaceable(directory):
        raise FileExistsError(
            f"{str(directory)!r} holds something other than an agent; save to a new directory"
        )
    unfinished = directory.with_name(directory.name + ".unfinished")
    shutil.rmtree(unfinished, ignore_errors=True)
    unfinished.mkdir(parents=True)
    yield unfinished
    replaced = directory.with_name(directory.name + ".replaced")
    shutil.rmtree(replaced, ignore_errors=True)
    if directory.exists():
        os.replace(directory, replaced)
    os.replace(unfinished, directory)
    shutil.rmtree(replaced, ignore_errors=True)


def write_agent(agent, directory: Path) -> None:
    """Write the networks, what else was learned, and what is needed to rebuild the agent."""
    for name, network in agent.networks.items():
        network.save_weights(directory / f"{name}.weights.h5")
    np.savez(directory / STATE_FILE, **agent_state(agent))
    description = {
        "config": agent.config.to_dict(),
        "observation_size": agent.observation_size,
        "action_low": agent.action_low.tolist(),
        "action_high": agent.action_high.tolist(),
    }
    (directory / AGENT_FILE).write_text(json.dumps(description, indent=2) + "\n")


def agent_state(agent) -> dict[str, np.ndarray]:
    """Return the optimisers' moments, the running moments and the count of updates, by name."""
    state = {name: variable.numpy() for name, variable in agent.variables().items()}
    if agent.observation_moments is not None:
        for name, array in agent.observation_moments.state().items():
            state[f"observation_moments/{name}"] = array
    return state


def restore_state(agent, state) -> None:
    """Set what `agent_state` returned. Raises KeyError if something is missing."""
    for name, variable in agent.variables().items():
        variable.assign(state[name])
    if agent.observation_moments is not None:
        names = agent.observation_moments.state()
        moments = {name: state[f"observation_moments/{name}"] for name in names}
        agent.observation_moments.restore(moments)


def is_replaceable(directory: Path) -> bool:
    """Return whether `directory` is an empty directory or a checkpoint."""
    return directory.is_dir() and (
        (directory / AGENT_FILE).is_file() or not any(directory.iterdir())
    )


def load_agent(cls, directory, actor=None, critic=None):
    """Return the agent of type `cls` that `save_agent` wrote, see `DDPG.load`."""
    directory = latest_checkpoint(directory)
    with readable(directory / AGENT_FILE) as path:
        description = json.loads(path.read_text())
        low, high = (np.float32(description[key]) for key in ("action_low", "action_high"))
        observations = gym.spaces.Box(-np.inf, np.inf, (description["observation_size"],))
        actions = gym.spaces.Box(low, high)
        config = DDPGConfig.from_dict(description["config"])
    agent = cls(observations, actions, config, actor=actor, critic=critic)
    restore_agent(agent, directory)
    return agent


def restore_agent(agent, directory: Path) -> None:
    """Give `agent` everything that the checkpoint in `directory` holds.

    Raises ValueError if the checkpoint is of other networks.
    """
    for name, network in agent.networks.items():
        path = directory / f"{name}.weights.h5"
        try:
            network.load_weights(path)
        except ValueError as error:
            raise ValueError(
                f"the {name} in {str(directory)!r} has other layers; an agent with networks of "
                "your own is loaded with DDPG.load(directory, actor=..., critic=...)"
            ) from error
        except DAMAGE as error:
            raise damaged(path, error) from error
    with readable(directory / STATE_FILE) as path, np.load(path) as state:
        restore_state(agent, state)


@contextmanager
def readable(path: Path):
    """Yield `path`, to be read. Raises ValueError, naming it, if that shows it to be damaged."""
    try:
        yield path
    except DAMAGE as error:
        raise damaged(path, error) from error


def damaged(path: Path, error: Exception) -> ValueError:
    """Return what to raise for a file that could not be read because of `error`."""
    return ValueError(f"{str(path)!r} is missing or damaged ({type(error).__name__}: {error})")


def latest_checkpoint(directory) -> Path:
    """Return `directory` if it is a checkpoint, else the latest one of the run's directory.

    Raises FileNotFoundError if there is neither.
    """
    directory = Path(directory)
    if (directory / AGENT_FILE).is_file():
        return directory
    checkpoints = all_checkpoints(directory)
    if not checkpoints:
        raise FileNotFoundError(
            f"no agent in {str(directory)!r}; give the directory of a run of 'ddpg-tf train'"
        )
    return checkpoints[-1]


def all_checkpoints(run_dir) -> list[Path]:
    """Return the directories of a run's checkpoints, the oldest first."""
    found = sorted(Path(run_dir).glob(f"checkpoints/step_*[0-9]/{AGENT_FILE}"))
    return [path.parent for path in found]
