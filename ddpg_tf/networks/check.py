"""Checks on the networks that an agent is given, made before anything is trained."""

from typing import Any

import keras
import numpy as np
import tensorflow as tf

from ddpg_tf.strategies.tensors import NO_GRADIENT, q_values, telling_line
from ddpg_tf.validation import kind_of

PROBES = 5
"""Rows of the batch that a network is tried on."""


def check_actor(
    actor: keras.Model, observation_shape: tuple[int, ...], low: np.ndarray, high: np.ndarray
) -> None:
    """Raise TypeError or ValueError unless `actor` maps [B, obs_dim] into the action space."""
    require_keras_model("actor", actor)
    try:
        actions = actor(tf.zeros((PROBES, *observation_shape)), training=False)
    except Exception as error:
        raise ValueError(
            f"the actor cannot take observations {batch_of(observation_shape)}: "
            f"{telling_line(error)}"
        ) from error
    require_one_tensor("actor", actions)
    if tuple(actions.shape) != (PROBES, len(low)):
        raise ValueError(
            f"the actor returned shape {tuple(actions.shape)} for {PROBES} observations; "
            f"the action space asks for {(PROBES, len(low))}"
        )
    require_weights("actor", actor)


def check_critic(critic: keras.Model, observation_shape: tuple[int, ...], action_size: int) -> None:
    """Raise TypeError or ValueError unless `critic` gives one Q a row and uses the action."""
    require_keras_model("critic", critic)
    observations = tf.zeros((PROBES, *observation_shape))
    actions = tf.zeros((PROBES, action_size))
    with tf.GradientTape() as tape:
        tape.watch(actions)
        try:
            q = critic([observations, actions], training=False)
        except Exception as error:
            raise ValueError(
                f"the critic cannot take [observations {batch_of(observation_shape)}, "
                f"actions [B, {action_size}]]: {telling_line(error)}"
            ) from error
        require_one_tensor("critic", q)
        q = q_values(lambda _: q, observations, actions)
    if tape.gradient(q, actions) is None:
        raise ValueError(NO_GRADIENT)
    require_weights("critic", critic)


def batch_of(shape: tuple[int, ...]) -> str:
    """The shape of a batch, in words: "[B, 3]"."""
    return f"[B, {', '.join(map(str, shape))}]"


def require_tensorflow_backend() -> None:
    """Raise ValueError unless Keras computes with TensorFlow."""
    backend = keras.backend.backend()
    if backend != "tensorflow":
        raise ValueError(
            f"Keras uses {backend}; set KERAS_BACKEND=tensorflow before it is imported"
        )


def require_keras_model(role: str, model: object) -> None:
    """Raise TypeError unless `model` is a Keras model."""
    if not isinstance(model, keras.Model):
        raise TypeError(f"the {role} must be a keras.Model; got {kind_of(model)}")


def require_weights(role: str, model: keras.Model) -> None:
    """Raise ValueError unless a network has trainable weights, and all that it has are finite."""
    if not model.trainable_variables:
        raise ValueError(
            f"the {role} has no trainable weights; set layer.trainable = True where it is to learn"
        )
    for variable in model.variables:
        if variable.dtype.startswith("float") and not np.isfinite(variable.numpy()).all():
            raise ValueError(
                f"the {role} has weights that are not finite, in {variable.path}; give it others"
            )


def require_one_tensor(role: str, output: Any) -> None:
    """Raise ValueError unless a network's output is one float32 tensor."""
    if not tf.is_tensor(output):
        raise ValueError(
            f"the {role} must return one tensor; it returned a {type(output).__name__}"
        )
    if output.dtype != tf.float32:
        raise ValueError(
            f"the {role} must compute in float32, as the agent does; its output is "
            f"{output.dtype.name} (the strategies alone take float64 too)"
        )
