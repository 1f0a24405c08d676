"""Mistakes between the actor's last dense layer and the critic: tanh, and the action bounds."""

# ruff: noqa: D103  (each function is described by its entry in MISTAKES)

import tensorflow as tf
from keras import Model
from tensorflow import Tensor

from ddpg_tf.diagnosis.mistakes.base import POLICY_GRADIENT, Mistake, dq_da, gradient_of


def pre_tanh(actor: Model, critic: Model, observations: Tensor):
    before = Model(actor.inputs, actor.get_layer("pre_tanh").output)
    scale = tf.cast(actor.get_layer("actions").scale, observations.dtype)
    with tf.GradientTape() as tape:
        z = before(observations)
    slope = dq_da(critic, observations, actor(observations))
    summed = tape.gradient(z, actor.trainable_variables, output_gradients=-slope * scale)
    return [gradient / len(observations) for gradient in summed]


def pre_tanh_unscaled(actor: Model, critic: Model, observations: Tensor):
    before = Model(actor.inputs, actor.get_layer("pre_tanh").output)
    with tf.GradientTape() as tape:
        z = before(observations)
    slope = dq_da(critic, observations, actor(observations))
    summed = tape.gradient(z, actor.trainable_variables, output_gradients=-slope)
    return [gradient / len(observations) for gradient in summed]


def pre_tanh_to_critic(actor: Model, critic: Model, observations: Tensor):
    before = Model(actor.inputs, actor.get_layer("pre_tanh").output)
    return gradient_of(lambda: -tf.reduce_mean(critic([observations, before(observations)])), actor)


def scale_missing_in_chain(actor: Model, critic: Model, observations: Tensor):
    unscaled = Model(actor.inputs, actor.get_layer("tanh").output)
    with tf.GradientTape() as tape:
        tanh = unscaled(observations)
    slope = dq_da(critic, observations, actor(observations))
    summed = tape.gradient(tanh, actor.trainable_variables, output_gradients=-slope)
    return [gradient / len(observations) for gradient in summed]


def unscaled_action_to_critic(actor: Model, critic: Model, observations: Tensor):
    unscaled = Model(actor.inputs, actor.get_layer("tanh").output)
    return gradient_of(
        lambda: -tf.reduce_mean(critic([observations, unscaled(observations)])), actor
    )


def actions_clipped(actor: Model, critic: Model, observations: Tensor):
    def loss():
        actions = tf.clip_by_value(actor(observations), -1.0, 1.0)
        return -tf.reduce_mean(critic([observations, actions]))

    return gradient_of(loss, actor)


def scaled_by(constant: float | None):
    def scaled_twice(actor, critic, observations):
        scale = actor.get_layer("actions").scale if constant is None else constant

        def loss():
            actions = tf.cast(scale, observations.dtype) * actor(observations)
            return -tf.reduce_mean(critic([observations, actions]))

        return gradient_of(loss, actor)

    return scaled_twice


MISTAKES = (
    Mistake(
        "pre_tanh",
        "The chain stops at the value before tanh: the factor 1 - tanh^2 is missing.",
        "da/dtheta = scale * (1 - tanh(z)^2) * dz/dtheta",
        ("floodsung/DDPG #17", "rmst/ddpg #9"),
        "What does the actor do after its last dense layer? Each of these steps has a slope.",
        (pre_tanh, pre_tanh_unscaled, pre_tanh_to_critic),
    ),
    Mistake(
        "missing_action_scale",
        "The stretch from tanh's (-1, 1) to the action bounds is left out.",
        "a = middle + scale * tanh(z),  so  da/dtheta = scale * dtanh(z)/dtheta",
        ("stevenpjg/ddpg-aigym #2", "lilianweng/deep-reinforcement-learning-gym #7"),
        "Try bounds that are not -1 and 1. In which units does the critic expect the action?",
        (scale_missing_in_chain, unscaled_action_to_critic),
    ),
    Mistake(
        "scaled_twice",
        "The actor's action, which is in the environment's units already, is multiplied by the "
        "bound once more.",
        "Q(s, mu(s)),  mu(s) in the environment's units",
        (),
        "Print the largest action that the critic sees. Can the environment take it?",
        tuple(scaled_by(constant) for constant in (2.0, None, 0.4, 0.5, 3.0, 5.0, 10.0, 100.0)),
    ),
    Mistake(
        "actions_clipped",
        "The actions are clipped to -1 and 1 on the way to the critic: beyond that, no gradient "
        "flows.",
        POLICY_GRADIENT,
        ("vwxyzjn/cleanrl #196",),
        "What are the bounds of this actor's actions, and what is a clipped value's slope?",
        (actions_clipped,),
    ),
)
