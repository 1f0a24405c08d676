"""The small actors and critics that the tests use, and their weights in the oracle's form."""

from contextlib import contextmanager

import keras
import numpy as np

from tests import oracles


@contextmanager
def dtype_policy(dtype):
    """Keras takes the dtype of a model that is built inside from this policy."""
    before = keras.config.dtype_policy()
    keras.config.set_dtype_policy(dtype)
    try:
        yield
    finally:
        keras.config.set_dtype_policy(before)


def make_observations(batch_size, obs_size=5, dtype="float32", seed=0):
    return np.random.default_rng(seed).normal(size=(batch_size, obs_size)).astype(dtype)


def make_networks(
    obs_size=5,
    act_size=2,
    widths=(16, 16),
    activation="relu",
    normalization=None,
    dtype="float32",
    seed=0,
    q_shape="[B, 1]",
):
    """Return an actor and a critic; `normalization` is a Keras layer class, used in both."""
    with dtype_policy(dtype):
        states = keras.Input([obs_size], dtype=dtype)
        hidden = hidden_layers(states, widths, activation, normalization)
        mu = keras.layers.Dense(act_size, "tanh")(hidden)
        actor = keras.Model(states, mu)

        states, actions = keras.Input([obs_size], dtype=dtype), keras.Input([act_size], dtype=dtype)
        hidden = keras.layers.Concatenate()([states, actions])
        hidden = hidden_layers(hidden, widths, activation, normalization)
        q = keras.layers.Dense(1)(hidden)
        if q_shape == "[B]":
            q = keras.layers.Reshape([])(q)
        critic = keras.Model([states, actions], q)
    randomize(actor, seed)
    randomize(critic, seed + 1)
    return actor, critic


def hidden_layers(x, widths, activation, normalization):
    for width in widths:
        x = (
            keras.layers.Dense(width)(x)
            if normalization
            else keras.layers.Dense(width, activation)(x)
        )
        if normalization:
            x = keras.layers.Activation(activation)(normalization()(x))
    return x


def randomize(model, seed):
    """Give every Dense layer new weights, biases too: zeros would hide mistakes."""
    rng = np.random.default_rng(seed)
    for layer in model.layers:
        if isinstance(layer, keras.layers.Dense):
            rows, columns = layer.kernel.shape
            kernel = rng.normal(size=(rows, columns)) / np.sqrt(rows)
            layer.set_weights([kernel, 0.1 * rng.normal(size=columns)])


def copy_of(model):
    copy = keras.models.clone_model(model)
    copy.set_weights(model.get_weights())
    return copy


def oracle_layers(model):
    """Return the model's Dense layers, in float64."""
    return [
        oracles.Dense(
            *(weight.astype("float64") for weight in layer.get_weights()), layer.activation.__name__
        )
        for layer in model.layers
        if isinstance(layer, keras.layers.Dense)
    ]
