"""Mistakes of sign and size: the direction is right, or right but for the sign."""

# ruff: noqa: D103  (each function is described by its entry in MISTAKES)

import tensorflow as tf
from keras import Model
from tensorflow import Tensor

from ddpg_tf.diagnosis.mistakes.base import (
    LOSS,
    POLICY_GRADIENT,
    Mistake,
    chain_rule,
    dq_da,
    gradient_of,
    mean_q,
)


def wrong_sign(actor: Model, critic: Model, observations: Tensor):
    return gradient_of(lambda: mean_q(actor, critic, observations), actor)


def sum_for_mean(actor: Model, critic: Model, observations: Tensor):
    def loss():
        return -tf.reduce_sum(critic([observations, actor(observations)]))

    return gradient_of(loss, actor)


def mean_twice(actor: Model, critic: Model, observations: Tensor):
    n = len(observations)
    return chain_rule(actor, observations, lambda a: dq_da(critic, observations, a) / n)


def divided_by_act_dim(actor: Model, critic: Model, observations: Tensor):
    def loss():
        actions = actor(observations)
        slope = tf.stop_gradient(dq_da(critic, observations, actions))
        return -tf.reduce_mean(slope * actions)

    return gradient_of(loss, actor)


def half_forgotten(actor: Model, critic: Model, observations: Tensor):
    def loss():
        actions = actor(observations)
        target = tf.stop_gradient(actions + dq_da(critic, observations, actions))
        return tf.reduce_mean(tf.reduce_sum(tf.square(target - actions), axis=-1))

    return gradient_of(loss, actor)


def keras_mean_squared_error(actor: Model, critic: Model, observations: Tensor):
    def loss():
        actions = actor(observations)
        target = tf.stop_gradient(actions + dq_da(critic, observations, actions))
        return tf.reduce_mean(tf.square(target - actions))

    return gradient_of(loss, actor)


def divided_by(constant: float):
    def hard_coded_batch_size(actor, critic, observations):
        def loss():
            return -tf.reduce_sum(critic([observations, actor(observations)])) / constant

        return gradient_of(loss, actor)

    return hard_coded_batch_size


def q_normalized(actor: Model, critic: Model, observations: Tensor):
    def loss():
        q = critic([observations, actor(observations)])
        return -tf.reduce_mean(q) / tf.stop_gradient(tf.reduce_mean(tf.abs(q)))

    return gradient_of(loss, actor)


def q_squared(sign: float):
    def squared(actor, critic, observations):
        def loss():
            return sign * tf.reduce_mean(tf.square(critic([observations, actor(observations)])))

        return gradient_of(loss, actor)

    return squared


def q_clipped(limit: float):
    def clipped(actor, critic, observations):
        def loss():
            q = critic([observations, actor(observations)])
            return -tf.reduce_mean(tf.clip_by_value(q, -limit, limit))

        return gradient_of(loss, actor)

    return clipped


MISTAKES = (
    Mistake(
        "wrong_sign",
        "The gradient points uphill where an optimiser walks downhill: it makes Q smaller.",
        LOSS,
        (
            "philtabor/Actor-Critic-Methods-Paper-To-Code #2",
            "pemami4911/deep-rl #10",
            "floodsung/DDPG #2",
        ),
        "An optimiser subtracts what it is given. Which way should Q go?",
        (wrong_sign,),
    ),
    Mistake(
        "sum_for_mean",
        "The sum over the batch is not divided by its size N, so the step grows with the batch.",
        POLICY_GRADIENT,
        ("pemami4911/deep-rl #3", "floodsung/DDPG #15", "IntelLabs/coach #344"),
        "Double the batch by repeating every sample. What should happen to the gradient?",
        (sum_for_mean,),
    ),
    Mistake(
        "mean_twice",
        "The batch is averaged twice: the gradient is too small by a factor of N.",
        POLICY_GRADIENT,
        ("floodsung/DDPG #2", "pemami4911/deep-rl #15"),
        "Find every place where the batch size enters, written out or inside a mean.",
        (mean_twice,),
    ),
    Mistake(
        "divided_by_act_dim",
        "The mean runs over the action components too: the gradient is divided by act_dim.",
        "dQ/da * da/dtheta = sum_j  dQ/da_j * da_j/dtheta",
        ("google-deepmind/acme #249",),
        "Over which axes does your mean run? A scalar product is a sum over components.",
        (divided_by_act_dim,),
    ),
    Mistake(
        "half_forgotten",
        "Regression towards a + dQ/da without the factor 1/2, or averaged over the action "
        "components: the derivative of a square brings a 2.",
        "loss(theta) = 1/N sum_i 1/2 || (a_i + dQ/da_i) - mu(s_i; theta) ||^2",
        ("google-deepmind/acme #249",),
        "Differentiate your loss by hand for one sample with two action components.",
        (half_forgotten, keras_mean_squared_error),
    ),
    Mistake(
        "hard_coded_batch_size",
        "The sum is divided by a constant, not by the size of the batch.",
        POLICY_GRADIENT,
        ("floodsung/DDPG #2", "floodsung/DDPG #15"),
        "Call your function with batches of different sizes. Where does it learn the size?",
        tuple(divided_by(constant) for constant in (32, 64, 100, 128, 256)),
    ),
    Mistake(
        "q_normalized",
        "The loss is divided by the batch's mean |Q|: a different factor for every batch.",
        LOSS,
        ("google-deepmind/acme #219",),
        "Multiply all rewards by ten. What happens to Q, and what to your gradient?",
        (q_normalized,),
    ),
    Mistake(
        "q_squared",
        "Q is squared, as if it were an error: each sample is weighted by its own Q.",
        LOSS,
        ("PacktPublishing/Deep-Reinforcement-Learning-Hands-On #59",),
        "Which quantity should the actor make large, and which is an error to be made small?",
        (q_squared(-1), q_squared(1), q_squared(-0.5), q_squared(0.5)),
    ),
    Mistake(
        "q_clipped",
        "Q is clipped before it is averaged: where it is beyond the limit its slope is lost.",
        LOSS,
        ("openai/baselines #131",),
        "What is the derivative of a clipped value where it is clipped?",
        tuple(q_clipped(limit) for limit in (1.0, 5.0, 10.0, 100.0)),
    ),
)
