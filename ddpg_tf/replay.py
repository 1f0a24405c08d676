"""The replay buffer: what is stored of each transition, and how batches are drawn."""

import math
from collections import deque
from collections.abc import Iterator

import numpy as np

from ddpg_tf.batch import Batch, in_float32, require_possible
from ddpg_tf.config import PositiveInt
from ddpg_tf.validation import kind_of, plain, require

NONE = -1
"""In place of a row's number: no row's observation comes next."""


PIECE = 1_000
"""Rows that are gathered or looked at at a time, where all would take much memory."""


class ReplayBuffer:
    """The last `capacity` transitions; the oldest is overwritten.

    `size` rows are filled, and the next transition goes to row `position`; `stored` counts all that
    have come. Within an episode the
    next observation of one transition is the observation of the one that follows, so it is stored
    once: a row holds its own observation and the number of the row whose observation comes next.
    Only where there is none, at an episode's end and in the newest transitions, is a next
    observation kept by itself. Memory is a little more than one observation, action_dim + 2 numbers
    of 4 bytes and 1 byte a transition, if the transitions come in order. With n-step returns it is
    one number more, and the last n transitions of an episode keep a next observation each.
    """

    def __init__(
        self,
        capacity: int,
        observation_shape: int | tuple[int, ...],
        action_size: int,
        observation_dtype: type = np.float32,
        n_step: int = 1,
    ):
        """observation_shape: of one observation, a number for a vector's.

        observation_dtype: how observations are stored; samples are float32 whatever it is.
        n_step: the most steps from an observation to the next one of a transition; so many calls of
        `extend` later comes the transition that begins with it. With more than 1, discounts are
        stored too.
        Raises ValueError or TypeError for what is no size, and ValueError if the arrays do not fit
        in memory.
        """
        shape = (observation_shape,) if isinstance(observation_shape, int) else observation_shape
        sizes = {"capacity": capacity, "action_size": action_size, "n_step": n_step}
        for name, size in sizes.items():
            require(name, plain(size), PositiveInt)
        require("observation_shape", plain(shape), tuple[PositiveInt, ...])
        self.capacity = capacity
        self.size = 0
        self.position = 0
        self.stored = 0
        try:
            self._observations = np.zeros((capacity, *shape), observation_dtype)
            self._actions = np.zeros((capacity, action_size), np.float32)
            self._rewards = np.zeros(capacity, np.float32)
            self._terminated = np.zeros(capacity, np.bool_)
            self._discounts = np.zeros(capacity, np.float32) if n_step > 1 else None
            self._following = np.full(capacity, NONE, np.int32)
        except MemoryError:
            numbers = action_size + (2 if n_step == 1 else 3)
            row = math.prod(shape) * np.dtype(observation_dtype).itemsize + 4 * numbers
            size = capacity * (row + 1)
            raise ValueError(
                f"a replay buffer of {capacity:,} transitions takes {size / 1e9:,.0f} GB, more "
                "than there is memory; lower buffer_size"
            ) from None
        self._last: dict[int, np.ndarray] = {}
        self._newest: deque[dict[int, list[int]]] = deque([{}], maxlen=n_step + 1)

    def __len__(self) -> int:
        return self.size

    @property
    def nbytes(self) -> int:
        """The bytes of all that is stored; rows that are still empty count too."""
        arrays = (self._observations, self._actions, self._rewards, self._terminated)
        discounts = () if self._discounts is None else (self._discounts,)
        every = (*arrays, *discounts, self._following, *self._last.values())
        return sum(array.nbytes for array in every)

    def add(
        self,
        observation: np.ndarray,
        action: np.ndarray,
        reward: float,
        next_observation: np.ndarray,
        terminated: bool,
        discount: float | None = None,
    ) -> None:
        """Store one transition: s [obs_dim], a [act_dim], r, s' [obs_dim], terminated, discount."""
        row = Batch(observation, action, reward, next_observation, terminated, discount)
        named = zip(Batch._fields, row, strict=True)
        fields = (None if value is None else in_float32(name, [value]) for name, value in named)
        batch = Batch(*fields)
        require_possible(batch)
        self.extend(batch)

    def extend(self, batch: Batch) -> None:
        """Store the transitions of a batch [n, ...], in their order.

        Raises TypeError for anything else, and ValueError for other shapes or unless it has
        discounts if and only if they are stored.
        """
        if not isinstance(batch, Batch):
            raise TypeError(f"a replay buffer stores a Batch; got {kind_of(batch)}")
        if self._discounts is None and batch.discounts is not None:
            raise ValueError("a replay buffer stores discounts only with n_step of at least 2")
        if self._discounts is not None and batch.discounts is None:
            raise ValueError("a replay buffer with n_step of at least 2 needs discounts")
        n = len(batch.rewards)
        self._require_shapes(batch, n)
        self.stored += n
        if n > self.capacity:
            self.position = int(self.position + n - self.capacity) % self.capacity
            batch, n = batch.map(lambda rows: rows[-self.capacity :]), self.capacity
        rows = (self.position + np.arange(n)) % self.capacity
        self._actions[rows] = batch.actions
        self._rewards[rows] = batch.rewards
        self._terminated[rows] = batch.terminated
        if self._discounts is not None:
            self._discounts[rows] = batch.discounts
        dtype = self._observations.dtype
        observations = np.asarray(batch.observations).astype(dtype, copy=False)
        nexts = np.asarray(batch.next_observations).astype(dtype, copy=False)
        self._observations[rows] = observations
        self._link(rows.tolist(), observations, nexts)
        self.position = int(self.position + n) % self.capacity
        self.size = min(self.size + n, self.capacity)

    def _require_shapes(self, batch: Batch, n: int) -> None:
        """Raise ValueError unless the fields of a batch are n rows of what is stored here."""
        row, width = self._observations.shape[1:], self._actions.shape[1:]
        for name, rows, shape in zip(
            Batch._fields, batch, (row, width, (), row, (), ()), strict=True
        ):
            if rows is not None and np.shape(rows) != (n, *shape):
                raise ValueError(f"{name} must have shape {(n, *shape)}; got {np.shape(rows)}")

    def _link(self, rows: list[int], observations: np.ndarray, nexts: np.ndarray) -> None:
        """Note for each new row where its next observation is; keep it if it is nowhere yet.

        Two observations are the same if every byte is. A row is overwritten before the one that
        follows it, because it is older: what it refers to is there as long as it is.
        """
        self._newest.append({})
        for row in rows:
            self._last.pop(row, None)
        for row, observation, following in zip(rows, observations, nexts, strict=True):
            key = hash(observation.tobytes())
            for waiting in self._newest:
                for earlier in waiting.pop(key, ()):
                    kept = self._last.get(earlier)
                    # none: that row has just been overwritten
                    if kept is not None and kept.tobytes() == observation.tobytes():
                        self._following[earlier] = row
                        del self._last[earlier]
            self._following[row] = NONE
            self._last[row] = following.copy()
            self._newest[-1].setdefault(hash(following.tobytes()), []).append(row)

    def largest_value(self, gamma: float) -> float:
        """The largest |Q| that the stored rewards allow: B, if |r| + gamma B <= B for all of them.

        So it is the largest |r| / (1 - gamma), with a transition's own discount in place of gamma
        if it has one; where the task ended, nothing follows, and |r| counts alone.
        """
        # in parts: of a million rows at once, four arrays in double precision are 25 MB
        starts = range(0, self.size, PIECE)
        parts = (slice(start, min(start + PIECE, self.size)) for start in starts)
        return max((self._largest_value(rows, gamma) for rows in parts), default=0.0)

    def _largest_value(self, filled: slice, gamma: float) -> float:
        """As `largest_value`, of these rows alone."""
        rewards = np.abs(self._rewards[filled]).astype(np.float64)
        discounts = gamma if self._discounts is None else self._discounts[filled]
        rest = 1 - np.where(self._terminated[filled], 0, discounts)
        with np.errstate(divide="ignore"):
            bounds = np.divide(rewards, rest, out=np.zeros_like(rewards), where=rewards > 0)
        return float(bounds.max(initial=0))

    def contents(self, start: int = 0, stop: int | None = None) -> Batch:
        """The filled rows from `start` to before `stop`, [size, ...] if both are left out.

        Views of what is stored, but for the next observations, which are gathered.
        """
        rows = slice(start, self.size if stop is None else min(stop, self.size))
        return Batch(
            self._observations[rows],
            self._actions[rows],
            self._rewards[rows],
            self._next_observations(np.arange(rows.start, rows.stop)),
            self._terminated[rows],
            None if self._discounts is None else self._discounts[rows],
        )

    def pieces(self) -> Iterator[np.ndarray]:
        """The arrays of `contents` one by one, but for the discounts, which the config sets.

        Next observations are gathered in parts.
        """
        filled = slice(0, self.size)
        yield self._observations[filled]
        yield self._actions[filled]
        yield self._rewards[filled]
        for start in range(0, self.size, PIECE):
            yield self._next_observations(np.arange(start, min(start + PIECE, self.size)))
        yield self._terminated[filled]

    def _next_observations(self, rows: np.ndarray) -> np.ndarray:
        """s' of rows [...], as it is stored."""
        following = self._following[rows]
        found = self._observations[following]
        for place in np.argwhere(following == NONE):
            index = tuple(place)
            found[index] = self._last[int(rows[index])]
        return found

    def sample(
        self, generator: np.random.Generator, batch_size: int, updates: int | None = None
    ) -> Batch:
        """A batch drawn uniformly, with replacement, as float32 arrays [B, ...].

        With `updates` = K the arrays are K batches, [K, B, ...], for K updates in one call.
        Raises ValueError if fewer than `batch_size` transitions are stored.
        """
        require("batch_size", plain(batch_size), PositiveInt)
        require("updates", plain(updates), PositiveInt | None)
        shape = (batch_size,) if updates is None else (updates, batch_size)
        return self.transitions(self.draw(generator, shape))

    def draw(
        self, generator: np.random.Generator, shape: tuple[int, ...], later: int = 0
    ) -> np.ndarray:
        """The numbers of rows that are drawn uniformly once `later` more transitions are stored.

        shape: [..., B]. Raises ValueError if there are fewer than B transitions then, and TypeError
        for another generator.
        """
        if not isinstance(generator, np.random.Generator):
            raise TypeError(
                "generator must be a NumPy generator, such as np.random.default_rng(0); got "
                f"{kind_of(generator)}"
            )
        size = min(self.size + later, self.capacity)
        if shape[-1] > size:
            raise ValueError(
                f"cannot sample a batch of {shape[-1]} from {size} stored transitions; "
                "collect more first (warmup_steps) or use a smaller batch_size"
            )
        return generator.integers(size, size=shape)

    def will_stay(self, rows: np.ndarray, later: int) -> bool:
        """Whether none of these rows changes while `later` more transitions are stored."""
        return bool(((rows - self.position) % self.capacity >= later).all())

    def transitions(self, rows: np.ndarray) -> Batch:
        """The transitions of rows [..., B], as float32 arrays [..., B, ...]."""
        batch = Batch(
            self._observations[rows],
            self._actions[rows],
            self._rewards[rows],
            self._next_observations(rows),
            self._terminated[rows],
            None if self._discounts is None else self._discounts[rows],
        )
        return batch.map(lambda array: array.astype(np.float32, copy=False))
