"""The replay ring: the last `capacity` transitions, in flat NumPy arrays."""

import numpy as np


class ReplayBuffer:
    """A ring of transitions; the oldest is overwritten.

    Memory is 4 (2 obs_dim + act_dim + 1) + 1 bytes a transition. The arrays are indexed by slot;
    `size` slots are filled, and the next transition goes to slot `position`.
    """

    def __init__(self, capacity: int, observation_size: int, action_size: int):
        """Raises ValueError if the arrays do not fit in memory."""
        try:
            self._allocate(capacity, observation_size, action_size)
        except MemoryError:
            size = capacity * (4 * (2 * observation_size + action_size + 1) + 1)
            raise ValueError(
                f"a replay ring of {capacity:,} transitions takes {size / 1e9:,.0f} GB, more than "
                "there is memory; lower buffer_size"
            ) from None
        self.capacity = capacity
        self.size = 0
        self.position = 0

    def _allocate(self, capacity, observation_size, action_size):
        self.observations = np.zeros((capacity, observation_size), np.float32)
        self.actions = np.zeros((capacity, action_size), np.float32)
        self.rewards = np.zeros(capacity, np.float32)
        self.next_observations = np.zeros((capacity, observation_size), np.float32)
        self.terminated = np.zeros(capacity, np.bool_)

    def __len__(self) -> int:
        return self.size

    def add(self, observation, action, reward, next_observation, terminated) -> None:
        """Store one transition. terminated: whether the task ended, not whether time ran out."""
        self.extend([observation], [action], [reward], [next_observation], [terminated])

    def extend(self, observations, actions, rewards, next_observations, terminated) -> None:
        """Store n transitions, [n, ...] each, in their order."""
        slots = (self.position + np.arange(len(rewards))) % self.capacity
        self.observations[slots] = observations
        self.actions[slots] = actions
        self.rewards[slots] = rewards
        self.next_observations[slots] = next_observations
        self.terminated[slots] = terminated
        self.position = int(self.position + len(rewards)) % self.capacity
        self.size = min(self.size + len(rewards), self.capacity)

    def arrays(self) -> dict[str, np.ndarray]:
        """Return views of the filled slots: [size, ...] each, by name."""
        names = ("observations", "actions", "rewards", "next_observations", "terminated")
        return {name: getattr(self, name)[: self.size] for name in names}

    def sample(self, generator: np.random.Generator, batch_size: int, updates: int | None = None):
        """Return a batch drawn uniformly, with replacement: a dict of float32 arrays [B, ...].

        With `updates` = K the arrays are K batches, [K, B, ...], for K updates in one call.
        Raises ValueError if fewer than `batch_size` transitions are stored.
        """
        if batch_size > self.size:
            raise ValueError(
                f"cannot sample a batch of {batch_size} from {self.size} stored transitions; "
                "collect more first (warmup_steps) or use a smaller batch_size"
            )
        shape = batch_size if updates is None else (updates, batch_size)
        slots = generator.integers(self.size, size=shape)
        return {
            name: array[slots].astype(np.float32, copy=False)
            for name, array in self.arrays().items()
        }


BATCH_KEYS = ("observations", "actions", "rewards", "next_observations", "terminated")


def checked_batch(batch, observation_size: int, action_size: int) -> dict[str, np.ndarray]:
    """Return `batch` as float32 arrays [K, B, ...]; a single batch [B, ...] becomes K = 1.

    Raises ValueError for a missing key or a wrong shape.
    """
    missing = [key for key in BATCH_KEYS if key not in batch]
    if missing:
        raise ValueError(f"the batch lacks {', '.join(missing)}")
    arrays = {key: np.asarray(batch[key], np.float32) for key in BATCH_KEYS}
    leading = arrays["observations"].shape[:-1]
    if len(leading) not in (1, 2) or 0 in leading:
        shape = arrays["observations"].shape
        raise ValueError(f"observations must be [B, obs_dim] or [K, B, obs_dim]; got {shape}")
    widths = {
        "observations": (observation_size,),
        "next_observations": (observation_size,),
        "actions": (action_size,),
    }
    for key, array in arrays.items():
        wanted = (*leading, *widths.get(key, ()))
        if array.shape != wanted:
            raise ValueError(f"{key} must have shape {wanted}; got {array.shape}")
    if len(leading) == 1:
        arrays = {key: array[np.newaxis] for key, array in arrays.items()}
    return arrays
