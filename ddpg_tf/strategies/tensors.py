"""The few operations that every strategy is made of.

Shapes, with B the batch size: observations [B, obs_dim], actions [B, act_dim], Q [B, 1] or [B].
"""

from collections.abc import Callable, Sequence
from typing import Protocol

import keras
import tensorflow as tf


class Actor(Protocol):
    """observations -> actions: a Keras model, or any callable with `trainable_variables`."""

    @property
    def trainable_variables(self) -> list: ...

    def __call__(self, *inputs, **options) -> tf.Tensor: ...


Critic = Callable[..., tf.Tensor]
"""[observations, actions] -> Q: a Keras model or any callable."""

NO_GRADIENT = (
    "no gradient flows from Q to the actor: the critic must use the actions that it is given "
    "(critic([observations, actions])), and the actor's output must depend on its weights"
)


def policy_actions(actor: Actor, observations: tf.Tensor) -> tf.Tensor:
    """mu(s), [B, act_dim]; a Keras actor runs in training mode.

    Raises ValueError if the actor's output has another number of axes.
    """
    is_keras = isinstance(actor, keras.Layer)
    actions = actor(observations, training=True) if is_keras else actor(observations)
    if actions.shape.rank != 2:
        raise ValueError(f"the actor returned shape {actions.shape}; expected [B, act_dim]")
    return actions


def q_values(critic: Critic, observations: tf.Tensor, actions: tf.Tensor) -> tf.Tensor:
    """Q(s, a) in the critic's own shape, [B, 1] or [B]; a Keras critic runs in inference mode.

    Raises ValueError if the critic's output has any other shape.
    """
    is_keras = isinstance(critic, keras.Layer)
    inputs = [observations, actions]
    q = critic(inputs, training=False) if is_keras else critic(inputs)
    if q.shape.rank not in (1, 2) or (q.shape.rank == 2 and q.shape[1] != 1):
        raise ValueError(f"the critic returned shape {q.shape}; expected [B, 1] or [B]")
    return q


def weights_of(model: Actor | keras.Model) -> list[tf.Variable]:
    """The TensorFlow variables behind `model.trainable_variables`, in the same order."""
    return tf_variables(model.trainable_variables)


def tf_variables(variables: Sequence[keras.Variable | tf.Variable]) -> list[tf.Variable]:
    """The TensorFlow variables behind Keras variables; others pass through unchanged."""
    return [
        variable.value if isinstance(variable, keras.Variable) else variable
        for variable in variables
    ]


def require_apart(actor: Actor, critic: Critic) -> None:
    """Raise ValueError if actor and critic share trainable weights, as far as that can be seen.

    The policy gradient holds Q fixed and goes through the actions alone. With shared weights the
    derivative of -mean Q has another term, in which Q changes by itself; `mean_q` and `get_updates`
    would include it, the other strategies would not, and every step on the actor would change Q.
    """
    of_critic = {id(v) for v in tf_variables(getattr(critic, "trainable_variables", ()))}
    variables = list(actor.trainable_variables)
    pairs = zip(variables, tf_variables(variables), strict=True)
    shared = [variable for variable, weight in pairs if id(weight) in of_critic]
    if shared:
        names = ", ".join(getattr(variable, "path", variable.name) for variable in shared)
        raise ValueError(
            f"actor and critic share trainable weights ({names}), but the policy gradient holds "
            "the critic fixed: give each network layers of its own, or freeze the shared ones "
            "(layer.trainable = False)"
        )


def batch_size(tensor: tf.Tensor) -> tf.Tensor:
    """N, the length of the first axis, as a scalar of the tensor's own dtype."""
    return tf.cast(tf.shape(tensor)[0], tensor.dtype)


def connected(
    gradients: Sequence[tf.Tensor | None], weights: Sequence[tf.Variable]
) -> list[tf.Tensor]:
    """The gradients, with zeros for weights that the output does not depend on.

    Raises ValueError if it depends on none of them.
    """
    if all(gradient is None for gradient in gradients):
        raise ValueError(NO_GRADIENT)
    return [
        tf.zeros_like(weight) if gradient is None else gradient
        for gradient, weight in zip(gradients, weights, strict=True)
    ]
