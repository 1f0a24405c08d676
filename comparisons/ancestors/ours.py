"""This project's update, given the same arrays as the systems."""

import keras
import numpy as np
import tensorflow as tf

from comparisons.ancestors.adam import Adam
from comparisons.ancestors.problem import (
    ACTION_DIM,
    OBSERVATION_DIM,
    Problem,
    Update,
    Weights,
    mean_critic,
)
from ddpg_tf.strategies import get_strategy


def torcs_heads(x):
    """Return steering in [-1, 1], acceleration and brake in [0, 1], [B, 3]."""
    return keras.ops.concatenate([keras.ops.tanh(x[:, :1]), keras.ops.sigmoid(x[:, 1:])], axis=1)


def networks(problem: Problem):
    """Return actor and critic as Keras 3 models; a critic's several outputs become their mean."""
    dense = keras.layers.Dense
    observations = keras.Input((OBSERVATION_DIM,))
    actions = keras.Input((ACTION_DIM,))

    def network(inputs, x, weights, activation):
        for kernel in weights[:-2:2]:
            x = dense(kernel.shape[1], activation="relu")(x)
        model = keras.Model(inputs, dense(weights[-1].size, activation=activation)(x))
        model.set_weights(weights)
        return model

    heads = {"tanh": "tanh", "torcs": torcs_heads}[problem.heads]
    actor = network(observations, observations, problem.actor, heads)
    inputs = [observations, actions]
    both = keras.layers.Concatenate()(inputs)
    return actor, network(inputs, both, mean_critic(problem.critic), None)


def our_gradients(problem: Problem, observations, strategy: str, graph: bool) -> Weights:
    """Return a strategy's gradients of -mean Q, in a `tf.function` or eagerly."""
    actor, critic = networks(problem)
    gradients = get_strategy(strategy).gradients
    if graph:
        gradients = tf.function(gradients)
    return [gradient.numpy() for gradient in gradients(actor, critic, tf.constant(observations))]


def our_updates(problem: Problem, batches, strategy: str, adam: dict) -> list[Update]:
    """Return a strategy's updates with Keras 3's Adam, in a `tf.function`, one for each batch.

    adam: learning_rate, epsilon, and clipnorm where the system has one.
    """
    actor, critic = networks(problem)
    optimizer = keras.optimizers.Adam(**adam)
    optimizer.build(actor.trainable_variables)
    strategy = get_strategy(strategy)

    @tf.function
    def update(observations):
        gradients = strategy.gradients(actor, critic, observations)
        optimizer.apply(gradients, actor.trainable_variables)
        return gradients

    updates = []
    for observations in batches:
        gradients = [gradient.numpy() for gradient in update(tf.constant(observations))]
        updates.append(Update(gradients, actor.get_weights()))
    return updates


def our_updates_with(
    problem: Problem, batches, strategy: str, adam: Adam, factor: float
) -> list[Update]:
    """Return a strategy's updates with the NumPy optimiser `adam`, its gradients times `factor`."""
    actor, critic = networks(problem)
    gradients_of = tf.function(get_strategy(strategy).gradients)
    updates = []
    for observations in batches:
        gradients = gradients_of(actor, critic, tf.constant(observations))
        gradients = [np.float32(factor) * gradient.numpy() for gradient in gradients]
        actor.set_weights(adam.step(actor.get_weights(), gradients))
        updates.append(Update(gradients, actor.get_weights()))
    return updates
