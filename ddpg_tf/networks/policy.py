"""The actor as a fast function, for acting one observation at a time.

With one observation, a compiled Keras call spends most of its time on the way in and out of
TensorFlow, not on arithmetic. An actor that is a chain of the layers below is evaluated in NumPy
from a copy of its weights; for any other actor a call is compiled.
"""

from collections.abc import Callable, Sequence

import keras
import numpy as np
import tensorflow as tf


def policy_of(actor: keras.Model, axes: int = 1) -> "NumpyPolicy | KerasPolicy":
    """`NumpyPolicy` for an actor all of whose layers are known here, else `KerasPolicy`.

    axes: how many an observation has, 1 for vectors, 3 for images.
    """
    layers = numpy_layers(actor)
    return KerasPolicy(actor, axes) if layers is None else NumpyPolicy(layers)


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
        if np.shape(observations)[-len(shape) :] != shape:
            raise ValueError(
                f"an observation must have shape {shape}; got {np.shape(observations)}"
            )
        return np.minimum(np.maximum(mu(normalize(observations)), low), high)

    return policy


class NumpyPolicy:
    """mu(s) in NumPy, float32, inference mode.

    layers: a list of (variables, function of (x, *their values)), one for each layer. variables:
    those of all layers, in order.
    """

    def __init__(self, layers: list):
        self.layers = layers
        self.variables = [variable.value for variables, _ in layers for variable in variables]

    def snapshot(self):
        """mu with the present weights: observations [..., obs_dim] -> [..., act_dim]."""
        return self.with_values([values_of(variable) for variable in self.variables])

    def with_values(self, values: Sequence[np.ndarray]):
        """mu with these values of its `variables`."""
        rest = iter(values)
        layers = [
            (function, [next(rest) for _ in variables]) for variables, function in self.layers
        ]

        def policy(observations):
            x = np.asarray(observations, np.float32)
            for function, weights in layers:
                x = function(x, *weights)
            return x

        return policy


def values_of(variable: tf.Variable) -> np.ndarray:
    """A variable's present values, by one operation where its own `numpy()` takes several."""
    return tf.raw_ops.ReadVariableOp(resource=variable.handle, dtype=variable.dtype).numpy()


class KerasPolicy:
    """mu(s) by a compiled call of the actor itself, in inference mode.

    variables: none; the call reads them.
    """

    def __init__(self, actor: keras.Model, axes: int = 1):
        self.axes = axes
        self.variables: list[tf.Variable] = []
        self._call = tf.function(lambda x: actor(x, training=False), reduce_retracing=True)

    def snapshot(self):
        """mu with the actor's latest weights: observations [..., obs_dim] -> [..., act_dim]."""

        def policy(observations):
            observations = np.asarray(observations, np.float32)
            leading = observations.shape[: -self.axes]
            rows = observations.reshape(-1, *observations.shape[-self.axes :])
            return self._call(tf.constant(rows)).numpy().reshape(*leading, -1)

        return policy

    def with_values(self, values: Sequence[np.ndarray]):
        """As `snapshot`: there are no values to be given."""
        return self.snapshot()


def numpy_layers(actor: keras.Model) -> list | None:
    """The layers of `NumpyPolicy`, or None if one of the actor's is not known here."""
    if not is_chain(actor):
        return None
    layers = [numpy_layer(layer) for layer in actor.layers]
    return None if None in layers else layers


def is_chain(model: keras.Model) -> bool:
    """Whether `model` is a plain Keras chain of layers, each fed by the one before it."""
    if type(model) is keras.Sequential:
        return model.built
    if type(model) is not keras.Model and type(model).__name__ != "Functional":
        return False
    layers = model.layers
    feeds = [fed_by(layer) for layer in layers[1:]]
    outputs = [output._keras_history.operation for output in model.outputs]
    return feeds == [[layer] for layer in layers[:-1]] and outputs == [layers[-1]]


def fed_by(layer: keras.layers.Layer) -> list:
    """The layers whose outputs `layer` takes, over all the places where it is used."""
    return [
        tensor._keras_history.operation
        for node in layer._inbound_nodes
        for tensor in node.input_tensors
    ]


def numpy_layer(layer: keras.layers.Layer):
    """(variables, function of (x, *their values)) for a Keras layer; None if not known."""
    build = LAYERS.get(type(layer))
    return build(layer) if build else None


def rescaling(layer: keras.layers.Layer):
    """x * scale + offset."""
    scale, offset = np.float32(layer.scale), np.float32(layer.offset)
    return [], lambda x: x * scale + offset


def relu(layer: keras.layers.Layer):
    """max(x, 0)."""
    plain = layer.max_value is None and not layer.negative_slope and not layer.threshold
    return ([], ACTIVATIONS[keras.activations.relu]) if plain else None


def activation(layer: keras.layers.Layer):
    """The activation by itself."""
    function = ACTIVATIONS.get(layer.activation)
    return ([], function) if function else None


def dense(layer: keras.layers.Layer):
    """activation(x W + b)."""
    function = ACTIVATIONS.get(layer.activation)
    if function is None:
        return None
    if layer.use_bias:
        return [layer.kernel, layer.bias], lambda x, kernel, bias: function(x @ kernel + bias)
    return [layer.kernel], lambda x, kernel: function(x @ kernel)


def layer_normalization(layer: keras.layers.Layer):
    """(x - mean) / sqrt(variance + epsilon) * gamma + beta, moments over the last axis."""
    axes = list(np.atleast_1d(layer.axis))
    plain = layer.scale and layer.center and not getattr(layer, "rms_scaling", False)
    if axes not in ([-1], [1]) or not plain:
        return None
    epsilon = np.float32(layer.epsilon)

    def normalize(x, gamma, beta):
        centred = x - x.mean(axis=-1, keepdims=True)
        variance = np.square(centred).mean(axis=-1, keepdims=True)
        return centred / np.sqrt(variance + epsilon) * gamma + beta

    return [layer.gamma, layer.beta], normalize


def batch_normalization(layer: keras.layers.Layer):
    """The affine map that batch norm is outside training: its moving moments are constants."""
    if layer.axis not in (-1, 1) or not (layer.scale and layer.center):
        return None
    epsilon = np.float32(layer.epsilon)

    def normalize(x, gamma, beta, mean, variance):
        return (x - mean) / np.sqrt(variance + epsilon) * gamma + beta

    return [layer.gamma, layer.beta, layer.moving_mean, layer.moving_variance], normalize


def selu(x: np.ndarray) -> np.ndarray:
    """scale * x, below zero scale * alpha (e^x - 1): Klambauer et al. 2017, arXiv 1706.02515."""
    alpha, scale = np.float32(1.6732632423543772), np.float32(1.0507009873554805)
    return scale * np.where(x > 0, x, alpha * np.expm1(np.minimum(x, 0)))


ACTIVATIONS = {
    keras.activations.linear: lambda x: x,
    keras.activations.relu: lambda x: np.maximum(x, 0),
    keras.activations.selu: selu,
    keras.activations.tanh: np.tanh,
    keras.activations.sigmoid: lambda x: 1 / (1 + np.exp(-x)),
}
LAYERS = {
    keras.layers.InputLayer: lambda layer: ([], lambda x: x),
    keras.layers.Dense: dense,
    keras.layers.Activation: activation,
    keras.layers.ReLU: relu,
    keras.layers.Rescaling: rescaling,
    keras.layers.LayerNormalization: layer_normalization,
    keras.layers.BatchNormalization: batch_normalization,
}
