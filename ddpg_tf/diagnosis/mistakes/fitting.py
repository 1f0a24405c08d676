"""Mistakes of fitting: the actor is fitted to a number as if it were the action that is wanted, or
shares a loss that is the critic's.
"""

# ruff: noqa: D103  (each function is described by its entry in MISTAKES)

from collections.abc import Callable

import tensorflow as tf
from keras import Model
from tensorflow import Tensor

from ddpg_tf.diagnosis.mistakes.base import (
    LOSS,
    Mistake,
    dq_da,
    gradient_of,
    mean_q,
)

ACTOR_HAS_NO_TARGET = LOSS + ",  in which no action is a target"


def fitted(target: Callable, error: Callable):
    def fitted_to_target(actor, critic, observations):
        wanted = target(critic, observations, actor(observations))
        return gradient_of(lambda: error(tf.stop_gradient(wanted) - actor(observations)), actor)

    return fitted_to_target


def value(critic: Model, observations: Tensor, actions: Tensor):
    return critic([observations, actions])


def minus_slope(critic: Model, observations: Tensor, actions: Tensor):
    return -dq_da(critic, observations, actions)


def mean_square(error: Tensor):
    return tf.reduce_mean(tf.square(error))


def half_mean_square(error: Tensor):
    return mean_square(error) / 2


def mean_of_sums(error: Tensor):
    return tf.reduce_mean(tf.reduce_sum(tf.square(error), axis=-1))


def half_mean_of_sums(error: Tensor):
    return mean_of_sums(error) / 2


ERRORS = (mean_square, half_mean_square, mean_of_sums, half_mean_of_sums)
"""The ways to write a squared error: averaged over everything, or over the batch alone."""


def td_error_of_targets(discount: float):
    def with_td_error(actor, critic, observations, target_actor, target_critic):
        def loss():
            q = critic([observations, actor(observations)])
            late = target_critic([observations, target_actor(observations)])
            return tf.reduce_mean(tf.square(discount * late - q)) - tf.reduce_mean(q)

        return gradient_of(loss, actor)

    return with_td_error


def td_error_at_replayed_value(actor: Model, critic: Model, observations: Tensor, actions: Tensor):
    def loss():
        q = critic([observations, actor(observations)])
        replayed = tf.stop_gradient(critic([observations, actions]))
        return tf.reduce_mean(tf.square(replayed - q)) - tf.reduce_mean(q)

    return gradient_of(loss, actor)


def squared_value_added(factor: float):
    def with_square(actor, critic, observations):
        def loss():
            q = critic([observations, actor(observations)])
            return factor * tf.reduce_mean(tf.square(q)) - tf.reduce_mean(q)

        return gradient_of(loss, actor)

    return with_square


def td_error_of_the_target(discount: float):
    def with_td_error_alone(actor, critic, observations, target_critic):
        def loss():
            actions = actor(observations)
            late = tf.stop_gradient(target_critic([observations, actions]))
            error = discount * late - critic([observations, actions])
            return tf.reduce_mean(tf.square(error)) - mean_q(actor, critic, observations)

        return gradient_of(loss, actor)

    return with_td_error_alone


MISTAKES = (
    Mistake(
        "fitted_to_q",
        "The actor's output is fitted to Q: a value is taken for the action that is wanted.",
        ACTOR_HAS_NO_TARGET,
        (),
        "What are the units of Q, and what are those of an action? What is their difference?",
        tuple(fitted(value, error) for error in ERRORS),
    ),
    Mistake(
        "fitted_to_action_gradient",
        "The actor's output is fitted to dQ/da: the direction in which an action should move is "
        "taken for the action itself.",
        ACTOR_HAS_NO_TARGET,
        (),
        "At the best action dQ/da is zero. Which action would your loss then ask for?",
        tuple(fitted(slope, error) for slope in (dq_da, minus_slope) for error in ERRORS),
    ),
    Mistake(
        "critic_loss_mixed_in",
        "The critic's squared error is part of the actor's loss: the actor is pulled to actions "
        "whose Q fits a target, not to those whose Q is large.",
        LOSS + ",  alone",
        ("JoshuaWu1997/PyTorch-DDPG-Stock-Trading #2",),
        "Which of the two networks should make which of the two losses small?",
        (
            squared_value_added(1.0),
            squared_value_added(0.5),
            td_error_of_targets(0.99),
            td_error_of_targets(1.0),
            td_error_of_targets(0.9),
            td_error_at_replayed_value,
            td_error_of_the_target(0.99),
            td_error_of_the_target(1.0),
        ),
    ),
)
