"""TRFL's deterministic policy gradient loss, which Acme copied: the origin of `target_action`.

Not an agent but one function of two tensors of a graph, Q and the action it was computed from.
"""

import numpy as np
import tensorflow as tf

from comparisons.ancestors import tf1
from comparisons.ancestors.problem import Problem, Update
from comparisons.ancestors.tf1 import v1


def dpg_loss(q: tf.Tensor, actions: tf.Tensor) -> tf.Tensor:
    """The loss of each row, [B]: half the squared way to an action one slope uphill."""
    (dq_da,) = tf.gradients(q, actions)
    better_actions = tf.stop_gradient(actions + dq_da)
    return 0.5 * tf.reduce_sum(tf.square(better_actions - actions), axis=-1)


def trfl(problem: Problem, batches: np.ndarray, learning_rate: float) -> list[Update]:
    """One update for each batch: TensorFlow 1's Adam on the mean of the loss."""
    with tf.Graph().as_default(), v1.Session() as session:
        states, theta = tf1.state_placeholder(), tf1.variables(problem.actor)
        actions = tf1.actor_network(states, theta)
        q = tf1.critic_network(states, actions, tf1.variables(problem.critic))
        optimizer = tf1.adam(learning_rate)
        pairs = optimizer.compute_gradients(tf.reduce_mean(dpg_loss(q, actions)), theta)
        train = optimizer.apply_gradients(pairs)
        gradients = [gradient for gradient, _ in pairs]
        session.run(v1.global_variables_initializer())
        updates = []
        for observations in batches:
            descended, _ = session.run([gradients, train], {states: observations})
            updates.append(Update(descended, session.run(theta)))
    return updates
