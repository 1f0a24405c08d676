"""What every program is asked to train: the same for all of them."""

from typing import NamedTuple

WIDTHS = (256, 256)
"""Widths of the hidden layers, of actors and critics."""

WARMUP = 1_000
"""Steps of random actions before the first update."""

LEARNING_RATE = 1e-3
TAU = 5e-3
NOISE = 0.1
"""Standard deviation of the Gaussian noise, in half ranges of the action space."""

BUFFER = 100_000


class Setting(NamedTuple):
    """A training.

    algorithm: "ddpg" or "td3". update_every: steps between calls of the learner, which then makes
    as many updates: 1, or a block.
    """

    env_id: str
    algorithm: str
    batch_size: int
    update_every: int
    total_steps: int
    seed: int = 0
