"""A saved agent's description, and its policy alone, which needs no TensorFlow."""

import json
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import NamedTuple

import gymnasium as gym
import numpy as np

from ddpg_tf.acting.layers import Layer, bounded, chain
from ddpg_tf.acting.moments import RunningMoments
from ddpg_tf.config import DDPGConfig
from ddpg_tf.run_files import AGENT_FILE, STATE_FILE, latest_checkpoint
from ddpg_tf.storage import packed, readable
from ddpg_tf.validation import require_path

POLICY_FILE = "policy.npz"
"""The values of the actor's layers, in order, of an actor that NumPy can evaluate."""

FORMAT = 4
"""The version of what is written here. It counts up whenever an older reader would be misled, or an
older checkpoint could no longer be read as it stands; `description_of` converts those that it can.

1   had no number, and of the observation space only its size
2   the whole observation space, so that a function can build networks for it again
3   the library's own critics see actions in half ranges; before, in the environment's units
4   all weights in networks.npz, before in HDF5 files; SHA256SUMS of all files
"""


class SavedPolicy(NamedTuple):
    """What `evaluate` needs of an agent. policy_now: see `policy`."""

    config: DDPGConfig
    policy_now: Callable[[np.ndarray], np.ndarray]

    def policy(self) -> Callable[[np.ndarray], np.ndarray]:
        """As an agent's: observations [..., obs_dim] -> actions [..., act_dim]."""
        return self.policy_now


def saved_policy(directory: str | Path) -> SavedPolicy | None:
    """The policy of a run's latest checkpoint, or of a checkpoint.

    None if its actor is not one that NumPy can evaluate, or an older version wrote it: then
    `DDPG.load` has to. Raises FileNotFoundError if there is no agent in `directory`, and ValueError
    for a damaged one.
    """
    require_path("directory", directory)
    directory = latest_checkpoint(directory)
    description = description_of(directory)
    if "policy" not in description:
        return None
    with readable(directory / AGENT_FILE):
        layers = [Layer(**layer) for layer in description["policy"]]
        config = DDPGConfig.from_dict(description["config"])
        shape = tuple(description["observation_space"]["shape"])
        low, high = (np.float32(description[key]) for key in ("action_low", "action_high"))
    arrays = finite_arrays(directory / POLICY_FILE)
    with readable(directory / POLICY_FILE):
        mu = chain(layers, [arrays[f"arr_{place}"] for place in range(len(arrays))])
    return SavedPolicy(config, bounded(mu, normalization(directory, config), shape, low, high))


def write_policy(
    directory: Path, layers: Sequence[Layer], values: Sequence[np.ndarray]
) -> list[dict]:
    """Write the values; what the description is to say of the layers."""
    arrays = {f"arr_{place}": value for place, value in enumerate(values)}
    (directory / POLICY_FILE).write_bytes(packed(arrays))
    return [layer._asdict() for layer in layers]


def normalization(directory: Path, config: DDPGConfig) -> Callable:
    """What the agent does to observations before its networks get them."""
    if not config.normalize_observations:
        return np.asarray
    prefix = "observation_moments/"
    arrays = finite_arrays(directory / STATE_FILE)
    with readable(directory / STATE_FILE):
        state = {name.removeprefix(prefix): arrays[name] for name in arrays if prefix in name}
        moments = RunningMoments(state["mean"].size)
        moments.restore(state)
    return partial(moments.normalize, clip=config.observation_clip)


def finite_arrays(path: Path) -> dict[str, np.ndarray]:
    """The arrays of an .npz file, by name. Raises ValueError if a number in it is not finite."""
    with readable(path), np.load(path) as archive:
        arrays = dict(archive)
        are_finite = all(np.isfinite(values).all() for values in arrays.values())
    if not are_finite:
        raise not_finite(path)
    return arrays


def not_finite(path: Path) -> ValueError:
    """The error for a file that holds NaN or infinity."""
    return ValueError(
        f"{str(path)!r} holds numbers that are not finite: the agent's training diverged before it "
        "was saved; use an earlier checkpoint"
    )


def description_of(directory: Path) -> dict:
    """What agent.json says, in the present format.

    Raises ValueError if the checkpoint is of a format that is not known here.
    """
    with readable(directory / AGENT_FILE) as path:
        description = json.loads(path.read_text())
        version = description.setdefault("format", 1)
        if version == 1:
            everything = gym.spaces.Box(-np.inf, np.inf, (description["observation_size"],))
            description["observation_space"] = described_box(everything)
    if version not in range(1, FORMAT + 1):
        raise ValueError(
            f"the agent in {str(directory)!r} has format {version!r}, and this version of ddpg-tf "
            f"reads 1 to {FORMAT}; load it with the version that wrote it"
        )
    return description


def described_box(space: gym.spaces.Box) -> dict:
    """A Box as plain values for JSON; a bound that all components share is written once."""
    bounds = {"low": space.low, "high": space.high}
    return {
        "shape": list(space.shape),
        "dtype": str(space.dtype),
        # as text, because JSON has no infinity
        **{
            name: str(bound.flat[0])
            if np.all(bound == bound.flat[0])
            else bound.astype(str).tolist()
            for name, bound in bounds.items()
        },
    }


def box_from(described: dict) -> gym.spaces.Box:
    """The Box that `described_box` described."""
    shape, dtype = tuple(described["shape"]), np.dtype(described["dtype"])
    low, high = (
        np.broadcast_to(np.array(described[name]).astype(dtype), shape) for name in ("low", "high")
    )
    return gym.spaces.Box(low, high, shape, dtype.type)
