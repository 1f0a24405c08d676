"""The steps of a run on disk, in steps/: a file for those from one checkpoint to the next.

A file is written once, and each checkpoint names those that lead to it with their checksums. Within
an episode the next observation of one step is the observation of the next, so it is stored once:
only where there is none, or where the two differ, is a next observation kept by itself. A step of
HalfCheetah takes 103 bytes.
"""

import io
import math
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np

from ddpg_tf.batch import Batch
from ddpg_tf.environments.vector import Transitions
from ddpg_tf.storage import DamagedError, packed, readable, sha256, write_file
from ddpg_tf.training.n_step import NStepReturns

STEPS = "steps"


class Steps(NamedTuple):
    """Successive steps of n environments, their transitions in one batch.

    batch: those of all steps, R rows. truncated, indices: as in `Transitions`, [R]. counts: how
    many of the rows each step has, [T]: n, or fewer where environments were only reset.
    """

    batch: Batch
    truncated: np.ndarray
    indices: np.ndarray
    counts: np.ndarray

    def one_by_one(self) -> Iterator[Transitions]:
        """The transitions of each step."""
        ends = np.cumsum(self.counts)
        for end, count in zip(ends.tolist(), self.counts.tolist(), strict=True):
            rows = slice(end - count, end)
            batch = Batch(*(None if each is None else each[rows] for each in self.batch))
            yield Transitions(batch, self.truncated[rows], self.indices[rows])

    def complete(self, returns: NStepReturns) -> Iterator[Batch]:
        """The transitions that `returns` makes of them, as if the steps were made again."""
        if returns.n == 1:
            yield self.batch
            return
        for transitions in self.one_by_one():
            if (batch := returns(transitions)) is not None:
                yield batch

    def newest(self, index: int, count: int) -> list[tuple[np.ndarray, float]]:
        """Action and reward of the last transitions of an environment, at most `count`."""
        rows = np.flatnonzero(self.indices == index)
        rows = rows[max(len(rows) - count, 0) :]
        return list(zip(self.batch.actions[rows], self.batch.rewards[rows].tolist(), strict=True))


def joined(steps: Sequence[Transitions], dtype: type) -> Steps:
    """The steps as one. dtype: how observations are stored."""
    batches = [each.batch for each in steps]
    columns = list(zip(*batches, strict=True))[:5]
    observations, actions, rewards, nexts, terminated = map(np.concatenate, columns)
    return Steps(
        Batch(observations.astype(dtype), actions, rewards, nexts.astype(dtype), terminated),
        np.concatenate([each.truncated for each in steps]),
        np.concatenate([each.indices for each in steps]),
        np.array([len(each.indices) for each in steps]),
    )


def arrays_of(steps: Steps) -> dict[str, np.ndarray]:
    """What is stored of them, by name."""
    batch = steps.batch
    kept = np.concatenate([*map(np.array, lonely(steps)), np.zeros(0, np.int64)]).astype(np.int64)
    number = np.min_scalar_type(max(steps.counts.max(), steps.indices.max(initial=0)))
    return {
        "observations": batch.observations,
        "actions": batch.actions,
        "rewards": batch.rewards,
        "ends": (batch.terminated + 2 * steps.truncated).astype(np.uint8),
        "indices": steps.indices.astype(number),
        "counts": steps.counts.astype(number),
        "kept": kept,
        "next_observations": batch.next_observations[kept],
    }


def lonely(steps: Steps) -> Iterator[np.ndarray]:
    """Of each environment, the rows whose next observation is not that of its next row."""
    now, then = map(as_bytes, (steps.batch.observations, steps.batch.next_observations))
    for rows in rows_of_each(steps.indices):
        differs = (then[rows[:-1]] != now[rows[1:]]).any(axis=1)
        yield rows[:-1][differs]
        yield rows[-1:]


def as_bytes(array: np.ndarray) -> np.ndarray:
    """The bytes of each row, [R, bytes]; there may be no row."""
    width = array.dtype.itemsize * math.prod(array.shape[1:])
    return np.ascontiguousarray(array).view(np.uint8).reshape(len(array), width)


def rows_of_each(indices: np.ndarray) -> Iterator[np.ndarray]:
    """The numbers of the rows of each environment."""
    for index in np.unique(indices):
        yield np.flatnonzero(indices == index)


def steps_of(arrays: Mapping[str, np.ndarray]) -> Steps:
    """The steps that `arrays_of` described."""
    observations, indices = arrays["observations"], arrays["indices"].astype(np.int64)
    nexts = np.empty_like(observations)
    for rows in rows_of_each(indices):
        nexts[rows[:-1]] = observations[rows[1:]]
    nexts[arrays["kept"]] = arrays["next_observations"]
    terminated, truncated = ((arrays["ends"] & bit).astype(bool) for bit in (1, 2))
    batch = Batch(observations, arrays["actions"], arrays["rewards"], nexts, terminated)
    return Steps(batch, truncated, indices, arrays["counts"].astype(np.int64))


def write_steps(run_dir: Path, step: int, steps: Steps) -> dict[str, str]:
    """Write the steps that end with `step`; the file's name and checksum."""
    # images take a tenth when compressed; numbers take nearly as much, and longer
    data = packed(arrays_of(steps), compressed=steps.batch.observations.dtype == np.uint8)
    name = f"step_{step:09d}.npz"
    write_file(run_dir / STEPS / name, data)
    return {name: sha256(data)}


def read_steps(run_dir: Path, files: Mapping[str, str]) -> Iterator[Steps]:
    """The steps in these files, name -> checksum. Raises DamagedError, naming one."""
    for name, checksum in files.items():
        data = intact(run_dir, name, checksum)
        with readable(run_dir / STEPS / name), np.load(io.BytesIO(data)) as arrays:
            steps = steps_of(arrays)
        yield steps


def intact(run_dir: Path, name: str, checksum: str) -> bytes:
    """The content of a file of steps. Raises DamagedError if it is not what was written."""
    path = run_dir / STEPS / name
    with readable(path):
        data = path.read_bytes()
    if sha256(data) != checksum:
        raise DamagedError(f"{str(path)!r} is damaged: its SHA-256 is another")
    return data
