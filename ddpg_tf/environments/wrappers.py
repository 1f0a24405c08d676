"""Wrappers that Gymnasium does not have."""

from typing import Any

import gymnasium as gym
import numpy as np

CUT_OFF = "cut_off"
"""The key of `info` under which `Limit` says that it struck."""


class FlatActions(gym.ActionWrapper):
    """Takes actions [act_dim] for an environment whose own are scalars, matrices, ...

    The environment gets them in its own shape and dtype.
    """

    def __init__(self, env: gym.Env):
        super().__init__(env)
        self.own = own = env.action_space
        low, high = np.ravel(own.low), np.ravel(own.high)
        self.action_space = gym.spaces.Box(low, high, dtype=own.dtype)

    def action(self, action: np.ndarray) -> np.ndarray:
        """The action [act_dim] as the environment wants it."""
        return np.asarray(action, self.own.dtype).reshape(self.own.shape)


class BoundedActions(gym.ActionWrapper):
    """Gives an action space bounds where it has none: `low` and `high`, numbers or arrays."""

    def __init__(self, env: gym.Env, low: float | np.ndarray, high: float | np.ndarray):
        super().__init__(env)
        own = env.action_space
        bounds = (
            np.where(np.isfinite(given), given, np.asarray(bound, own.dtype))
            for given, bound in ((own.low, low), (own.high, high))
        )
        self.action_space = gym.spaces.Box(*bounds, own.shape, own.dtype)

    def action(self, action: np.ndarray) -> np.ndarray:
        """The action itself: the agent keeps to the bounds."""
        return action


class Limit(gym.wrappers.TimeLimit):
    """Cuts episodes off that do not end, and says so in `info`, in one line, when it does."""

    def __init__(self, env: gym.Env, max_episode_steps: int, name: str):
        super().__init__(env, max_episode_steps)
        self.line = (
            f"an episode of {name} was cut off after {max_episode_steps:,} steps, because it has "
            "no time limit of its own; max_episode_steps sets another"
        )

    def step(self, action: Any) -> tuple[Any, Any, bool, bool, dict[str, Any]]:
        """Take one step; the last one that is allowed truncates the episode."""
        observation, reward, terminated, truncated, info = self.env.step(action)
        self._elapsed_steps += 1
        if self._elapsed_steps >= self._max_episode_steps and not (terminated or truncated):
            truncated, info = True, {**info, CUT_OFF: self.line}
        return observation, reward, terminated, truncated, info
