"""Transitions to fill a replay buffer with before a run begins, from wherever people have them.

a ReplayBuffer, a Batch, or a mapping with a Batch's fields
an episode as Minari has it: T + 1 observations, T actions, rewards, terminations
a list of these
an .npz file with either;  Minari's main_data.hdf5, or the directory of such a data set
the directory of a run, whose actions are made again in its environment
"""

import re
from collections.abc import Mapping, Sequence
from functools import partial
from operator import itemgetter
from pathlib import Path
from typing import Any, TypeAlias

import numpy as np

from ddpg_tf.agents import DDPG
from ddpg_tf.environments.make import Source, environment_for
from ddpg_tf.environments.spaces import stored_dtype
from ddpg_tf.environments.vector import Environments
from ddpg_tf.networks.own import UNNAMED
from ddpg_tf.replay import Batch, ReplayBuffer
from ddpg_tf.run_files import readable, resumable_checkpoints, saved_config
from ddpg_tf.startup import note
from ddpg_tf.training.checked import array_of, checked_transitions
from ddpg_tf.training.n_step import NStepReturns
from ddpg_tf.training.resume import ACTIONS_FILE, checksum, read_state
from ddpg_tf.training.start import REPLAY, START
from ddpg_tf.training.streams import streams

ReplaySource: TypeAlias = str | Path | ReplayBuffer | Batch | Mapping[str, Any] | Sequence[Any]

MINARI_FILE = Path("data") / "main_data.hdf5"
HDF5 = (".hdf5", ".h5")
EPISODE = re.compile(r"episode_\d+")
ALIASES = {"terminations": "terminated"}
"""Minari's name of a field -> the name here."""


def transitions_from(
    source: ReplaySource, agent: DDPG, made_by: Source | None = None
) -> list[Batch]:
    """All transitions of a source, the oldest first, in the sizes that the agent learns from.

    made_by: makes the environment of a run whose config cannot say what did.
    Raises ValueError or TypeError, in one line, for anything that is not transitions of its
    environment, or holds a number that is not finite.
    """
    return [checked_transitions(part, agent) for part in parts_of(source, made_by)]


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
    for batch in batches:
        dropped = min(surplus, len(batch.rewards))
        surplus -= dropped
        kept = batch.map(itemgetter(slice(dropped, None)))
        if len(kept.rewards):
            replay.extend(kept)
    if agent.observation_moments is not None and agent.observation_moments.count == 0:
        # all at once and as they are stored: a resumed run, which has no more, gets the same bits
        agent.observe(replay.contents().observations)


def parts_of(source: ReplaySource, made_by: Source | None) -> list[Mapping[str, Any]]:
    """The source as mappings with a batch's fields, the oldest first."""
    if isinstance(source, ReplayBuffer):
        return [in_order(source)._asdict()]
    if isinstance(source, Batch):
        return [source._asdict()]
    if isinstance(source, str | Path):
        return parts_in(source, made_by)
    if isinstance(source, Mapping):
        return [steps_of(source)]
    if isinstance(source, Sequence) and source:
        return [part for each in source for part in parts_of(each, made_by)]
    # Minari's EpisodeData, or anything else with the fields as attributes
    if hasattr(source, "observations"):
        names = [name for name in (*Batch._fields, *ALIASES) if hasattr(source, name)]
        return [steps_of({name: getattr(source, name) for name in names})]
    got = "an empty list" if isinstance(source, Sequence) else " ".join(repr(source).split())[:60]
    raise TypeError(
        "replay must be a ReplayBuffer, a Batch, a mapping with its fields, a list of episodes or "
        f"a path; got {got}"
    )


def parts_in(path: str | Path, made_by: Source | None) -> list[Mapping[str, Any]]:
    """The transitions in a file or a directory. Raises FileNotFoundError if there are none."""
    if path == UNNAMED:
        raise ValueError(
            "this config's run began with transitions that were given in Python; hand them over "
            "again: train(..., replay=...)"
        )
    path = Path(path)
    if (path / "config.json").is_file():
        return [transitions_of_run(path, made_by)._asdict()]
    if (path / MINARI_FILE).is_file():
        path = path / MINARI_FILE
    if not path.is_file():
        raise FileNotFoundError(
            f"no transitions in {str(path)!r}; give an .npz file, Minari's main_data.hdf5 or the "
            "directory of a run"
        )
    if path.suffix not in (".npz", *HDF5):
        raise ValueError(
            f"replay cannot read {str(path)!r}; give an .npz file, which np.savez(PATH, "
            "observations=..., actions=..., ...) writes, or Minari's main_data.hdf5"
        )
    if path.suffix in HDF5:
        return [steps_of(fields) for fields in episodes_in(path)]
    with readable(path), np.load(path) as archive:
        fields = dict(archive)
    return [steps_of(fields)]


def episodes_in(path: Path) -> list[dict[str, np.ndarray]]:
    """The arrays of each episode in Minari's file. Raises ValueError for any other HDF5 file."""
    # comes with Keras; whoever reads no such file does not wait for it
    import h5py

    with readable(path), h5py.File(path) as file:
        numbered = sorted(filter(EPISODE.fullmatch, file), key=lambda name: int(name[8:]))
        episodes = [
            {k: v[()] for k, v in file[name].items() if isinstance(v, h5py.Dataset)}
            for name in numbered
        ]
    if not episodes:
        raise ValueError(
            f"{str(path)!r} is not a Minari data set for replay: it has no groups episode_0, "
            "episode_1, ..."
        )
    return episodes


def steps_of(fields: Mapping[str, Any]) -> Mapping[str, Any]:
    """A batch's fields of T steps; of an episode of T + 1 observations, the pairs of neighbours."""
    fields = {ALIASES.get(name, name): values for name, values in fields.items()}
    if "next_observations" not in fields and {"observations", "rewards"} <= fields.keys():
        observations, rewards = (array_of(name, fields) for name in ("observations", "rewards"))
        if rewards.ndim and observations.ndim and len(observations) == len(rewards) + 1:
            return fields | {
                "observations": observations[:-1],
                "next_observations": observations[1:],
            }
    return fields


def in_order(replay: ReplayBuffer) -> Batch:
    """The contents of a replay buffer, the oldest first."""
    contents = replay.contents()
    if len(replay) < replay.capacity:
        return contents
    return contents.map(lambda rows: np.roll(rows, -replay.position, axis=0))


def transitions_of_run(run_dir: str | Path, made_by: Source | None = None) -> Batch:
    """What a run's replay buffer held at its last checkpoint, the oldest first.

    It is not saved; the run's actions are, and are made again in its environment, by `made_by` if
    its config cannot say what made it. Raises ValueError if that does not lead to the same
    transitions, or if there were several workers.
    """
    config = saved_config(run_dir)
    has_no_id = config.env_id.startswith("<")
    if has_no_id and made_by is None:
        raise ValueError(
            f"for the transitions of the run in {str(run_dir)!r} its environment is needed again, "
            f"{config.env_id}, which config.json cannot hold: train(..., env=..., replay=...)"
        )
    checkpoints = resumable_checkpoints(run_dir)
    if config.workers > 1 or not checkpoints:
        found = f"{config.workers} workers" if checkpoints else "no checkpoint"
        raise ValueError(
            f"the run in {str(run_dir)!r} has {found}, so its transitions cannot be recovered; "
            "give another run's, or an .npz file"
        )
    actions = []
    for checkpoint in checkpoints:
        with readable(checkpoint / ACTIONS_FILE) as path:
            actions.append(np.load(path))
    actions = np.concatenate(actions)
    environments = Environments(
        partial(environment_for, config, made_by if has_no_id else None),
        config,
        streams(config).environment_seed,
    )
    try:
        before = Batch(**np.load(Path(run_dir) / START / REPLAY)) if config.replay else None
        earlier = 0 if before is None else len(before.rewards)
        capacity = min(config.buffer_size, earlier + actions.shape[0] * actions.shape[1])
        shape, dtype = environments.observations.shape[1:], environments.observations.dtype
        replay = ReplayBuffer(capacity, shape, actions.shape[2], stored_dtype(dtype), config.n_step)
        returns = NStepReturns(config.n_step, config.gamma, config.num_envs)
        if before is not None:
            replay.extend(before)
        for each in actions:
            if (batch := returns(environments.step(each))) is not None:
                replay.extend(batch)
    finally:
        environments.close()
    if checksum(replay) != read_state(checkpoints[-1])["replay"]:
        raise ValueError(
            f"{config.env_id} did not answer the actions of the run in {str(run_dir)!r} in the "
            "same way again, so its transitions cannot be recovered"
        )
    return in_order(replay)
