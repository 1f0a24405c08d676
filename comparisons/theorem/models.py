"""The regulator's policy and its exact Q as Keras models, and a strategy's gradient of them."""

import keras
import numpy as np
import tensorflow as tf

from ddpg_tf.strategies import get_strategy


@keras.saving.register_keras_serializable("comparisons")
class QuadraticForm(keras.layers.Layer):
    """(x [B, n], u [B, m]) -> -z'H z with z = (x, u), [B, 1]."""

    def __init__(self, size: int, **options: object):
        super().__init__(**options)
        self.H = self.add_weight(shape=(size, size), name="H")

    def call(self, states: tf.Tensor, actions: tf.Tensor) -> tf.Tensor:
        z = keras.ops.concatenate([states, actions], axis=-1)
        return -keras.ops.sum(keras.ops.matmul(z, self.H) * z, axis=-1, keepdims=True)


def linear_actor(K: np.ndarray) -> keras.Model:
    """The policy u = K x as a Keras model of float64, K: [m, n]."""
    m, n = K.shape
    states = keras.Input((n,), dtype="float64")
    actions = keras.layers.Dense(m, use_bias=False, dtype="float64")(states)
    actor = keras.Model(states, actions)
    actor.set_weights([K.T])
    return actor


def quadratic_critic(H: np.ndarray, n: int) -> keras.Model:
    """The critic Q(x, u) = -z'H z as a Keras model of float64, H: [n + m, n + m], n states."""
    states = keras.Input((n,), dtype="float64")
    actions = keras.Input((len(H) - n,), dtype="float64")
    q = QuadraticForm(len(H), dtype="float64")(states, actions)
    critic = keras.Model([states, actions], q)
    critic.set_weights([H])
    return critic


def ascent_direction(
    strategy: str, actor: keras.Model, critic: keras.Model, states: np.ndarray
) -> np.ndarray:
    """The strategy's gradient of +mean Q over the states, as [m, n]. states: [N, n]."""
    (gradient,) = get_strategy(strategy).gradients(actor, critic, np.float64(states))
    return -np.asarray(gradient).T
