"""The units of return: those that the rewards come in, and those that the critics speak in."""

import tensorflow as tf

from ddpg_tf.agents.normalisation import ReturnMoments, last_layer_of, preserve_outputs


class ReturnUnits:
    """Translates between returns and what the critics say.

    moments: the `ReturnMoments` that the critics' values are normalised by, or None if they say
    returns as they are. With `pop_art`, the last layers of `critics` are rescaled whenever the
    moments move. Raises ValueError if one of them has no last layer that can be rescaled.
    """

    def __init__(self, normalize: bool, pop_art: bool, critics):
        self.moments = ReturnMoments() if normalize else None
        self.last_layers = [last_layer_of(critic) for critic in critics] if pop_art else []

    def returns(self, q) -> tf.Tensor:
        """Return what a critic says, of any shape, in units of return."""
        return q if self.moments is None else self.moments.denormalize(q)

    def critic(self, critic):
        """Return the critic, or a function of the same inputs that speaks in units of return."""
        if self.moments is None:
            return critic
        return lambda inputs: self.returns(critic(inputs, training=False))

    def learned(self, targets) -> tf.Tensor:
        """Return the targets [B] as the critics are to learn them, after taking them in."""
        if self.moments is None:
            return targets
        old = self.moments.mean, self.moments.std
        self.moments.update(targets)
        for layer in self.last_layers:
            preserve_outputs(layer, *old, self.moments.mean, self.moments.std)
        return self.moments.normalize(targets)
