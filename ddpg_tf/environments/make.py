"""One environment, as the agent sees it."""

from collections.abc import Callable

import gymnasium as gym
import numpy as np
from gymnasium.envs.registration import EnvSpec


def make_environment(
    env_id: str | EnvSpec | Callable[..., gym.Env], image_side: int | None = None, **options
) -> gym.Env:
    """The environment; with `image_side`, its images as vectors of grey values, 0 to 1.

    env_id: an id or a spec of Gymnasium's, or a function that makes an environment.
    options: passed on to `gymnasium.make` or to the function, such as `render_mode`.
    Raises ValueError if Gymnasium has none of that id, or none with images where they are asked.
    """
    environment = None
    try:
        if isinstance(env_id, str | EnvSpec):
            environment = gym.make(env_id, **options)
        else:
            environment = env_id(**options)
        return environment if image_side is None else flat_image(environment, image_side)
    except (gym.error.Error, ImportError, ValueError) as error:
        if environment is not None:
            environment.close()
        raise ValueError(f"cannot make environment {env_id!r}: {error}") from error


def flat_image(environment: gym.Env, side: int) -> gym.Env:
    """The environment with its image shrunk, grey, flat and scaled to [0, 1]."""
    space = environment.observation_space
    if not isinstance(space, gym.spaces.Box) or len(space.shape) != 3 or space.shape[2] != 3:
        raise ValueError(
            f"image_side needs colour images [height, width, 3]; {environment.spec.id} observes "
            f"{space}. Leave image_side out"
        )
    resized = gym.wrappers.ResizeObservation(environment, (side, side))
    flat = gym.wrappers.FlattenObservation(gym.wrappers.GrayscaleObservation(resized))
    space = gym.spaces.Box(0.0, 1.0, flat.observation_space.shape, np.float32)
    return gym.wrappers.TransformObservation(flat, lambda image: np.float32(image) / 255, space)
