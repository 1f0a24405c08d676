"""The replay buffer, and the batches of transitions that go into it and come out of it."""

from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np


class Batch(NamedTuple):
    """B transitions, a row each; as NumPy arrays or as tensors.

    Several batches that are learned from in one call have another axis in front: [K, B, ...].
    """

    observations: Any
    """s, [B, obs_dim]."""
    actions: Any
    """a, [B, act_dim], in the environment's units."""
    rewards: Any
    """r, [B]."""
    next_observations: Any
    """s', [B, obs_dim]; where an episode ended, its last observation, not the first of the next."""
    terminated: Any
    """[B], 1 where the task itself ended; 0 where only a time limit cut the episode off."""


def checked_batch(
    batch: Batch | Mapping[str, Any], observation_size: int, action_size: int
) -> Batch:
    """The batch as float32 arrays [K, B, ...]; a single batch [B, ...] becomes K = 1.

    batch: a `Batch` or any mapping with its fields. Raises ValueError, naming the field, if one is
    missing, has a wrong shape or holds a value that is not finite, and TypeError for anything that
    is not a mapping.
    """
    fields = batch._asdict() if isinstance(batch, Batch) else batch
    if not isinstance(fields, Mapping):
        raise TypeError(f"a batch must be a Batch or a mapping; got a {type(batch).__name__}")
    missing = [name for name in Batch._fields if name not in fields]
    if missing:
        raise ValueError(f"the batch lacks {', '.join(missing)}")
    arrays = Batch(*(np.asarray(fields[name], np.float32) for name in Batch._fields))
    leading = arrays.observations.shape[:-1]
    if len(leading) not in (1, 2) or 0 in leading:
        shape = arrays.observations.shape
        raise ValueError(f"observations must be [B, obs_dim] or [K, B, obs_dim]; got {shape}")
    widths = Batch((observation_size,), (action_size,), (), (observation_size,), ())
    for name, array, width in zip(Batch._fields, arrays, widths, strict=True):
        if array.shape != (*leading, *width):
            raise ValueError(f"{name} must have shape {(*leading, *width)}; got {array.shape}")
        require_finite_values(name, array)
    if len(leading) == 1:
        arrays = Batch(*(array[np.newaxis] for array in arrays))
    return arrays


def require_finite_values(name: str, array: np.ndarray) -> None:
    """Raise ValueError, saying where, if one of the values is NaN or infinite."""
    finite = np.isfinite(array)
    if not finite.all():
        place = tuple(np.argwhere(~finite)[0].tolist())
        raise ValueError(
            f"the batch holds {array[place]} at {name}[{', '.join(map(str, place))}]; every value "
            "of a batch must be finite"
        )


class ReplayBuffer:
    """The last `capacity` transitions, an array for each field; the oldest is overwritten.

    Memory is 4 (2 obs_dim + act_dim + 1) + 1 bytes a transition. `size` rows are filled, and the
    next transition goes to row `position`.
    """

    def __init__(self, capacity: int, observation_size: int, action_size: int):
        """Raises ValueError if the arrays do not fit in memory."""
        self.capacity = capacity
        self.size = 0
        self.position = 0
        try:
            self._rows = Batch(
                observations=np.zeros((capacity, observation_size), np.float32),
                actions=np.zeros((capacity, action_size), np.float32),
                rewards=np.zeros(capacity, np.float32),
                next_observations=np.zeros((capacity, observation_size), np.float32),
                terminated=np.zeros(capacity, np.bool_),
            )
        except MemoryError:
            size = capacity * (4 * (2 * observation_size + action_size + 1) + 1)
            raise ValueError(
                f"a replay buffer of {capacity:,} transitions takes {size / 1e9:,.0f} GB, more "
                "than there is memory; lower buffer_size"
            ) from None

    def __len__(self) -> int:
        return self.size

    def add(
        self,
        observation: np.ndarray,
        action: np.ndarray,
        reward: float,
        next_observation: np.ndarray,
        terminated: bool,
    ) -> None:
        """Store one transition: s [obs_dim], a [act_dim], r, s' [obs_dim], terminated."""
        self.extend(Batch([observation], [action], [reward], [next_observation], [terminated]))

    def extend(self, batch: Batch) -> None:
        """Store the transitions of a batch [n, ...], in their order."""
        n = len(batch.rewards)
        rows = (self.position + np.arange(n)) % self.capacity
        for stored, new in zip(self._rows, batch, strict=True):
            stored[rows] = new
        self.position = int(self.position + n) % self.capacity
        self.size = min(self.size + n, self.capacity)

    def contents(self) -> Batch:
        """Views of the filled rows, [size, ...]."""
        return Batch(*(stored[: self.size] for stored in self._rows))

    def sample(
        self, generator: np.random.Generator, batch_size: int, updates: int | None = None
    ) -> Batch:
        """A batch drawn uniformly, with replacement, as float32 arrays [B, ...].

        With `updates` = K the arrays are K batches, [K, B, ...], for K updates in one call.
        Raises ValueError if fewer than `batch_size` transitions are stored.
        """
        if batch_size > self.size:
            raise ValueError(
                f"cannot sample a batch of {batch_size} from {self.size} stored transitions; "
                "collect more first (warmup_steps) or use a smaller batch_size"
            )
        shape = batch_size if updates is None else (updates, batch_size)
        rows = generator.integers(self.size, size=shape)
        return Batch(*(stored[rows].astype(np.float32, copy=False) for stored in self._rows))
