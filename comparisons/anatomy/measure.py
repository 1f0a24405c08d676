"""What is measured: operations, instructions and backward signals of every strategy."""

import numpy as np
import tensorflow as tf

from comparisons.anatomy.chain import chain_factors
from comparisons.anatomy.programs import anatomy_of
from comparisons.study import Track
from ddpg_tf.networks.build import build_actor, build_critic
from ddpg_tf.strategies import STRATEGIES, get_strategy

OBSERVATION_SIZE, ACTION_SIZE = 17, 6
"""HalfCheetah's."""


def run(quick: bool, track: Track) -> dict:
    """Count and probe the gradient of every strategy at N = 64, width 256 (quick: 32)."""
    batch_size, width = 64, 32 if quick else 256
    actor = build_actor(
        OBSERVATION_SIZE, -np.ones(ACTION_SIZE), np.ones(ACTION_SIZE), (width, width)
    )
    critic = build_critic(OBSERVATION_SIZE, ACTION_SIZE, (width, width))
    normal = np.random.default_rng(0).standard_normal
    observations = tf.constant(normal((batch_size, OBSERVATION_SIZE)), tf.float32)
    strategies = {}
    for name in track(STRATEGIES, "compiling"):
        arguments = get_strategy(name), actor, critic, observations
        strategies[name] = anatomy_of(*arguments) | chain_factors(*arguments)
    return {
        "batch_size": batch_size,
        "observation_size": OBSERVATION_SIZE,
        "action_size": ACTION_SIZE,
        "width": width,
        "strategies": strategies,
    }
