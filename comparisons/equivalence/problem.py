"""The networks, the batches and the distances that the three parts share."""

from collections.abc import Sequence

import keras
import numpy as np
import tensorflow as tf

from comparisons.precision import precision
from ddpg_tf.networks.build import build_actor, build_critic

OBSERVATION_SIZE, ACTION_BOUND, ACTION_SIZE = 8, 2.0, 2
LAST_LAYER_LIMIT = 0.3
"""Last layers start within 3e-3; training makes them larger, and dQ/da with them."""


def build_networks(
    normalization: str, hidden_sizes: tuple[int, ...], dtype: str
) -> tuple[keras.Model, keras.Model]:
    """An actor and a critic, for observations [B, 8] and actions [B, 2] within +-2.

    Their weights are the same numbers at every call, whatever the dtype.
    """
    bound = [ACTION_BOUND] * ACTION_SIZE
    with precision(dtype):
        actor = build_actor(
            OBSERVATION_SIZE, np.negative(bound), np.array(bound), hidden_sizes, normalization, 0
        )
        critic = build_critic(
            OBSERVATION_SIZE, ACTION_SIZE, hidden_sizes, normalization, action_layer=0, seed=1
        )
    draw_weights(actor, seed=0)
    draw_weights(critic, seed=1)
    return actor, critic


def draw_weights(network: keras.Model, seed: int) -> None:
    """Give the dense layers uniform weights, the same numbers in every precision."""
    generator = np.random.default_rng(seed)
    layers = [layer for layer in network.layers if isinstance(layer, keras.layers.Dense)]
    for layer in layers:
        rows, columns = layer.kernel.shape
        limit = LAST_LAYER_LIMIT if layer is layers[-1] else 1 / np.sqrt(rows)
        weights = generator.uniform(-limit, limit, (rows + 1, columns)).astype("float32")
        layer.set_weights([weights[:-1], weights[-1]])


def make_observations(n: int, dtype: str, seed: int = 0) -> tf.Tensor:
    """Standard normal observations, [n, OBSERVATION_SIZE]."""
    normal = np.random.default_rng(seed).standard_normal((n, OBSERVATION_SIZE))
    return tf.constant(normal.astype(dtype))


def flat(gradients: Sequence) -> np.ndarray:
    """All components of a list of gradients in one vector."""
    return np.concatenate([np.asarray(gradient).ravel() for gradient in gradients])


def relative_error(ours: np.ndarray, theirs: np.ndarray) -> float:
    """The largest |difference| over the largest |component| of `theirs`."""
    return float(np.max(np.abs(ours - theirs)) / np.max(np.abs(theirs)))


def ulps_apart(ours: np.ndarray, theirs: np.ndarray) -> np.ndarray:
    """How many numbers apart two arrays are, component by component: 1 for neighbours.

    Numbers of one sign are ordered as their bit patterns are; between two signs lies zero.
    """
    integer = np.dtype(f"i{ours.dtype.itemsize}")
    largest = np.iinfo(integer).max
    ours, theirs = ours.view(integer), theirs.view(integer)
    a, b = ours & largest, theirs & largest
    return np.where((ours < 0) == (theirs < 0), np.abs(a - b), a.astype(float) + b)
