"""What may be done to dQ/da before it is handed to the actor.

Each function here returns an `action_gradient_transform`: (dq_da, actions) -> dq_da', both
[B, act_dim], in Q per unit of action.
"""

import numpy as np
import tensorflow as tf

from ddpg_tf.config import PositiveFloat
from ddpg_tf.strategies.action_gradient import ActionGradientTransform
from ddpg_tf.validation import plain, require


def clip_by_value(limit: float) -> ActionGradientTransform:
    """Clip every component of dQ/da to [-limit, limit]. Raises ValueError unless limit > 0."""
    require_positive(limit)
    return lambda dq_da, actions: tf.clip_by_value(dq_da, -limit, limit)


def clip_by_norm(limit: float) -> ActionGradientTransform:
    """Shorten each row of dQ/da to a Euclidean norm of at most `limit`, keeping its direction.

    Raises ValueError unless limit > 0.
    """
    require_positive(limit)
    return lambda dq_da, actions: tf.clip_by_norm(dq_da, limit, axes=[-1])


def inverting_gradients(low: np.ndarray, high: np.ndarray) -> ActionGradientTransform:
    """Scale dQ/da by the room that is left in its direction (Hausknecht and Stone 2016, eq. 11).

        dq_da * (high - a) / (high - low)   where Q asks for more,
        dq_da * (a - low)  / (high - low)   where Q asks for less

    An action at its bound is no longer pushed outwards; one beyond it is pulled back. low, high:
    [act_dim], the bounds of the action space. Raises ValueError unless every low < high.
    """
    low, high = np.asarray(low, np.float64), np.asarray(high, np.float64)
    if low.shape != high.shape or not np.all(low < high):
        raise ValueError(
            f"low and high must be of one size, every lower bound below the upper one; got {low} "
            f"and {high}"
        )

    def transform(dq_da, actions):
        lower, upper = tf.cast(low, actions.dtype), tf.cast(high, actions.dtype)
        # a product, not a quotient: a graph optimiser would turn some quotients into products
        per_range = tf.cast(1 / (high - low), actions.dtype)
        room = tf.where(dq_da > 0, upper - actions, actions - lower)
        return dq_da * (room * per_range)

    return transform


def transform_named(
    name: str, limit: float, low: np.ndarray, high: np.ndarray
) -> ActionGradientTransform | None:
    """The transform that a config names: clip_value, clip_norm or invert; None for none."""
    return {
        "none": lambda: None,
        "clip_value": lambda: clip_by_value(limit),
        "clip_norm": lambda: clip_by_norm(limit),
        "invert": lambda: inverting_gradients(low, high),
    }[name]()


def require_positive(limit: float) -> None:
    """Raise TypeError or ValueError unless limit > 0."""
    require("limit", plain(limit), PositiveFloat)
