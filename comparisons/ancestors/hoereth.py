"""Alexander Hoereth 2017: TensorFlow 1, everything in one graph.

Actor and critic are connected, so no dQ/da travels through the program: one call of the session
does it all. A to-do in its code wants another way investigated: -Q differentiated by theta and
divided by N. `hoereth_todo` does so.
"""

from collections.abc import Callable

import numpy as np
import tensorflow as tf

from comparisons.ancestors import tf1
from comparisons.ancestors.problem import Problem, Update
from comparisons.ancestors.tf1 import v1


def hoereth(problem: Problem, batches: np.ndarray, learning_rate: float) -> list[Update]:
    """One update for each batch: the sum over the batch, by `grad_ys`."""

    def gradients_of(actions, q, theta):
        return tf.gradients(actions, theta, -tf.gradients(q, actions)[0])

    return train_in_one_graph(problem, batches, learning_rate, gradients_of)


def hoereth_todo(problem: Problem, batches: np.ndarray, learning_rate: float) -> list[Update]:
    """One update for each batch: -Q differentiated by theta directly, divided by N."""

    def gradients_of(actions, q, theta):
        n = batches.shape[1]
        return [gradient / n for gradient in tf.gradients(-q, theta)]

    return train_in_one_graph(problem, batches, learning_rate, gradients_of)


def train_in_one_graph(
    problem: Problem, batches: np.ndarray, learning_rate: float, gradients_of: Callable
) -> list[Update]:
    """Draw the graph, then run gradients and training operation once for each batch."""
    with tf.Graph().as_default(), v1.Session() as session:
        states, theta = tf1.state_placeholder(), tf1.variables(problem.actor)
        actions = tf1.actor_network(states, theta)
        q = tf1.critic_network(states, actions, tf1.variables(problem.critic))
        gradients = gradients_of(actions, q, theta)
        train = tf1.adam(learning_rate).apply_gradients(zip(gradients, theta, strict=True))
        session.run(v1.global_variables_initializer())
        updates = []
        for observations in batches:
            descended, _ = session.run([gradients, train], {states: observations})
            updates.append(Update(descended, session.run(theta)))
    return updates
