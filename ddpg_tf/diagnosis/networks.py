"""The actors and critics that a candidate is tried on.

An actor is a Keras functional model whose last three layers are `pre_tanh` (Dense), `tanh` and
`actions` (Rescaling, to the environment's units). Every activation is smooth: at a kink, two right
gradients that differ in rounding alone could take different sides.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache

import keras
import numpy as np
import tensorflow as tf


@dataclass(frozen=True)
class Architecture:
    """The shape of the networks of one case, in plain values."""

    obs_dim: int
    low: tuple[float, ...]
    """Lower bound of each action component, [act_dim]."""
    high: tuple[float, ...]
    hidden_sizes: tuple[int, ...] = (8, 8)
    activation: str = "tanh"
    normalization: str = "none"
    """none, batch or layer."""
    dtype: str = "float32"

    @property
    def act_dim(self) -> int:
        return len(self.low)


@keras.saving.register_keras_serializable("ddpg_tf.diagnosis")
class FlaggedBatchNormalization(keras.layers.BatchNormalization):
    """Batch norm that remembers the `training` flags of its calls.

    `flags` are those of the calls that a gradient came through: a call beside the gradient, say to
    look at an action, is in `all_flags` only. To Keras, a call that leaves the flag open means
    inference; `training_by_default` can change that, so that a known mistake can be run in either
    mode without a change to its code.
    """

    def __init__(self, **options):
        super().__init__(**options)
        self.flags, self.all_flags = set(), set()
        self.training_by_default = False

    def call(self, inputs, training=None, mask=None):
        flag = python_bool(training)
        self.all_flags.add(flag)
        mode = self.training_by_default if flag is None else flag
        outputs = super().call(inputs, training=mode, mask=mask)
        return noting_gradients(outputs, lambda: self.flags.add(flag))


@keras.saving.register_keras_serializable("ddpg_tf.diagnosis")
class WatchedDense(keras.layers.Dense):
    """A dense layer that remembers whether it was called. Every network here begins with one."""

    was_called = False
    model_predicted = False
    """Whether the network was asked to `predict`, whose answer no tape can follow."""

    def call(self, inputs):
        self.was_called = True
        return super().call(inputs)


def python_bool(training: bool | int | tf.Tensor | None) -> bool | tf.Tensor | None:
    """The flag as True, False or None; the tensor itself if only a graph will know its value."""
    if training is None:
        return None
    value = tf.get_static_value(training) if tf.is_tensor(training) else training
    return training if value is None else bool(value)


def noting_gradients(tensor: tf.Tensor, note: Callable[[], None]) -> tf.Tensor:
    """The same tensor, for which `note()` is called when a gradient comes back through it.

    In a graph that is when the derivative is added to the graph.
    """

    @tf.custom_gradient
    def noted(value):
        def backward(upstream):
            note()
            return upstream

        return tf.identity(value), backward

    return noted(tensor)


def batch_norms(model: keras.Model) -> list[FlaggedBatchNormalization]:
    """The batch-norm layers of a model."""
    return [layer for layer in model.layers if isinstance(layer, FlaggedBatchNormalization)]


def watched(model: keras.Model) -> list[WatchedDense]:
    """The layers of a model that know whether they were called."""
    return [layer for layer in model.layers if isinstance(layer, WatchedDense)]


def trainable_flags(model: keras.Model) -> list[bool]:
    """The `trainable` flags of a model and its layers."""
    return [model.trainable, *(layer.trainable for layer in model.layers)]


def note_predictions(model: keras.Model) -> keras.Model:
    """The same model, whose first layer remembers that `predict` was called."""
    predict, first = model.predict, watched(model)[0]

    def noted(*arguments, **options):
        first.model_predicted = True
        return predict(*arguments, **options)

    model.predict = noted
    return model


def build_actor(spec: Architecture) -> keras.Model:
    """Build mu: [B, obs_dim] -> [B, act_dim], in the environment's units."""
    observations = keras.Input([spec.obs_dim], dtype=spec.dtype)
    x = observations
    for width in spec.hidden_sizes:
        x = hidden_layer(x, width, spec, spec.normalization)
    x = keras.layers.Dense(spec.act_dim, dtype=spec.dtype, name="pre_tanh")(x)
    x = keras.layers.Activation("tanh", dtype=spec.dtype, name="tanh")(x)
    low, high = np.array(spec.low), np.array(spec.high)
    scale, middle = ((high - low) / 2).tolist(), ((high + low) / 2).tolist()
    actions = keras.layers.Rescaling(scale, middle, dtype=spec.dtype, name="actions")(x)
    return keras.Model(observations, actions)


def build_critic(spec: Architecture) -> keras.Model:
    """Build Q: [observations, actions] -> [B, 1]. Batch norm only before the action joins."""
    observations = keras.Input([spec.obs_dim], dtype=spec.dtype)
    actions = keras.Input([spec.act_dim], dtype=spec.dtype)
    first, *others = spec.hidden_sizes
    x = hidden_layer(observations, first, spec, spec.normalization)
    # in half ranges, or bounds of 40 would drown the observations
    half = ((np.array(spec.high) - np.array(spec.low)) / 2).tolist()
    in_half_ranges = keras.layers.Rescaling([1 / h for h in half], dtype=spec.dtype)(actions)
    x = keras.layers.Concatenate(dtype=spec.dtype)([x, in_half_ranges])
    after_action = "none" if spec.normalization == "batch" else spec.normalization
    for width in others or [first]:
        x = hidden_layer(x, width, spec, after_action)
    return keras.Model([observations, actions], keras.layers.Dense(1, dtype=spec.dtype)(x))


@lru_cache(maxsize=32)
def own_networks(spec: Architecture) -> tuple[keras.Model, keras.Model]:
    """An actor and a critic that no candidate is given, for their shapes and for right answers.

    They are kept, with any weights: building them takes longer than computing with them.
    """
    return build_actor(spec), build_critic(spec)


def hidden_layer(x: keras.KerasTensor, width: int, spec: Architecture, normalization: str):
    """activation(normalize(x W + b)), without a bias before batch norm: its gradient is zero."""
    with_bias = normalization != "batch"
    x = WatchedDense(width, use_bias=with_bias, dtype=spec.dtype)(x)
    if normalization == "layer":
        x = keras.layers.LayerNormalization(dtype=spec.dtype)(x)
    if normalization == "batch":
        x = FlaggedBatchNormalization(dtype=spec.dtype)(x)
    return keras.layers.Activation(spec.activation, dtype=spec.dtype)(x)


def random_weights(
    model: keras.Model, generator: np.random.Generator, last_layer_gain: float = 1.0
) -> list[np.ndarray]:
    """Draw weights for `model.set_weights`, none of them zero: zeros would hide mistakes.

    `last_layer_gain` multiplies the last dense layer: a steeper Q, or a more saturated tanh.
    """
    weights = [random_weight(variable, generator) for variable in model.weights]
    last = max(index for index, variable in enumerate(model.weights) if variable.name == "kernel")
    weights[last] *= last_layer_gain
    return [np.asarray(w, v.dtype) for w, v in zip(weights, model.weights, strict=True)]


def random_weight(variable: keras.Variable, generator: np.random.Generator) -> np.ndarray:
    """Draw numbers of a size that suits the variable's part in its layer."""
    shape = variable.shape
    if variable.name == "kernel":
        return generator.normal(size=shape) / np.sqrt(shape[0])
    if variable.name in ("gamma", "moving_variance"):
        return generator.uniform(0.5, 1.5, size=shape)
    return 0.3 * generator.normal(size=shape)
