"""Transitions to fill a replay buffer with before a run begins, from wherever people have them.

a ReplayBuffer, a Batch, or a mapping with a Batch's fields
an episode as Minari has it: T + 1 observations, T actions, rewards, terminations
a list of these
an .npz file with either;  Minari's main_data.hdf5, or the directory of such a data set
the directory of a run
"""

import re
from collections.abc import Mapping, Sequence
from operator import itemgetter
from pathlib import Path
from typing import Any, TypeAlias

import numpy as np

from ddpg_tf.agents import DDPG
from ddpg_tf.batch import Batch
from ddpg_tf.networks.own import UNNAMED
from ddpg_tf.replay import ReplayBuffer
from ddpg_tf.run_files import saved_config
from ddpg_tf.startup import note
from ddpg_tf.storage import readable
from ddpg_tf.training.checked import array_of, checked_transitions
from ddpg_tf.training.n_step import NStepReturns
from ddpg_tf.training.saved_run import saved_run
from ddpg_tf.training.start import saved_start

ReplaySource: TypeAlias = str | Path | ReplayBuffer | Batch | Mapping[str, Any] | Sequence[Any]

MINARI_FILE = Path("data") / "main_data.hdf5"
HDF5 = (".hdf5", ".h5")
EPISODE = re.compile(r"episode_\d+")
ALIASES = {"terminations": "terminated"}
"""Minari's name of a field -> the name here."""


def transitions_from(source: ReplaySource, agent: DDPG) -> list[Batch]:
    """All transitions of a source, the oldest first, in the sizes that the agent learns from.

    Raises ValueError or TypeError, in one line, for anything that is not transitions of its
    environment, or holds a number that is not finite.
    """
    return [checked_transitions(part, agent) for part in parts_of(source)]


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
        names = [name for name in (*Batch._fields, *ALIASES) if hasattr(source, name)]
        return [steps_of({name: getattr(source, name) for name in names})]
    got = "an empty list" if isinstance(source, Sequence) else " ".join(repr(source).split())[:60]
    raise TypeError(
        "replay must be a ReplayBuffer, a Batch, a mapping with its fields, a list of episodes or "
        f"a path; got {got}"
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


def transitions_of_run(run_dir: str | Path) -> Batch:
    """What a run's replay buffer held of its steps at its last checkpoint, the oldest first.

    Raises ValueError if it has no checkpoint yet, or if there were several workers.
    """
    config = saved_config(run_dir)
    saved = saved_run(run_dir) if config.workers == 1 else None
    if saved is None:
        found = f"{config.workers} workers" if config.workers > 1 else "no checkpoint"
        raise ValueError(
            f"the run in {str(run_dir)!r} has {found}, so its transitions are not saved; give "
            "another run's, or an .npz file"
        )
    parts = []
    _, path = saved_start(config, run_dir)
    if path is not None:
        with readable(path), np.load(path) as arrays:
            parts.append(Batch(**arrays))
    returns = NStepReturns(config.n_step, config.gamma, config.num_envs)
    parts += [batch for steps in saved.steps() for batch in steps.complete(returns)]
    columns = zip(*(batch.arrays().values() for batch in parts), strict=True)
    whole = Batch(*map(np.concatenate, columns))
    return whole.map(lambda rows: rows[-config.buffer_size :])
