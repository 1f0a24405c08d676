"""Ben Lau 2016, the TORCS driver: as Emami, but the sum over the batch, and shapes of its own.

Three output layers of one unit: steering by tanh, acceleration and brake by sigmoid. The critic
gives one Q per action dimension, so `tf.gradients` of it adds over those too.
"""

import numpy as np
import tensorflow as tf

from comparisons.ancestors import tf1
from comparisons.ancestors.problem import ACTION_DIM, Problem, Update, Weights
from comparisons.ancestors.tf1 import v1

HEADS = (tf.tanh, tf.sigmoid, tf.sigmoid)


def lau(problem: Problem, batches: np.ndarray, learning_rate: float) -> list[Update]:
    """One update for each batch; the heads' weights joined to one output layer again."""
    with tf.Graph().as_default(), v1.Session() as session:
        states, theta = tf1.state_placeholder(), tf1.variables(split_heads(problem.actor))
        policy = three_heads(states, theta)
        fed_dq_da = tf1.action_placeholder()
        gradients = tf.gradients(policy, theta, -fed_dq_da)
        train = tf1.adam(learning_rate).apply_gradients(zip(gradients, theta, strict=True))

        actions = tf1.action_placeholder()
        q = tf1.critic_network(states, actions, tf1.variables(problem.critic))
        dq_da = tf.gradients(q, actions)[0]

        session.run(v1.global_variables_initializer())
        updates = []
        for observations in batches:
            policy_actions = session.run(policy, {states: observations})
            slope = session.run(dq_da, {states: observations, actions: policy_actions})
            fed = {states: observations, fed_dq_da: slope}
            descended, _ = session.run([gradients, train], fed)
            updates.append(Update(join_heads(descended), join_heads(session.run(theta))))
    return updates


def three_heads(states: tf.Tensor, theta: list) -> tf.Tensor:
    """Steering, acceleration and brake, [B, 3]."""
    shared, last = theta[: -2 * ACTION_DIM], theta[-2 * ACTION_DIM :]
    hidden = tf1.hidden_layers(states, [*shared, *last[:2]])
    sums = [
        tf.nn.bias_add(tf.matmul(hidden, w), b) for w, b in zip(last[::2], last[1::2], strict=True)
    ]
    return tf.concat([head(x) for head, x in zip(HEADS, sums, strict=True)], axis=1)


def split_heads(weights: Weights) -> Weights:
    """The weights with the last layer cut into one layer for each action."""
    *shared, kernel, bias = weights
    columns = [slice(i, i + 1) for i in range(ACTION_DIM)]
    return shared + [part for c in columns for part in (kernel[:, c], bias[c])]


def join_heads(weights: Weights) -> Weights:
    """The weights with the layers of the heads side by side: undoes `split_heads`."""
    shared, last = weights[: -2 * ACTION_DIM], weights[-2 * ACTION_DIM :]
    return [*shared, np.concatenate(last[::2], axis=1), np.concatenate(last[1::2])]
