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

A gradient here is a sum over at most 341 samples of products of some ten factors. Float16 has
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
    """An actor whose training flag is set once and for all."""

    def __init__(self, actor: keras.Model, training: bool):
        self.actor, self.training = actor, training
        self.trainable_variables = actor.trainable_variables

    def __call__(self, observations):
        return self.actor(observations, training=self.training)


@lru_cache(maxsize=256)
def reference(case: Case, index: int, training: bool = True) -> Reference:
    """Compute the right answer to call `index` of the case, in float64.

    training: the mode of the actor's batch norm.
    """
    actor, critic, observations = in_float64(case, index)
    actor_in_mode = InMode(actor, training)
    strategy = get_strategy("mean_q")
    gradients = [g.numpy() for g in strategy.gradients(actor_in_mode, critic, observations)]
    actions = actor_in_mode(observations)
    _, dq_da = action_gradient(critic, observations, actions)
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
    critic.set_weights([np.float64(weight) for weight in case.weights["critic"]])
    return actor, critic, tf.constant(call.observations, tf.float64)
