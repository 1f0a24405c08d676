"""keras-rl: Keras 2's symbolic way, on Keras 2 itself.

`tf_keras` is Keras 2 as it was last published. Its legacy optimisers still have `get_updates`, and
its backend still has `function`. Both need a graph and a session, as in 2016.
"""

import numpy as np
import tensorflow as tf
import tf_keras
from tf_keras.src import backend

from comparisons.ancestors.problem import ACTION_DIM, OBSERVATION_DIM, Problem, Update
from comparisons.ancestors.tf1 import v1

CLIPNORM = 1.0
"""Largest norm, as in keras-rl's Pendulum example: of the whole gradient in Keras 2.0.7 to 2.3.1,
of each weight's in `tf_keras`."""


def keras_rl(problem: Problem, batches: np.ndarray, learning_rate: float) -> list[Update]:
    """One update for each batch: `get_updates` of -mean Q, run by `function`."""
    with tf.Graph().as_default(), v1.Session() as session:
        backend.set_session(session)
        try:
            return train(problem, batches, learning_rate)
        finally:
            backend.set_session(None)


def train(problem: Problem, batches: np.ndarray, learning_rate: float) -> list[Update]:
    """Draw the two models and the loss that joins them, then call the training function."""
    actor, critic = networks(problem)
    states = tf_keras.Input((OBSERVATION_DIM,))
    loss = -backend.mean(critic([states, actor(states)]))
    optimizer = tf_keras.optimizers.legacy.Adam(learning_rate, epsilon=1e-8, clipnorm=CLIPNORM)
    gradients = optimizer.get_gradients(loss, actor.trainable_weights)
    updates = optimizer.get_updates(params=actor.trainable_weights, loss=loss)
    gradients_function = backend.function([states], gradients)
    train_function = backend.function([states], [loss], updates=updates)
    actor.set_weights(problem.actor)
    critic.set_weights(problem.critic)
    result = []
    for observations in batches:
        descended = gradients_function([observations])
        train_function([observations])
        result.append(Update(descended, actor.get_weights()))
    return result


def networks(problem: Problem):
    """Actor and critic as Keras 2 models, not yet with the problem's weights."""
    hidden = problem.actor[0].shape[1]
    dense = tf_keras.layers.Dense
    actor = tf_keras.Sequential(
        [
            dense(hidden, activation="relu", input_shape=(OBSERVATION_DIM,)),
            dense(hidden, activation="relu"),
            dense(ACTION_DIM, activation="tanh"),
        ]
    )
    inputs = [tf_keras.Input((OBSERVATION_DIM,)), tf_keras.Input((ACTION_DIM,))]
    x = tf_keras.layers.concatenate(inputs)
    for _ in range(2):
        x = dense(hidden, activation="relu")(x)
    return actor, tf_keras.Model(inputs, dense(1)(x))
