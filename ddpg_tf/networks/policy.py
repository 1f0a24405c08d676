"""The actor as a fast function, for acting one observation at a time.

An actor that is a chain of the layers of `acting/layers.py` is evaluated there, in NumPy, from a
copy of its weights; for any other actor a call is compiled.
"""

from collections.abc import Callable, Sequence

import keras
import numpy as np
import tensorflow as tf

from ddpg_tf.acting.layers import ACTIVATIONS, Layer, chain


def policy_of(actor: keras.Model, axes: int = 1) -> "NumpyPolicy | KerasPolicy":
    """`NumpyPolicy` for an actor all of whose layers are known here, else `KerasPolicy`.

    axes: how many an observation has, 1 for vectors, 3 for images.
    """
    layers = numpy_layers(actor)
    return KerasPolicy(actor, axes) if layers is None else NumpyPolicy(layers)


class NumpyPolicy:
    """mu(s) in NumPy, float32, inference mode.

    layers: pairs of a `Layer` and its variables. variables: those of all layers, in order.
    """

    def __init__(self, layers: Sequence[tuple[Layer, list[keras.Variable]]]):
        self.layers = [layer for layer, _ in layers]
        self.variables = [variable.value for _, variables in layers for variable in variables]

    def snapshot(self) -> Callable:
        """mu with the present weights: observations [..., obs_dim] -> [..., act_dim]."""
        return self.with_values(self.values())

    def values(self) -> list[np.ndarray]:
        """The present values of the variables."""
        return [values_of(variable) for variable in self.variables]

    def with_values(self, values: Sequence[np.ndarray]) -> Callable:
        """mu with these values of its `variables`."""
        return chain(self.layers, values)


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
    after_input = [layer for layer in actor.layers if type(layer) is not keras.layers.InputLayer]
    layers = [numpy_layer(layer) for layer in after_input]
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


def numpy_layer(layer: keras.layers.Layer) -> tuple[Layer, list[keras.Variable]] | None:
    """What a Keras layer is in NumPy, and its variables; None if it is not known there."""
    if type(layer) not in KNOWN:
        return None
    kind, describe = KNOWN[type(layer)]
    if (described := describe(layer)) is None:
        return None
    settings, variables = described
    return Layer(kind, settings, len(variables)), variables


def rescaling(layer: keras.layers.Layer):
    """One number for all components, or one for each."""
    scale, offset = (np.float32(setting).tolist() for setting in (layer.scale, layer.offset))
    return {"scale": scale, "offset": offset}, []


def relu(layer: keras.layers.Layer):
    """Only the plain one, max(x, 0)."""
    plain = layer.max_value is None and not layer.negative_slope and not layer.threshold
    return ({"name": "relu"}, []) if plain else None


def activation(layer: keras.layers.Layer):
    """By the name of its function."""
    name = ACTIVATION_NAMES.get(layer.activation)
    return ({"name": name}, []) if name else None


def dense(layer: keras.layers.Layer):
    """With a bias or without one."""
    name = ACTIVATION_NAMES.get(layer.activation)
    if name is None:
        return None
    variables = [layer.kernel, layer.bias] if layer.use_bias else [layer.kernel]
    return {"activation": name}, variables


def layer_normalization(layer: keras.layers.Layer):
    """Over the last axis."""
    axes = list(np.atleast_1d(layer.axis))
    plain = layer.scale and layer.center and not getattr(layer, "rms_scaling", False)
    if axes not in ([-1], [1]) or not plain:
        return None
    return {"epsilon": layer.epsilon}, [layer.gamma, layer.beta]


def batch_normalization(layer: keras.layers.Layer):
    """Over the last axis."""
    if layer.axis not in (-1, 1) or not (layer.scale and layer.center):
        return None
    moments = [layer.moving_mean, layer.moving_variance]
    return {"epsilon": layer.epsilon}, [layer.gamma, layer.beta, *moments]


ACTIVATION_NAMES = {getattr(keras.activations, name): name for name in ACTIVATIONS}
KNOWN = {
    keras.layers.Dense: ("dense", dense),
    keras.layers.Activation: ("activation", activation),
    keras.layers.ReLU: ("activation", relu),
    keras.layers.Rescaling: ("rescaling", rescaling),
    keras.layers.LayerNormalization: ("layer_normalization", layer_normalization),
    keras.layers.BatchNormalization: ("batch_normalization", batch_normalization),
}
"""Keras's layer -> its kind, and a function of it that gives settings and variables, or None."""
