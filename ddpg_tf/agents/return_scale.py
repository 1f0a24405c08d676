"""Between the environment's returns and the scale in which the critics predict them."""

from collections.abc import Callable, Iterable

import keras
import tensorflow as tf

from ddpg_tf.agents.normalisation import ReturnMoments, last_layer_of, preserve_outputs


class ReturnScale:
    """Converts Q between the critics' scale and units of return.

    moments: the `ReturnMoments` that normalise the critics' targets; None if they learn returns as
    they are. With `pop_art` the last layers of `critics` are rescaled whenever the moments change.
    Raises ValueError if one of them has no last layer that can be rescaled.
    """

    def __init__(self, normalize: bool, pop_art: bool, critics: Iterable[keras.Model]):
        self.moments = ReturnMoments() if normalize else None
        self.last_layers = [last_layer_of(critic) for critic in critics] if pop_art else []

    def denormalize(self, q: tf.Tensor) -> tf.Tensor:
        """A critic's output, of any shape, in units of return."""
        return q if self.moments is None else self.moments.denormalize(q)

    def in_returns(self, critic: keras.Model) -> Callable:
        """The critic, or a function of the same inputs whose output is in units of return."""
        if self.moments is None:
            return critic
        return lambda inputs: self.denormalize(critic(inputs, training=False))

    def normalized_targets(self, targets: tf.Tensor) -> tf.Tensor:
        """The targets [B] in the critics' scale, once the moments have included them."""
        if self.moments is None:
            return targets
        old = self.moments.mean, self.moments.std
        self.moments.update(targets)
        for layer in self.last_layers:
            preserve_outputs(layer, *old, self.moments.mean, self.moments.std)
        return self.moments.normalize(targets)
