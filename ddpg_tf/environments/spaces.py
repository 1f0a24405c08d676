"""The sizes and bounds that the networks need to know of Gymnasium's spaces."""

import gymnasium as gym
import numpy as np

from ddpg_tf.validation import kind_of


def observation_shape(space: gym.Space) -> tuple[int, ...]:
    """(obs_dim,) of vectors, (height, width, channels) of images.

    Raises TypeError unless `space` is a Box of either.
    """
    if isinstance(space, gym.spaces.Box) and len(space.shape) == 3 and 0 not in space.shape:
        return space.shape
    return (observation_size(space),)


def stored_dtype(dtype: np.dtype) -> type:
    """How observations of a `dtype` are kept: bytes as bytes, all others as float32."""
    return np.uint8 if dtype == np.uint8 else np.float32


def observation_size(space: gym.Space) -> int:
    """obs_dim. Raises TypeError unless `space` is a Box of vectors."""
    require_space("observation_space", space)
    if not isinstance(space, gym.spaces.Box) or len(space.shape) != 1:
        advice = (
            "Wrap the environment in gymnasium.wrappers.FlattenObservation"
            if space.is_np_flattenable
            else "Gymnasium cannot flatten it: write a gymnasium.ObservationWrapper that makes a "
            "vector of it"
        )
        raise TypeError(
            f"observations must be vectors, a Box of shape (n,); got {described(space)}. {advice}"
        )
    if space.shape[0] == 0:
        raise TypeError(
            f"observations must have at least one component; got {described(space)}. Let a wrapper "
            "add one, such as gymnasium.wrappers.TimeAwareObservation"
        )
    return space.shape[0]


def action_bounds(space: gym.Space) -> tuple[np.ndarray, np.ndarray]:
    """The lowest and the highest action, float32 [act_dim] each.

    Raises TypeError unless `space` is a Box of vectors, ValueError unless its bounds are finite
    and every lower one is below the upper one.
    """
    require_space("action_space", space)
    if not isinstance(space, gym.spaces.Box) or len(space.shape) != 1 or space.shape[0] == 0:
        raise TypeError(
            f"actions must be continuous vectors, a Box of shape (n,); got {described(space)}. "
            + (
                "ddpg_tf.environments.wrappers.FlatActions makes vectors of them"
                if isinstance(space, gym.spaces.Box) and 0 not in space.shape
                else "DDPG needs dQ/da, which only real numbers have"
            )
        )
    if not np.issubdtype(space.dtype, np.floating):
        raise TypeError(
            f"actions must be real numbers; got {described(space)} of {space.dtype}. Give the Box "
            "dtype=np.float32, and round in the environment's step"
        )
    low, high = inside(space.low, space.high)
    if not (np.isfinite(low).all() and np.isfinite(high).all()):
        raise ValueError(
            f"the action space must have finite bounds; got {described(space)}. Give the Box "
            "bounds, or let a wrapper do it: --wrappers "
            "'ddpg_tf.environments.wrappers:BoundedActions(-1.0, 1.0)'"
        )
    if not (low < high).all():
        raise ValueError(
            f"every lower bound of the action space must be below the upper; got {described(space)}"
        )
    return low, high


def require_space(name: str, space: object) -> None:
    """Raise TypeError unless the argument called `name` is one of Gymnasium's spaces."""
    if not isinstance(space, gym.Space):
        raise TypeError(
            f"{name} must be one of gymnasium.spaces, such as an environment's {name}; got "
            f"{kind_of(space)}"
        )


def inside(low: np.ndarray, high: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The bounds in float32, rounded inwards where float32 has no such number."""
    with np.errstate(over="ignore"):
        low32, high32 = low.astype(np.float32), high.astype(np.float32)
    inwards_low = np.nextafter(low32, np.float32(np.inf))
    inwards_high = np.nextafter(high32, np.float32(-np.inf))
    return np.where(low32 < low, inwards_low, low32), np.where(high32 > high, inwards_high, high32)


def described(space: gym.Space) -> str:
    """`space` in a few words on one line."""
    text = " ".join(str(space).split())
    return text if len(text) <= 80 else f"{type(space).__name__} of shape {space.shape}"
