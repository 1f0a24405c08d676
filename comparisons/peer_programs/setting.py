"""What every program is asked to train: the same for all of them."""

from typing import NamedTuple

WIDTHS = (256, 256)
"""Widths of the hidden layers, of actors and critics."""

SIZES = {"Pendulum-v1": (3, 1, 64), "HalfCheetah-v5": (17, 6, 256)}
"""Environment -> numbers of an observation and of an action, batch size."""

LEARNING_RATE = 1e-3
"""Adam's, for actors and critics."""

TAU = 5e-3
GAMMA = 0.99

NOISE = 0.1
"""Standard deviation of the Gaussian noise, in half ranges of the action space."""

BUFFER = 1_000_000
"""Transitions that a replay buffer can hold; no training here fills it."""

NEVER = 10_000_000
"""Steps that are asked for: so many that the environment ends the training and not the program."""


class Setting(NamedTuple):
    """A training.

    algorithm: "ddpg" or "td3". block: steps between calls of the learner, which then makes as many
    updates; 1 is Algorithm 1. warmup: steps of random actions before the first update.
    first, last: the steps between which the time is taken; the training ends with the latter.
    mark: a mean return of the last episodes that ends the training too, or None.
    """

    env_id: str
    algorithm: str
    batch_size: int
    block: int
    warmup: int = 1_000
    first: int = 1_500
    last: int = 3_500
    mark: float | None = None
    seed: int = 0
