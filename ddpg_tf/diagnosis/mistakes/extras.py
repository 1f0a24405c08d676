"""Something that was added: clipping, decay, a penalty, noise, fewer bits.

Each has a constant that anyone may choose freely, so most are recognised by their effect, see
`recognising.py`.
"""

# ruff: noqa: D103  (each function is described by its entry in MISTAKES)

from collections.abc import Callable

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
from ddpg_tf.diagnosis.mistakes.recognising import (
    has_few_bits,
    has_weight_decay,
    is_clipped,
    is_noisy,
)


def right_gradients(actor: Model, critic: Model, observations: Tensor):
    return gradient_of(lambda: -mean_q(actor, critic, observations), actor)


def clipped_by_global_norm(limit: float):
    def clipped(actor, critic, observations):
        gradients = right_gradients(actor, critic, observations)
        return tf.clip_by_global_norm(gradients, limit)[0]

    return clipped


def clipped_one_by_one(limit: float):
    def clipped(actor, critic, observations):
        gradients = right_gradients(actor, critic, observations)
        return [tf.clip_by_norm(gradient, limit) for gradient in gradients]

    return clipped


def clipped_by_value(limit: float):
    def clipped(actor, critic, observations):
        gradients = right_gradients(actor, critic, observations)
        return [tf.clip_by_value(gradient, -limit, limit) for gradient in gradients]

    return clipped


def with_action_gradient(change: Callable):
    def changed(actor, critic, observations):
        return chain_rule(actor, observations, lambda a: change(dq_da(critic, observations, a)))

    return changed


def standardized(g: Tensor):
    return (g - tf.reduce_mean(g, axis=0)) / (tf.math.reduce_std(g, axis=0) + 1e-8)


def with_weight_decay(actor: Model, critic: Model, observations: Tensor):
    gradients = right_gradients(actor, critic, observations)
    return [g + 0.01 * w.value for g, w in zip(gradients, actor.trainable_variables, strict=True)]


def with_action_penalty(scale: float):
    def penalised(actor, critic, observations):
        def loss():
            actions = actor(observations)
            q = critic([observations, actions])
            return -tf.reduce_mean(q) + scale * tf.reduce_mean(tf.square(actions))

        return gradient_of(loss, actor)

    return penalised


def noisy_action(actor: Model, critic: Model, observations: Tensor):
    def loss():
        actions = actor(observations)
        noise = tf.random.normal(tf.shape(actions), stddev=0.1, dtype=actions.dtype)
        return -tf.reduce_mean(critic([observations, actions + noise]))

    return gradient_of(loss, actor)


def float16_accumulation(actor: Model, critic: Model, observations: Tensor):
    def rounded(values):
        return tf.cast(tf.cast(values, tf.float16), values.dtype)

    def rounded_dq_da(actions):
        return rounded(dq_da(critic, observations, rounded(actions)))

    return [*map(rounded, chain_rule(actor, observations, rounded_dq_da))]


def q_rounded(dtype: tf.DType):
    def rounded(actor, critic, observations):
        def loss():
            return -tf.reduce_mean(tf.cast(critic([observations, actor(observations)]), dtype))

        return gradient_of(loss, actor)

    return rounded


def actions_rounded(dtype: tf.DType):
    def rounded(actor, critic, observations):
        def loss():
            actions = actor(observations)
            few_bits = tf.cast(tf.cast(actions, dtype), actions.dtype)
            return -tf.reduce_mean(critic([observations, few_bits]))

        return gradient_of(loss, actor)

    return rounded


MISTAKES = (
    Mistake(
        "gradient_clipped",
        "The gradient is clipped: beyond some size, it is no longer the gradient of -mean Q.",
        POLICY_GRADIENT,
        ("vwxyzjn/cleanrl #148",),
        "Scale the critic up a thousand times. Does your gradient follow?",
        (
            clipped_by_global_norm(1.0),
            clipped_by_global_norm(10.0),
            clipped_one_by_one(1.0),
            clipped_by_value(1.0),
            clipped_by_value(10.0),
        ),
        recognise=is_clipped,
    ),
    Mistake(
        "action_gradient_clipped",
        "dQ/da is clipped where no clipping was asked for: by value, or each sample's by norm.",
        POLICY_GRADIENT,
        ("ray-project/ray #1877", "vwxyzjn/cleanrl #148"),
        "Scale the critic up a thousand times. Does dQ/da follow?",
        tuple(
            with_action_gradient(change)
            for limit in (1.0, 0.5, 0.1, 5.0, 10.0)
            for change in (
                lambda g, limit=limit: tf.clip_by_value(g, -limit, limit),
                lambda g, limit=limit: tf.clip_by_norm(g, limit, axes=[-1]),
            )
        ),
    ),
    Mistake(
        "action_gradient_normalized",
        "dQ/da is normalised: by the batch's norm or spread, by each sample's norm, or to its "
        "sign. How steep Q is no longer counts.",
        POLICY_GRADIENT,
        ("floodsung/DDPG #15",),
        "Multiply the critic's output by ten. What should happen to dQ/da?",
        tuple(
            with_action_gradient(change)
            for change in (
                standardized,
                lambda g: (g - tf.reduce_mean(g)) / (tf.math.reduce_std(g) + 1e-8),
                lambda g: g / tf.math.reduce_std(g),
                lambda g: g / tf.norm(g),
                lambda g: g / tf.norm(g, axis=-1, keepdims=True),
                lambda g: g / tf.norm(g, axis=0),
                lambda g: g / tf.reduce_max(tf.abs(g)),
                lambda g: g / tf.reduce_mean(tf.abs(g)),
                tf.sign,
            )
        ),
    ),
    Mistake(
        "weight_decay",
        "A multiple of the weights is added: L2 decay, which DDPG's paper uses for the critic "
        "only.",
        LOSS,
        ("pemami4911/deep-rl #9",),
        "Compare a gradient with its weight. Set Q to a constant: what is left?",
        (with_weight_decay,),
        recognise=has_weight_decay,
    ),
    Mistake(
        "action_penalty",
        "The loss also punishes large actions: a term that is not in the policy gradient.",
        LOSS,
        ("openai/baselines #492", "TianhongDai/hindsight-experience-replay #21"),
        "Set Q to a constant. Which gradient is left, and from which term?",
        tuple(with_action_penalty(scale) for scale in (1.0, 0.1, 0.01, 0.001)),
    ),
    Mistake(
        "noise_in_the_update",
        "The same call gives another gradient each time: there is randomness in the update, most "
        "often exploration noise on the action, or something is kept from one call to the next, "
        "such as a running average.",
        POLICY_GRADIENT,
        ("yanpanlau/DDPG-Keras-Torcs #33",),
        "Call your function twice with the same arguments. What in it is random, or remembered?",
        (noisy_action,),
        recognise=is_noisy,
    ),
    Mistake(
        "float16_accumulation",
        "The direction is right but most of the bits are not: some step runs in half precision.",
        "1 + x = 1 in float16 for any x below 2^-11; in float32 below 2^-24",
        ("DLR-RM/stable-baselines3 #344", "nilsjohanbjorck/low-precision-rl #2"),
        "Print the dtype of every tensor on the way from the observations to the gradient.",
        (
            q_rounded(tf.float16),
            q_rounded(tf.bfloat16),
            actions_rounded(tf.float16),
            actions_rounded(tf.bfloat16),
            float16_accumulation,
        ),
        recognise=has_few_bits,
    ),
)
