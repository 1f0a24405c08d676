"""Layers as NumPy functions, in float32 and as outside training.

With one observation, a call of a compiled network spends most of its time on the way in and out of
TensorFlow, not on arithmetic. A network that is a chain of the layers below is a few products here.
"""

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import numpy as np

from ddpg_tf.validation import kind_of


class Layer(NamedTuple):
    """A layer in words: its values, such as a kernel, are kept apart.

    kind: a name in KINDS. settings: what that takes, as plain values for JSON. takes: how many
    values.
    """

    kind: str
    settings: dict[str, Any]
    takes: int


def chain(layers: Sequence[Layer], values: Sequence[np.ndarray]) -> Callable:
    """The layers one after the other: [..., in] -> [..., out].

    values: those of all layers, in order. Raises KeyError for an unknown kind or activation, and
    ValueError for another number of values than the layers take.
    """
    rest, functions = list(values), []
    for kind, settings, takes in layers:
        own, rest = rest[:takes], rest[takes:]
        if len(own) < takes:
            raise ValueError(f"there are {len(values)} values, too few for the layers")
        functions.append((KINDS[kind](**settings), own))
    if rest:
        raise ValueError(f"there are {len(values)} values, too many for the layers")

    def network(x):
        x = np.asarray(x, np.float32)
        for function, own in functions:
            x = function(x, *own)
        return x

    return network


def bounded(
    mu: Callable,
    normalize: Callable,
    shape: tuple[int, ...],
    low: np.ndarray,
    high: np.ndarray,
) -> Callable[[np.ndarray], np.ndarray]:
    """mu with its actions kept within [low, high]: observations [..., *shape] -> [..., act_dim].

    normalize: applied to the observations first. mu itself may exceed a bound by the last bit of
    the float32 sum of middle and half range. The function raises ValueError for observations of
    another shape.
    """

    def policy(observations):
        try:
            given = np.shape(observations)
        except ValueError:  # rows of several lengths, or what `env.reset()` returns
            given = None
        if given is None or given[-len(shape) :] != shape:
            raise ValueError(
                f"an observation must have shape {shape}; got "
                f"{given or f'{kind_of(observations)} (env.reset() returns observation, info)'}"
            )
        return np.minimum(np.maximum(mu(normalize(observations)), low), high)

    return policy


def dense(activation: str) -> Callable:
    """activation(x W + b), or without a bias activation(x W)."""
    function = ACTIVATIONS[activation]

    def layer(x, kernel, bias=None):
        y = x @ kernel
        return function(y if bias is None else y + bias)

    return layer


def activation(name: str) -> Callable:
    """The activation by itself."""
    return ACTIVATIONS[name]


def rescaling(scale: float | list, offset: float | list) -> Callable:
    """x * scale + offset."""
    scale, offset = np.float32(scale), np.float32(offset)
    return lambda x: x * scale + offset


def layer_normalization(epsilon: float) -> Callable:
    """(x - mean) / sqrt(variance + epsilon) * gamma + beta, moments over the last axis."""
    epsilon = np.float32(epsilon)

    def layer(x, gamma, beta):
        centred = x - x.mean(axis=-1, keepdims=True)
        variance = np.square(centred).mean(axis=-1, keepdims=True)
        return centred / np.sqrt(variance + epsilon) * gamma + beta

    return layer


def batch_normalization(epsilon: float) -> Callable:
    """The affine map that batch norm is outside training: its moving moments are constants."""
    epsilon = np.float32(epsilon)

    def layer(x, gamma, beta, mean, variance):
        return (x - mean) / np.sqrt(variance + epsilon) * gamma + beta

    return layer


def selu(x: np.ndarray) -> np.ndarray:
    """scale * x, below zero scale * alpha (e^x - 1): Klambauer et al. 2017, arXiv 1706.02515."""
    alpha, scale = np.float32(1.6732632423543772), np.float32(1.0507009873554805)
    return scale * np.where(x > 0, x, alpha * np.expm1(np.minimum(x, 0)))


ACTIVATIONS = {
    "linear": lambda x: x,
    "relu": lambda x: np.maximum(x, 0),
    "selu": selu,
    "tanh": np.tanh,
    "sigmoid": lambda x: 1 / (1 + np.exp(-x)),
}

KINDS: dict[str, Callable] = {
    "dense": dense,
    "activation": activation,
    "rescaling": rescaling,
    "layer_normalization": layer_normalization,
    "batch_normalization": batch_normalization,
}
"""Kind -> a function of its settings that gives the layer, a function of (x, *values)."""
