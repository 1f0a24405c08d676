"""Running moments of returns, and Pop-Art.

`ReturnMoments` merges batches as `acting/moments.py` does, but inside a compiled update.
"""

import keras
import tensorflow as tf

from ddpg_tf.acting.moments import CONSTANT


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
