"""The few operations that every strategy is made of.

Shapes, with B the batch size: observations [B, obs_dim], actions [B, act_dim], Q [B, 1] or [B].
"""

import re
from collections.abc import Callable, Sequence
from typing import Any, Protocol

import keras
import numpy as np
import tensorflow as tf

from ddpg_tf.validation import kind_of


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

    Raises ValueError if the actor cannot take the observations, or returns anything else.
    """
    actions = output_of("actor", actor, observations, training=True)
    if not tf.is_tensor(actions) or actions.shape.rank != 2:
        raise ValueError(f"the actor returned {shape_or_kind(actions)}; expected [B, act_dim]")
    return actions


def q_values(critic: Critic, observations: tf.Tensor, actions: tf.Tensor) -> tf.Tensor:
    """Q(s, a) in the critic's own shape, [B, 1] or [B]; a Keras critic runs in inference mode.

    Raises ValueError if the critic cannot take them, or if its output has any other shape.
    """
    q = output_of("critic", critic, [observations, actions], training=False)
    rows = tf.TensorShape(actions.shape)[:1]
    if not tf.is_tensor(q) or not any(
        q.shape.is_compatible_with(rows + more) for more in ([], [1])
    ):
        raise ValueError(
            f"the critic returned {shape_or_kind(q)} for actions of shape {actions.shape}; "
            "expected [B, 1] or [B]"
        )
    return q


def output_of(role: str, network: Callable, inputs: Any, training: bool) -> Any:
    """What a network makes of its inputs; only Keras's are told whether they are in training.

    Raises ValueError for inputs that a Keras model cannot take.
    """
    if not isinstance(network, keras.Layer):
        return network(inputs)
    try:
        return network(inputs, training=training)
    except (ValueError, TypeError, tf.errors.OpError) as error:
        shapes = [str(tensor.shape) for tensor in (inputs if role == "critic" else [inputs])]
        taken = "observations" if role == "actor" else "[observations, actions]"
        raise ValueError(
            f"the {role} cannot take {taken} of shape {', '.join(shapes)}: {telling_line(error)}"
        ) from error


def shape_or_kind(output: Any) -> str:
    """What a network returned, in words."""
    return f"shape {output.shape}" if tf.is_tensor(output) else kind_of(output)


def telling_line(error: Exception) -> str:
    """The line of an error's text that says what is wrong, which Keras puts below a heading."""
    lines = [re.sub(r"\x1b\[\d*m", "", line).strip() for line in str(error).splitlines()]
    telling = [line for line in lines if line and not line.startswith("Exception encountered")]
    return telling[0] if telling else type(error).__name__


def weights_of(model: Actor | keras.Model) -> list[tf.Variable]:
    """The TensorFlow variables behind `model.trainable_variables`, in the same order."""
    return tf_variables(model.trainable_variables)


def tf_variables(variables: Sequence[keras.Variable | tf.Variable]) -> list[tf.Variable]:
    """The TensorFlow variables behind Keras variables; others pass through unchanged."""
    return [
        variable.value if isinstance(variable, keras.Variable) else variable
        for variable in variables
    ]


def require_usable(actor: Actor, critic: Critic, observations: tf.Tensor) -> None:
    """Raise TypeError or ValueError for what no strategy can use, before anything is computed."""
    if not (callable(actor) and hasattr(actor, "trainable_variables")):
        raise TypeError(
            "actor must be a Keras model, or a callable with trainable_variables; got "
            f"{kind_of(actor)}"
        )
    if not callable(critic):
        raise TypeError(
            "critic must be a Keras model, or a callable of [observations, actions]; got "
            f"{kind_of(critic)}"
        )
    has_shape = hasattr(observations, "shape")
    shape = tf.TensorShape(observations.shape if has_shape else np.shape(observations))
    # a graph may not know it
    if shape.rank is not None and (shape.rank < 2 or shape[0] == 0):
        raise ValueError(
            f"observations must be a batch [B, obs_dim]; got {kind_of(observations)} of shape "
            f"{shape}"
        )
    require_apart(actor, critic)


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
