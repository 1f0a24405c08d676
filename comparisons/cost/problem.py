"""The networks and batches whose gradients are timed."""

from collections.abc import Callable

import gymnasium as gym
import numpy as np
import tensorflow as tf

from ddpg_tf import DDPG, DDPGConfig
from ddpg_tf.batch import Batch
from ddpg_tf.networks.build import build_actor, build_critic
from ddpg_tf.strategies import get_strategy

OBSERVATION_SIZE, ACTION_SIZE = 17, 6
"""HalfCheetah's."""


class Problem:
    """An actor and a critic with two hidden layers of `width`."""

    def __init__(self, width: int):
        bound = np.ones(ACTION_SIZE)
        self.actor = build_actor(OBSERVATION_SIZE, -bound, bound, (width, width))
        self.critic = build_critic(OBSERVATION_SIZE, ACTION_SIZE, (width, width))

    def observations(self, batch_size: int) -> tf.Tensor:
        """Made-up observations, [batch_size, OBSERVATION_SIZE]."""
        normal = np.random.default_rng(0).standard_normal
        return tf.constant(normal((batch_size, OBSERVATION_SIZE)), tf.float32)

    def gradient(self, strategy: str) -> Callable[[tf.Tensor], list[tf.Tensor]]:
        """The strategy's gradient as a function of the observations."""
        chosen = get_strategy(strategy)
        return lambda observations: chosen.gradients(self.actor, self.critic, observations)


def whole_update(strategy: str, width: int, batch_size: int) -> tuple[Callable, Batch]:
    """A DDPG agent's update (critic, actor, targets) and a batch [batch_size, ...]."""
    observation_space = gym.spaces.Box(-np.inf, np.inf, (OBSERVATION_SIZE,), np.float32)
    action_space = gym.spaces.Box(-1.0, 1.0, (ACTION_SIZE,), np.float32)
    config = DDPGConfig(strategy=strategy, hidden_sizes=(width, width))
    agent = DDPG(observation_space, action_space, config)
    normal = np.random.default_rng(0).standard_normal
    batch = Batch(
        observations=normal((batch_size, OBSERVATION_SIZE)),
        actions=np.tanh(normal((batch_size, ACTION_SIZE))),
        rewards=normal(batch_size),
        next_observations=normal((batch_size, OBSERVATION_SIZE)),
        terminated=np.zeros(batch_size),
        discounts=np.full(batch_size, config.gamma),
    )
    return agent.one_update, batch.map(lambda array: tf.constant(array, tf.float32))
