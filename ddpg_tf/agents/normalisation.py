"""Running moments of observations and returns, and Pop-Art.

Both classes keep a count n, the mean and the sum of squares M = sum_i (x_i - mean)^2, and merge
each new batch into them (Chan, Golub and LeVeque 1983):

    d     =  mean_batch - mean
    mean  <- mean + d n_batch / (n + n_batch)
    M     <- M + M_batch + d^2 n n_batch / (n + n_batch)

E[x^2] - E[x]^2 would subtract two large numbers that are nearly equal: for x = 10^4 +- 0.01 only
four of float64's sixteen digits are left.
"""

from collections.abc import Mapping

import keras
import numpy as np
import tensorflow as tf

CONSTANT = 1e-7
"""A standard deviation below this share of max(1, |mean|) is float32's rounding: x is constant."""


class RunningMoments:
    """Mean and standard deviation of each component of all observations so far, in float64."""

    def __init__(self, size: int):
        self.count = 0
        self.mean = np.zeros(size)
        self.squares = np.zeros(size)

    def update(self, rows: np.ndarray) -> None:
        """Include observations [n, size]. Raises ValueError for any other shape."""
        rows = np.asarray(rows, np.float64)
        if rows.ndim != 2 or rows.shape[1] != len(self.mean):
            raise ValueError(f"observations must be [n, {len(self.mean)}]; got {list(rows.shape)}")
        if len(rows) == 0:
            return
        mean = rows.mean(axis=0)
        squares = np.square(rows - mean).sum(axis=0)
        total = self.count + len(rows)
        difference = mean - self.mean
        self.mean = self.mean + difference * (len(rows) / total)
        self.squares = self.squares + squares + difference**2 * (self.count * len(rows) / total)
        self.count = total

    @property
    def std(self) -> np.ndarray:
        """The population's standard deviation, [size]; 1 for what has not varied yet."""
        std = np.sqrt(self.squares / max(self.count, 1))
        return np.where(std > CONSTANT * np.maximum(1.0, np.abs(self.mean)), std, 1.0)

    def normalize(self, observations: np.ndarray, clip: float) -> np.ndarray:
        """(x - mean) / std within [-clip, clip], float32, for observations [..., size]."""
        normal = (np.asarray(observations, np.float64) - self.mean) / self.std
        return np.clip(normal, -clip, clip).astype(np.float32)

    def state(self) -> dict[str, np.ndarray]:
        """All that `restore` needs, as arrays: count [], mean [size], squares [size]."""
        return {"count": np.array(self.count), "mean": self.mean, "squares": self.squares}

    def restore(self, state: Mapping[str, np.ndarray]) -> None:
        """Continue from a `state()`. Raises ValueError if it has another size."""
        mean, squares = np.array(state["mean"]), np.array(state["squares"])
        if not mean.shape == squares.shape == self.mean.shape:
            raise ValueError(
                f"these are moments of {mean.size} components; the observations have "
                f"{self.mean.size}"
            )
        self.count, self.mean, self.squares = int(state["count"]), mean, squares


class ReturnMoments:
    """Mean and standard deviation of all the critic's targets so far, in TensorFlow float64.

    Every target has the same weight, as in OpenAI Baselines; in van Hasselt et al. 2016 the weight
    of old ones decays exponentially. Runs eagerly, in `tf.function` and compiled.
    """

    def __init__(self):
        self.count, self._mean, self.squares = (
            tf.Variable(0.0, dtype=tf.float64, trainable=False, name=name)
            for name in ("count", "mean", "squares")
        )

    @property
    def variables(self) -> list[tf.Variable]:
        """The state: count, mean and M."""
        return [self.count, self._mean, self.squares]

    def update(self, targets: tf.Tensor) -> None:
        """Include targets [B]."""
        targets = tf.cast(targets, tf.float64)
        n = tf.cast(tf.size(targets), tf.float64)
        mean = tf.reduce_mean(targets)
        squares = tf.reduce_sum(tf.square(targets - mean))
        total = self.count + n
        difference = mean - self._mean
        self.squares.assign_add(squares + tf.square(difference) * self.count * n / total)
        self._mean.assign_add(difference * n / total)
        self.count.assign(total)

    @property
    def mean(self) -> tf.Tensor:
        """The present mean, a float64 scalar that later updates do not change."""
        return tf.identity(self._mean)

    @property
    def std(self) -> tf.Tensor:
        """The population's standard deviation, a float64 scalar; 1 before targets have varied."""
        std = tf.sqrt(self.squares / tf.maximum(self.count, 1.0))
        varies = std > CONSTANT * tf.maximum(tf.ones_like(std), tf.abs(self._mean))
        return tf.where(varies, std, tf.ones_like(std))

    def normalize(self, values: tf.Tensor) -> tf.Tensor:
        """(values - mean) / std, in the values' own shape and precision."""
        values = tf.convert_to_tensor(values)
        return tf.cast((tf.cast(values, tf.float64) - self.mean) / self.std, values.dtype)

    def denormalize(self, values: tf.Tensor) -> tf.Tensor:
        """std * values + mean, in the values' own shape and precision."""
        values = tf.convert_to_tensor(values)
        return tf.cast(self.std * tf.cast(values, tf.float64) + self.mean, values.dtype)


def preserve_outputs(
    last_layer: keras.layers.Dense,
    old_mean: tf.Tensor,
    old_std: tf.Tensor,
    new_mean: tf.Tensor,
    new_std: tf.Tensor,
) -> None:
    """Rescale the last layer when the moments change, so that no Q changes.

    Pop-Art (van Hasselt et al. 2016, arXiv 1602.07714, proposition 1). The critic's last layer
    gives the normalised W x + b, and Q = sigma (W x + b) + mu. When the moments move from mu, sigma
    to mu', sigma', no Q changes if

        W'  =  W sigma / sigma'
        b'  =  (sigma b + mu - mu') / sigma'

    To be called between `update` of the moments and the critic's step, for the online and for the
    target critic: both predict in the same scale. The moments are float64 scalars.
    """
    kernel, bias = last_layer.kernel, last_layer.bias
    scaled_kernel = old_std * tf.cast(kernel.value, tf.float64) / new_std
    shifted_bias = (old_std * tf.cast(bias.value, tf.float64) + old_mean - new_mean) / new_std
    kernel.assign(tf.cast(scaled_kernel, kernel.dtype))
    bias.assign(tf.cast(shifted_bias, bias.dtype))


def last_layer_of(critic: keras.Model) -> keras.layers.Dense:
    """The Dense layer whose output is the critic's. Raises ValueError if there is none."""
    layer = output_layer(critic)
    is_linear = isinstance(layer, keras.layers.Dense) and (
        layer.activation is keras.activations.linear and layer.use_bias
    )
    if not is_linear:
        raise ValueError(
            f"Pop-Art rescales the critic's last layer, which in {critic.name!r} is not a "
            "keras.layers.Dense with a bias and no activation; end the critic with Dense(1)"
        )
    return layer


def output_layer(model: keras.Model) -> keras.layers.Layer | None:
    """The layer that a Sequential or functional Keras model ends with, or None."""
    if isinstance(model, keras.Sequential):
        return model.layers[-1] if model.layers else None
    outputs = getattr(model, "outputs", None) or []
    return outputs[0]._keras_history.operation if len(outputs) == 1 else None
