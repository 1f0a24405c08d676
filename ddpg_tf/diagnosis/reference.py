"""The right answer, and how close to it floating point can be expected to come."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import lru_cache

import keras
import numpy as np
import tensorflow as tf

from ddpg_tf.diagnosis.cases import Case
from ddpg_tf.diagnosis.networks import own_networks
from ddpg_tf.strategies import get_strategy
from ddpg_tf.strategies.action_gradient import action_gradient

ROUNDINGS = 2**8
"""How many roundings of one float32 unit, all in one direction, a right gradient may be away.

A gradient here is a sum over at most 1025 samples of products of some ten factors. Float16 has
roundings of 2**13 such units.
"""


@dataclass(frozen=True, eq=False)
class Reference:
    """The gradients of -mean Q in float64."""

    gradients: list[np.ndarray]
    tolerance: float
    """Relative error, in the maximum norm of each weight's gradient, that is still right."""


def references(cases: Sequence[Case]) -> None:
    """Compute the right answers to all calls beforehand."""
    for case in cases:
        for index in range(len(case.calls)):
            reference(case, index)


class InMode:
    """A network whose training flag is set once and for all."""

    def __init__(self, network: keras.Model, training: bool):
        self.network, self.training = network, training
        self.trainable_variables = network.trainable_variables

    def __call__(self, inputs):
        return self.network(inputs, training=self.training)


@lru_cache(maxsize=256)
def reference(
    case: Case, index: int, training: bool = True, critic_training: bool = False
) -> Reference:
    """Compute the right answer to call `index` of the case, in float64.

    training, critic_training: the mode of the actor's and of the critic's batch norm.
    """
    actor, critic, observations = in_float64(case, index)
    actor_in_mode, critic_in_mode = InMode(actor, training), InMode(critic, critic_training)
    strategy = get_strategy("mean_q")
    gradients = [g.numpy() for g in strategy.gradients(actor_in_mode, critic_in_mode, observations)]
    actions = actor_in_mode(observations)
    _, dq_da = action_gradient(critic_in_mode, observations, actions)
    # (a + dq_da) - a, as in the strategy target_action, rounds dq_da to the last place of a
    cancellation = np.abs(actions).max() / np.abs(dq_da).max()
    unit = np.finfo(np.float32).eps
    return Reference(gradients, float(ROUNDINGS * unit * (1 + cancellation)))


def in_float64(case: Case, index: int) -> tuple[keras.Model, keras.Model, tf.Tensor]:
    """Actor, critic and observations of a call, in float64."""
    spec = replace(case.architecture, dtype="float64")
    actor, critic = own_networks(spec)
    call = case.calls[index]
    actor.set_weights([np.float64(weight) for weight in call.actor_weights])
    critic.set_weights([np.float64(weight) for weight in call.weights["critic"]])
    return actor, critic, tf.constant(call.observations, tf.float64)


@lru_cache(maxsize=64)
def gradients_one_by_one(case: Case, index: int) -> np.ndarray:
    """-dQ(s_i, mu(s_i))/dtheta of each sample alone, in float64, [B, number of weights in all].

    The weights' gradients are flattened and joined in the order of `trainable_variables`; batch
    norm is in inference mode, so no sample has to do with another.
    """
    actor, critic, observations = in_float64(case, index)
    theta = [variable.value for variable in actor.trainable_variables]
    with tf.GradientTape() as tape:
        q = tf.reshape(critic([observations, actor(observations)]), [-1])
    parts = tape.jacobian(q, theta)
    return -np.concatenate([part.numpy().reshape(len(q), -1) for part in parts], axis=1)
