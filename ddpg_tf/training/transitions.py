"""Transitions to fill a replay buffer with before a run begins, from wherever people have them.

a ReplayBuffer, a Batch, or a mapping with a Batch's fields
an episode as Minari has it: T + 1 observations, T actions, rewards, terminations
a list of these
an .npz file with either;  Minari's main_data.hdf5, or the directory of such a data set
the directory of a run, whose actions are made again in its environment
"""

from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any, TypeAlias

import h5py
import numpy as np

from ddpg_tf.agents import DDPG
from ddpg_tf.environments.make import environment_for
from ddpg_tf.environments.spaces import stored_dtype
from ddpg_tf.environments.vector import Environments
from ddpg_tf.networks.own import UNNAMED
from ddpg_tf.replay import Batch, ReplayBuffer
from ddpg_tf.run_files import readable, resumable_checkpoints, saved_config
from ddpg_tf.startup import note
from ddpg_tf.training.resume import ACTIONS_FILE, checksum, read_state
from ddpg_tf.training.start import REPLAY, START
from ddpg_tf.training.streams import streams

ReplaySource: TypeAlias = str | Path | ReplayBuffer | Batch | Mapping[str, Any] | Sequence[Any]

MINARI_FILE = Path("data") / "main_data.hdf5"
ALIASES = {"terminations": "terminated"}
"""Minari's name of a field -> the name here."""


def transitions_from(source: ReplaySource, agent: DDPG) -> list[Batch]:
    """All transitions of a source, the oldest first, in the sizes that the agent learns from.

    Raises ValueError or TypeError, in one line, for anything that is not transitions of its
    environment, or holds a number that is not finite.
    """
    return [checked(part, agent) for part in parts_of(source)]


def begin_with(replay: ReplayBuffer, batches: list[Batch], agent: DDPG) -> None:
    """Fill an empty replay buffer; of more than fit, the last ones are kept.

    The agent's running moments include the observations, unless it brought moments along.
    """
    count = sum(len(batch.rewards) for batch in batches)
    surplus = max(count - replay.capacity, 0)
    if surplus:
        note(
            f"replay holds the last {replay.capacity:,} of {count:,} transitions, which is "
            "buffer_size"
        )
    observes = agent.observation_moments is not None and agent.observation_moments.count == 0
    for batch in batches:
        dropped = min(surplus, len(batch.rewards))
        surplus -= dropped
        kept = Batch(*(rows[dropped:] for rows in batch))
        if len(kept.rewards):
            replay.extend(kept)
            if observes:
                agent.observe(kept.observations)


def parts_of(source: ReplaySource) -> list[Mapping[str, Any]]:
    """The source as mappings with a batch's fields, the oldest first."""
    if isinstance(source, ReplayBuffer):
        return [in_order(source)._asdict()]
    if isinstance(source, Batch):
        return [source._asdict()]
    if isinstance(source, str | Path):
        return parts_in(source)
    if isinstance(source, Mapping):
        return [steps_of(source)]
    if isinstance(source, Sequence) and source:
        return [part for each in source for part in parts_of(each)]
    # Minari's EpisodeData, or anything else with the fields as attributes
    if hasattr(source, "observations"):
        fields = ("observations", "next_observations", "actions", "rewards")
        names = [name for name in (*fields, "terminated", *ALIASES) if hasattr(source, name)]
        return [steps_of({name: getattr(source, name) for name in names})]
    raise TypeError(
        "replay must be a ReplayBuffer, a Batch, a mapping with its fields, a list of episodes or "
        f"a path; got {'an empty list' if isinstance(source, Sequence) else repr(source)[:60]}"
    )


def parts_in(path: str | Path) -> list[Mapping[str, Any]]:
    """The transitions in a file or a directory. Raises FileNotFoundError if there are none."""
    if path == UNNAMED:
        raise ValueError(
            "this config's run began with transitions that were given in Python; hand them over "
            "again: train(..., replay=...)"
        )
    path = Path(path)
    if (path / "config.json").is_file():
        return [transitions_of_run(path)._asdict()]
    if (path / MINARI_FILE).is_file():
        path = path / MINARI_FILE
    if not path.is_file():
        raise FileNotFoundError(
            f"no transitions in {str(path)!r}; give an .npz file, Minari's main_data.hdf5 or the "
            "directory of a run"
        )
    with readable(path):
        if path.suffix == ".npz":
            with np.load(path) as archive:
                found = [dict(archive)]
        else:
            with h5py.File(path) as file:
                numbered = sorted(file, key=lambda name: int(name.rpartition("_")[2]))
                found = [
                    {k: v[()] for k, v in file[name].items() if isinstance(v, h5py.Dataset)}
                    for name in numbered
                ]
    return [steps_of(fields) for fields in found]


def steps_of(fields: Mapping[str, Any]) -> Mapping[str, Any]:
    """A batch's fields of T steps; of an episode of T + 1 observations, the pairs of neighbours."""
    fields = {ALIASES.get(name, name): values for name, values in fields.items()}
    if "next_observations" not in fields and {"observations", "rewards"} <= fields.keys():
        observations, steps = np.asarray(fields["observations"]), len(fields["rewards"])
        if len(observations) == steps + 1:
            return fields | {
                "observations": observations[:-1],
                "next_observations": observations[1:],
            }
    return fields


def checked(fields: Mapping[str, Any], agent: DDPG) -> Batch:
    """The fields as a batch [n, ...]. Raises as `transitions_from` does."""
    missing = [name for name in Batch._fields if name not in fields]
    if missing:
        raise ValueError(
            f"the transitions for replay lack {', '.join(missing)}; they have "
            f"{', '.join(map(str, fields))}"
        )
    arrays = {name: np.asarray(fields[name]) for name in Batch._fields}
    n = len(arrays["rewards"]) if arrays["rewards"].ndim else 0
    observation, low, high = agent.observation_shape, agent.action_low, agent.action_high
    widths = Batch(observation, low.shape, (), observation, ())
    for name, width in widths._asdict().items():
        array = arrays[name]
        if array.dtype.kind not in "buif":
            raise ValueError(f"replay's {name} must be numbers; they are {array.dtype}")
        if array.ndim == 0 or array.size != n * np.prod(width, dtype=int) or len(array) != n:
            raise ValueError(
                f"replay's {name} must have shape {(n, *width)}, like {n} rewards in this "
                f"environment; got {array.shape}"
            )
        if not np.isfinite(array).all():
            row = int(np.argwhere(~np.isfinite(array))[0][0])
            raise ValueError(f"replay's {name} are not finite at row {row}: {array[row]}")
        arrays[name] = array.reshape(n, *width)
    if not n:
        raise ValueError("there are no transitions for replay: rewards is empty")
    if not np.isin(arrays["terminated"], (0, 1)).all():
        raise ValueError("replay's terminated must be 0 or 1, True or False")
    # in float32, as the environment would give them
    actions = np.float32(arrays["actions"])
    outside = (actions < low) | (actions > high)
    if outside.any():
        row = int(np.argwhere(outside)[0][0])
        raise ValueError(
            f"replay's actions leave the bounds {low.tolist()} to {high.tolist()} at row {row}: "
            f"{actions[row].tolist()}; they must be in the environment's units (np.clip cuts off "
            "what it would cut off)"
        )
    return Batch(**arrays)


def in_order(replay: ReplayBuffer) -> Batch:
    """The contents of a replay buffer, the oldest first."""
    contents = replay.contents()
    if len(replay) < replay.capacity:
        return contents
    return Batch(*(np.roll(rows, -replay.position, axis=0) for rows in contents))


def transitions_of_run(run_dir: str | Path) -> Batch:
    """What a run's replay buffer held at its last checkpoint, the oldest first.

    It is not saved; the run's actions are, and are made again in its environment. Raises ValueError
    if that does not lead to the same transitions, or if there were several workers.
    """
    config = saved_config(run_dir)
    checkpoints = resumable_checkpoints(run_dir)
    if config.workers > 1 or not checkpoints:
        found = f"{config.workers} workers" if checkpoints else "no checkpoint"
        raise ValueError(
            f"the run in {str(run_dir)!r} has {found}, so its transitions cannot be regained; give "
            "another run's, or an .npz file"
        )
    actions = []
    for checkpoint in checkpoints:
        with readable(checkpoint / ACTIONS_FILE) as path:
            actions.append(np.load(path))
    actions = np.concatenate(actions)
    environments = Environments(
        partial(environment_for, config),
        config,
        streams(config).environment_seed,
    )
    try:
        before = steps_of(dict(np.load(Path(run_dir) / START / REPLAY))) if config.replay else None
        earlier = 0 if before is None else len(before["rewards"])
        capacity = min(config.buffer_size, earlier + actions.shape[0] * actions.shape[1])
        shape, dtype = environments.observations.shape[1:], environments.observations.dtype
        replay = ReplayBuffer(capacity, shape, actions.shape[2], stored_dtype(dtype))
        if before is not None:
            replay.extend(Batch(**before))
        for each in actions:
            replay.extend(environments.step(each).batch)
    finally:
        environments.close()
    if checksum(replay) != read_state(checkpoints[-1])["replay"]:
        raise ValueError(
            f"{config.env_id} did not answer the actions of the run in {str(run_dir)!r} in the "
            "same way again, so its transitions cannot be regained"
        )
    return in_order(replay)
