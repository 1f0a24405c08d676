"""What the TensorFlow 1 systems share: networks drawn in the current graph.

TensorFlow 2 still carries TensorFlow 1 in `tf.compat.v1`: inside `with tf.Graph().as_default()`
nothing runs until a session is asked for it. Nothing of it outlives the `with`.
"""

import tensorflow as tf

from comparisons.ancestors.problem import ACTION_DIM, OBSERVATION_DIM, Weights

v1 = tf.compat.v1


def state_placeholder():
    """The symbol for a batch of observations, [B, 17]."""
    return v1.placeholder(tf.float32, [None, OBSERVATION_DIM])


def action_placeholder():
    """The symbol for a batch of anything action-shaped, [B, 3]."""
    return v1.placeholder(tf.float32, [None, ACTION_DIM])


def variables(weights: Weights) -> list:
    """Variables of the current graph that start as `weights`."""
    return [v1.Variable(weight) for weight in weights]


def hidden_layers(x: tf.Tensor, weights: list) -> tf.Tensor:
    """The last hidden layer, [B, hidden]: ReLU throughout."""
    for kernel, bias in zip(weights[:-2:2], weights[1:-2:2], strict=True):
        x = tf.nn.relu(tf.nn.bias_add(tf.matmul(x, kernel), bias))
    return x


def dense_network(x: tf.Tensor, weights: list) -> tf.Tensor:
    """The output layer without activation."""
    return tf.nn.bias_add(tf.matmul(hidden_layers(x, weights), weights[-2]), weights[-1])


def actor_network(states: tf.Tensor, weights: list) -> tf.Tensor:
    """The actions, [B, 3], by tanh."""
    return tf.tanh(dense_network(states, weights))


def critic_network(states: tf.Tensor, actions: tf.Tensor, weights: list) -> tf.Tensor:
    """Q, [B, outputs]."""
    return dense_network(tf.concat([states, actions], axis=1), weights)


def adam(learning_rate: float):
    """TensorFlow 1's Adam with its defaults (epsilon 1e-8)."""
    return v1.train.AdamOptimizer(learning_rate)
