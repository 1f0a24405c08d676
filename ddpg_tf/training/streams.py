"""The random generators of a run: one for each use of randomness.

So that, for instance, evaluating more often does not change what is learned.
"""

from typing import NamedTuple

import numpy as np

from ddpg_tf.config import DDPGConfig


class Streams(NamedTuple):
    """generators: by use, "warmup", "noise" and "replay"; two seeds for environments."""

    generators: dict[str, np.random.Generator]
    environment_seed: int
    evaluation_seed: int


def streams(config: DDPGConfig) -> Streams:
    """New generators, all from the config's seed."""
    each = [np.random.default_rng(s) for s in np.random.SeedSequence(config.seed).spawn(5)]
    generators = dict(zip(("warmup", "noise", "replay"), each[:3], strict=True))
    return Streams(generators, *(int(generator.integers(2**31)) for generator in each[3:]))
