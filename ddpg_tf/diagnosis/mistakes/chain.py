"""Mistakes in one of the two factors of the chain rule, or in how they meet."""

# ruff: noqa: D103  (each function is described by its entry in MISTAKES)

from collections.abc import Callable

import tensorflow as tf
from keras import Model
from tensorflow import Tensor

from ddpg_tf.diagnosis.mistakes.base import (
    POLICY_GRADIENT,
    Mistake,
    chain_rule,
    dq_da,
    gradient_of,
)

SURROGATE = "surrogate(theta) = -1/N sum_i < dQ/da_i , mu(s_i; theta) >,  dQ/da held constant"


def replayed_action(actor: Model, critic: Model, observations: Tensor, actions: Tensor):
    return chain_rule(actor, observations, lambda _: dq_da(critic, observations, actions))


def replayed_action_on_the_tape(actor: Model, critic: Model, observations: Tensor, actions: Tensor):
    def loss():
        return -tf.reduce_mean(critic([observations, actions]) * tf.reduce_sum(actor(observations)))

    return gradient_of(loss, actor)


def action_not_watched(actor: Model, critic: Model, observations: Tensor):
    with tf.GradientTape() as tape:
        actions = actor(observations)
    detached = tf.stop_gradient(actions)
    with tf.GradientTape() as second_tape:
        q = critic([observations, detached])
    slope = second_tape.gradient(q, detached)  # None: nothing told this tape about the actions
    summed = tape.gradient(actions, actor.trainable_variables, output_gradients=slope)
    return [-gradient / len(observations) for gradient in summed]


def second_forward_pass(actor: Model, critic: Model, observations: Tensor):
    actions = actor(observations)
    with tf.GradientTape() as tape:
        loss = -tf.reduce_mean(critic([observations, actions]))
    return tape.gradient(loss, actor.trainable_variables)


def action_detached(actor: Model, critic: Model, observations: Tensor):
    def loss():
        return -tf.reduce_mean(critic([observations, tf.stop_gradient(actor(observations))]))

    return gradient_of(loss, actor)


def stop_gradient_misplaced(actor: Model, critic: Model, observations: Tensor):
    def loss():
        actions = actor(observations)
        slope = dq_da(critic, observations, actions)
        return -tf.reduce_mean(tf.reduce_sum(slope * tf.stop_gradient(actions), axis=-1))

    return gradient_of(loss, actor)


def stop_gradient_forgotten(actor: Model, critic: Model, observations: Tensor):
    def loss():
        actions = actor(observations)
        slope = dq_da(critic, observations, actions)
        return -tf.reduce_mean(tf.reduce_sum(slope * actions, axis=-1))

    return gradient_of(loss, actor)


def averaged_before_chain_rule(actor: Model, critic: Model, observations: Tensor):
    def mean_row(actions):
        slope = dq_da(critic, observations, actions)
        return tf.reduce_mean(slope, axis=0, keepdims=True) + tf.zeros_like(slope)

    return chain_rule(actor, observations, mean_row)


def components_summed(actor: Model, critic: Model, observations: Tensor):
    def row_sum(actions):
        slope = dq_da(critic, observations, actions)
        return tf.reduce_sum(slope, axis=1, keepdims=True) + tf.zeros_like(slope)

    return chain_rule(actor, observations, row_sum)


def components_averaged(actor: Model, critic: Model, observations: Tensor):
    def row_mean(actions):
        slope = dq_da(critic, observations, actions)
        return tf.reduce_mean(slope, axis=1, keepdims=True) + tf.zeros_like(slope)

    return chain_rule(actor, observations, row_mean)


def shifted(move: Callable):
    def shifted_pairs(actor, critic, observations):
        return chain_rule(actor, observations, lambda a: move(dq_da(critic, observations, a)))

    return shifted_pairs


def q_for_its_slope(actor: Model, critic: Model, observations: Tensor):
    def value(actions):
        return critic([observations, actions]) + tf.zeros_like(actions)

    return chain_rule(actor, observations, value)


def squashed(squash: Callable):
    def squashed_slope(actor, critic, observations):
        return chain_rule(actor, observations, lambda a: squash(dq_da(critic, observations, a)))

    return squashed_slope


MISTAKES = (
    Mistake(
        "replayed_action",
        "dQ/da is taken at the action in the replay buffer, not at what the actor would do now.",
        POLICY_GRADIENT,
        ("floodsung/DDPG #14", "backgom2357/Recommender_system_via_deep_RL #14"),
        "Read what comes after the bar in the equation. Which action is that?",
        (replayed_action, replayed_action_on_the_tape),
    ),
    Mistake(
        "action_not_watched",
        "The tape was not told to watch the action, so dQ/da is None; `output_gradients=None` "
        "then means ones, and the critic has no say at all.",
        POLICY_GRADIENT,
        ("tensorflow/tensorflow #29942", "Dekki-Aero/DDPG #2"),
        "Print dQ/da. A tape watches variables by itself; is an action a variable?",
        (action_not_watched,),
    ),
    Mistake(
        "second_forward_pass",
        "All gradients are None: the action that the critic saw is not the one that the tape "
        "followed from the weights. A second or earlier call of the actor made it, or it was "
        "detached.",
        "dQ/dtheta = dQ/da * da/dtheta,  one and the same tensor a in both factors",
        (
            "MorvanZhou/Reinforcement-learning-with-tensorflow #124",
            "MorvanZhou/Reinforcement-learning-with-tensorflow #125",
            "MorvanZhou/Reinforcement-learning-with-tensorflow #126",
        ),
        "Follow the tensor from the weights to the loss. Where does the tape lose sight of it?",
        (second_forward_pass, action_detached),
    ),
    Mistake(
        "stop_gradient_misplaced",
        "The wrong factor is held constant: the gradient flows through dQ/da, not the action.",
        SURROGATE,
        ("keras-team/keras-io #194",),
        "Of the two factors in the surrogate, which one should the tape see as a constant?",
        (stop_gradient_misplaced,),
    ),
    Mistake(
        "stop_gradient_forgotten",
        "dQ/da depends on the actor's weights too, and is not held constant: the product rule "
        "adds a second term.",
        SURROGATE,
        ("keras-team/keras-io #194",),
        "Write down the product rule for your loss. One of its two terms should not be there.",
        (stop_gradient_forgotten,),
    ),
    Mistake(
        "averaged_before_chain_rule",
        "dQ/da is averaged over the batch before it meets da/dtheta: a product of means.",
        "mean_i(x_i * y_i)  is not  mean_i(x_i) * mean_i(y_i)",
        ("pemami4911/deep-rl #3",),
        "Take two samples that want opposite changes. Where do they cancel?",
        (averaged_before_chain_rule,),
    ),
    Mistake(
        "components_mixed",
        "dQ/da is summed or averaged over the action components before it meets da/dtheta.",
        "dQ/da * da/dtheta = sum_j  dQ/da_j * da_j/dtheta,  each j with its own",
        ("pemami4911/deep-rl #3", "yanpanlau/DDPG-Keras-Torcs #2"),
        "What is the shape of dQ/da for one sample? Try an actor with two action components.",
        (components_summed, components_averaged),
    ),
    Mistake(
        "shifted_pairs",
        "dQ/da of one sample is multiplied by da/dtheta of another.",
        POLICY_GRADIENT,
        ("agakshat/maddpg #4", "tensorforce/tensorforce #513"),
        "Both factors carry the index i. Is every row still in its place when they meet?",
        tuple(
            shifted(move)
            for move in (
                lambda g: tf.roll(g, 1, axis=0),
                lambda g: tf.roll(g, -1, axis=0),
                lambda g: tf.reverse(g, axis=[0]),
            )
        ),
    ),
    Mistake(
        "q_for_its_slope",
        "Q itself stands where its derivative with respect to the action should be.",
        POLICY_GRADIENT,
        ("pemami4911/deep-rl #5", "ooples/AiDotNet #481"),
        "Add 1000 to every Q. Should the gradient change?",
        (q_for_its_slope,),
    ),
    Mistake(
        "action_gradient_squashed",
        "dQ/da goes through a squashing function, such as tanh, on its way to the actor.",
        POLICY_GRADIENT,
        (),
        "Multiply the critic's output by ten. What should happen to dQ/da, and what does?",
        tuple(squashed(squash) for squash in (tf.tanh, tf.nn.softsign, tf.sigmoid, tf.atan)),
    ),
)
