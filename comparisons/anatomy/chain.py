"""Where -1/N enters: the backward signal, read off at Q and at the actions.

Actor and critic are wrapped so that each notes down what reverse-mode differentiation brings back
to its output. At the actions this is compared with dQ/da, taken apart.
"""

import keras
import numpy as np
import tensorflow as tf

from ddpg_tf.strategies.base import Strategy


class Probe:
    """An identity whose gradient notes down, as `signals`, what flows back through it."""

    def __init__(self):
        self.signals = []

    def __call__(self, tensor: tf.Tensor) -> tf.Tensor:
        def note(upstream):
            self.signals.append(np.array(upstream))
            return upstream

        @tf.custom_gradient
        def identity(tensor):
            def backward(upstream):
                # a numpy_function runs in eager mode and in a drawn graph alike
                noted = tf.numpy_function(note, [upstream], upstream.dtype)
                return tf.ensure_shape(noted, upstream.shape)

            return tf.identity(tensor), backward

        return identity(tensor)


class ProbedActor:
    """The actor with a probe at its actions."""

    def __init__(self, actor: keras.Model, probe: Probe):
        self.actor, self.probe = actor, probe
        self.trainable_variables = actor.trainable_variables

    def __call__(self, observations: tf.Tensor) -> tf.Tensor:
        return self.probe(self.actor(observations, training=True))


def chain_factors(
    strategy: Strategy, actor: keras.Model, critic: keras.Model, observations: tf.Tensor
) -> dict:
    """What flows back, eagerly: at Q, and at the actions in units of dQ/da.

    `at_q` is the signal that the critic's backward pass starts from; `at_actions` the factor f in
    "signal = f dQ/da" by least squares, and `at_actions_misfit` the largest |signal - f dQ/da| over
    the largest |signal|. observations: [B, obs_dim].
    """
    at_q, at_actions = Probe(), Probe()
    probed_critic = lambda inputs: at_q(critic(inputs, training=False))  # noqa: E731
    strategy.gradients(ProbedActor(actor, at_actions), probed_critic, observations)
    actions = actor(observations)
    with tf.GradientTape() as tape:
        tape.watch(actions)
        q = critic([observations, actions], training=False)
    dq_da = tape.gradient(q, actions).numpy()
    factor, misfit = proportionality(at_actions.signals[0], dq_da)
    return {
        "at_q": float(np.mean(at_q.signals[0])),
        "at_actions": factor,
        "at_actions_misfit": misfit,
    }


def proportionality(signal: np.ndarray, reference: np.ndarray) -> tuple[float, float]:
    """The f that minimises |signal - f reference|, and the largest misfit over |signal|."""
    signal, reference = np.float64(signal), np.float64(reference)
    factor = float(np.vdot(signal, reference) / np.vdot(reference, reference))
    misfit = np.abs(signal - factor * reference).max() / np.abs(signal).max()
    return factor, float(misfit)
