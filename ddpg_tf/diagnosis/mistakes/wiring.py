"""Mistakes about which network is called, on what, in which mode, and whose weights are meant."""

# ruff: noqa: D103  (each function is described by its entry in MISTAKES)

from collections.abc import Callable

import tensorflow as tf
from keras import Model
from keras.optimizers import Optimizer
from tensorflow import Tensor

from ddpg_tf.diagnosis.mistakes.base import (
    POLICY_GRADIENT,
    Mistake,
    chain_rule,
    dq_da,
    gradient_of,
    mean_q,
)


def target_actor_action(actor: Model, critic: Model, observations: Tensor, target_actor: Model):
    def at_target_action(_):
        return dq_da(critic, observations, target_actor(observations))

    return chain_rule(actor, observations, at_target_action)


def target_actor_only(actor: Model, critic: Model, observations: Tensor, target_actor: Model):
    return gradient_of(lambda: -mean_q(target_actor, critic, observations), target_actor)


def target_critic_judges(actor: Model, critic: Model, observations: Tensor, target_critic: Model):
    return gradient_of(lambda: -mean_q(actor, target_critic, observations), actor)


def combined_twins(combine: Callable):
    def combined(actor, critic, observations, twin_critic):
        def loss():
            inputs = [observations, actor(observations)]
            return -tf.reduce_mean(combine(critic(inputs), twin_critic(inputs)))

        return gradient_of(loss, actor)

    return combined


def second_critic(actor: Model, critic: Model, observations: Tensor, twin_critic: Model):
    return gradient_of(lambda: -mean_q(actor, twin_critic, observations), actor)


def critic_gradients_too(actor: Model, critic: Model, observations: Tensor):
    weights = [*actor.trainable_variables, *critic.trainable_variables]
    with tf.GradientTape() as tape:
        loss = -mean_q(actor, critic, observations)
    return tape.gradient(loss, weights)


def critic_step_too(actor: Model, critic: Model, optimizer: Optimizer, observations: Tensor):
    gradients = critic_gradients_too(actor, critic, observations)
    optimizer.apply(gradients, [*actor.trainable_variables, *critic.trainable_variables])


def critic_gradients_only(actor: Model, critic: Model, observations: Tensor):
    return gradient_of(lambda: -mean_q(actor, critic, observations), critic)


def critic_step_only(actor: Model, critic: Model, optimizer: Optimizer, observations: Tensor):
    gradients = critic_gradients_only(actor, critic, observations)
    optimizer.apply(gradients, critic.trainable_variables)


def critic_sees(change: Callable):
    def other_observations(actor, critic, observations):
        def loss():
            return -tf.reduce_mean(critic([change(observations), actor(observations)]))

        return gradient_of(loss, actor)

    return other_observations


def actor_in_inference_mode(actor: Model, critic: Model, observations: Tensor):
    def loss():
        return -tf.reduce_mean(critic([observations, actor(observations, training=False)]))

    return gradient_of(loss, actor)


MISTAKES = (
    Mistake(
        "target_actor",
        "The target actor chooses the action at which dQ/da is taken, or is differentiated itself.",
        POLICY_GRADIENT,
        ("IouJenLiu/PIC #9",),
        "Target networks have one job in DDPG. In which of the two losses do they appear?",
        (target_actor_action, target_actor_only),
    ),
    Mistake(
        "target_critic",
        "The target critic judges the actions, not the critic that is being trained.",
        POLICY_GRADIENT,
        ("google-deepmind/acme #192", "hans/rlcomp #1"),
        "Target networks have one job in DDPG. In which of the two losses do they appear?",
        (target_critic_judges,),
    ),
    Mistake(
        "twin_maximum",
        "The actor climbs the larger of the two Q values, the one that overestimates more.",
        "loss(theta) = -1/N sum_i Q_1(s_i, mu(s_i; theta))",
        ("AI4Finance-Foundation/ElegantRL #3",),
        "What are the twins for, and in whose loss does TD3 compare them?",
        (combined_twins(tf.maximum),),
    ),
    Mistake(
        "twin_minimum",
        "The actor climbs the smaller of the two Q values, as SAC's does; TD3's and DDPG's "
        "climb the first.",
        "loss(theta) = -1/N sum_i Q_1(s_i, mu(s_i; theta))",
        ("AI4Finance-Foundation/ElegantRL #3", "pranz24/pytorch-soft-actor-critic #3"),
        "What are the twins for, and in whose loss does TD3 compare them?",
        (combined_twins(tf.minimum),),
    ),
    Mistake(
        "twin_mean",
        "The actor climbs the mean, or the sum, of the two Q values, not the first.",
        "loss(theta) = -1/N sum_i Q_1(s_i, mu(s_i; theta))",
        ("DLR-RM/stable-baselines3 #1112", "sfujim/TD3 #16"),
        "What are the twins for, and in whose loss does TD3 compare them?",
        (combined_twins(lambda q, twin: (q + twin) / 2), combined_twins(tf.add)),
    ),
    Mistake(
        "twin_critic",
        "The actor climbs the second critic's Q, not the first's.",
        "loss(theta) = -1/N sum_i Q_1(s_i, mu(s_i; theta))",
        ("sfujim/TD3 #16",),
        "Of two critics, TD3's actor looks at one. Does your code look at that one?",
        (second_critic,),
    ),
    Mistake(
        "critic_trained_too",
        "The critic's weights are in the list too: it learns to call every action good.",
        "theta <- theta - rate * dloss/dtheta,  theta the actor's weights alone",
        (
            "MorvanZhou/Reinforcement-learning-with-tensorflow #109",
            "thu-ml/tianshou #1268",
            "openai/spinningup #320",
        ),
        "Print the names of the variables that the optimiser is handed.",
        (critic_gradients_too, critic_step_too),
    ),
    Mistake(
        "critic_weights",
        "The gradient is taken with respect to the critic's weights, not the actor's.",
        "dloss/dtheta,  theta the actor's weights",
        ("MorvanZhou/Reinforcement-learning-with-tensorflow #109",),
        "Print the names of the variables with respect to which you differentiate.",
        (critic_gradients_only, critic_step_only),
    ),
    Mistake(
        "critic_other_observations",
        "The critic judges the actions against other observations than the actor saw.",
        POLICY_GRADIENT,
        ("jimkon/Deep-Reinforcement-Learning-in-Large-Discrete-Action-Spaces #38",),
        "Both networks read s_i. Do they get the same tensor, in the same order?",
        (
            critic_sees(tf.zeros_like),
            critic_sees(lambda s: tf.roll(s, 1, axis=0)),
            critic_sees(lambda s: tf.roll(s, -1, axis=0)),
            critic_sees(lambda s: tf.reverse(s, axis=[0])),
            critic_sees(lambda s: tf.zeros_like(s) + tf.reduce_mean(s, axis=0)),
        ),
    ),
    Mistake(
        "actor_in_inference_mode",
        "The actor is told training=False: its batch norm uses old moments and never learns new "
        "ones.",
        "mu normalises with the moments of the batch it learns from",
        ("pemami4911/deep-rl #17", "keras-team/keras-io #198", "openai/spinningup #4"),
        "Which network is learning in this step? Tell Keras so.",
        (actor_in_inference_mode,),
    ),
)
