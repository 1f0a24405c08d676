"""This project's update, given the same arrays as the systems."""

from collections.abc import Callable

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

STRATEGIES = ("output_gradients", "mean_q", "get_updates", "surrogate", "target_action")
"""Those that a training run can afford: nobody's system builds the full Jacobian."""


def torcs_heads(x: tf.Tensor):
    """Steering in [-1, 1], acceleration and brake in [0, 1], [B, 3]."""
    return keras.ops.concatenate([keras.ops.tanh(x[:, :1]), keras.ops.sigmoid(x[:, 1:])], axis=1)


class Ours:
    """Keras 3 networks with the problem's weights, and each strategy compiled once for them.

    A critic's several outputs become one, their mean.
    """

    def __init__(self, problem: Problem):
        self.problem = problem
        self.actor, self.critic = networks(problem)
        self.compiled = {}

    def load(self, problem: Problem):
        """This object with the weights of a problem that has the same sizes and heads."""
        self.problem = problem
        self.actor.set_weights(problem.actor)
        self.critic.set_weights(mean_critic(problem.critic))
        return self

    def gradients(self, observations: np.ndarray, strategy: str, graph: bool = True) -> Weights:
        """A strategy's gradients of -mean Q, in a `tf.function` or eagerly."""
        function = self.in_graph(strategy) if graph else get_strategy(strategy).gradients
        gradients = function(self.actor, self.critic, tf.constant(observations))
        return [gradient.numpy() for gradient in gradients]

    def in_graph(self, strategy: str):
        """The strategy's `gradients` as a `tf.function`, traced once for each batch size."""
        if strategy not in self.compiled:
            self.compiled[strategy] = tf.function(get_strategy(strategy).gradients)
        return self.compiled[strategy]

    def updates(self, batches: np.ndarray, strategy: str, adam: dict) -> list[Update]:
        """One update for each batch, with Keras 3's Adam in a `tf.function`.

        adam: learning_rate, epsilon, and clipnorm where the system has one.
        """
        variables = self.actor.trainable_variables
        optimizer = keras.optimizers.Adam(**adam)
        optimizer.build(variables)
        apply = tf.function(lambda gradients: optimizer.apply(gradients, variables))

        def step(gradients):
            apply([tf.constant(gradient) for gradient in gradients])

        return self.train(batches, strategy, step)

    def updates_with(
        self, batches: np.ndarray, strategy: str, adam: Adam, factor: float
    ) -> list[Update]:
        """One update for each batch, with the NumPy optimiser and gradients times factor."""

        def step(gradients):
            scaled = [np.float32(factor) * gradient for gradient in gradients]
            self.actor.set_weights(adam.step(self.actor.get_weights(), scaled))

        return self.train(batches, strategy, step)

    def train(self, batches: np.ndarray, strategy: str, step: Callable) -> list[Update]:
        """Start from the problem's weights, call `step` with each batch's gradients; reset."""
        updates = []
        for observations in batches:
            gradients = self.gradients(observations, strategy)
            step(gradients)
            updates.append(Update(gradients, self.actor.get_weights()))
        self.actor.set_weights(self.problem.actor)
        return updates


def networks(problem: Problem):
    """Actor and critic with the problem's weights."""
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
