"""What a known mistake is, and the two pieces that most of them are made of."""

from collections.abc import Callable
from dataclasses import dataclass

import keras
import tensorflow as tf


@dataclass(frozen=True)
class Mistake:
    """One way to get the actor's gradient wrong."""

    name: str
    explanation: str
    """One sentence."""
    equation: str
    """What the code gets wrong, as it should be."""
    threads: tuple[str, ...]
    """Public threads where it was made or asked about, as "owner/repository #number"; none if it is
    known from code alone."""
    hint: str
    forms: tuple[Callable, ...]
    """Programs that make it, each a candidate as `signature.py` describes."""
    shows_by_size: bool = False
    """Whether it depends on the size of the batch if the mistake shows."""
    recognise: Callable | None = None
    """list of CallEvidence -> whether it is this mistake. For mistakes that no list of programs can
    cover, say because a constant is free."""


POLICY_GRADIENT = "dJ/dtheta = 1/N sum_i  dQ(s_i, a)/da |a=mu(s_i)  *  dmu(s_i)/dtheta"
"""Silver et al. 2014, theorem 1; Lillicrap et al. 2015, equation 6."""

LOSS = "loss(theta) = -1/N sum_i Q(s_i, mu(s_i; theta))"


def gradient_of(loss: Callable[[], tf.Tensor], actor: keras.Model) -> list[tf.Tensor]:
    """The gradients of `loss()`, a scalar, with respect to the actor's weights."""
    with tf.GradientTape() as tape:
        value = loss()
    return tape.gradient(value, actor.trainable_variables)


def chain_rule(
    actor: keras.Model, observations: tf.Tensor, action_gradient: Callable[[tf.Tensor], tf.Tensor]
) -> list[tf.Tensor]:
    """-1/N sum_i g_i dmu(s_i)/dtheta for g = action_gradient(actions), [B, act_dim].

    Right if g is dQ/da at these actions.
    """
    with tf.GradientTape() as tape:
        actions = actor(observations)
    g = action_gradient(actions)
    summed = tape.gradient(actions, actor.trainable_variables, output_gradients=-g)
    return [gradient / len(observations) for gradient in summed]


def dq_da(critic: keras.Model, observations: tf.Tensor, actions: tf.Tensor) -> tf.Tensor:
    """dQ/da, [B, act_dim]."""
    with tf.GradientTape() as tape:
        tape.watch(actions)
        q = critic([observations, actions])
    return tape.gradient(q, actions)


def mean_q(actor: keras.Model, critic: keras.Model, observations: tf.Tensor) -> tf.Tensor:
    """The mean Q of the actor's own actions, a scalar."""
    return tf.reduce_mean(critic([observations, actor(observations)]))
