"""The time of a training, read off its environment: the same for every program.

An environment knows when a step is asked for, and nothing else about the program that asks. The
time between two of its steps is all that the program did in between: acting, storing, learning.
"""

import time

import gymnasium as gym
import numpy as np

from comparisons.peer_programs.parts import PARTS, Parts
from comparisons.peer_programs.setting import Setting

EPISODES = 10
"""Episodes whose mean return has to reach the mark."""


class Over(BaseException):
    """The training is over. No program catches it, as one might catch an Exception."""


class Clock(gym.Wrapper):
    """Notes what the parts have taken when step `first` and step `last` are asked for.

    Ends the training, by raising Over, with the latter, and before it if `EPISODES` episodes have
    the mark as their mean return. at: step -> seconds of each part. returns: of whole episodes, as
    they were trained with, noise and all.
    """

    def __init__(self, env: gym.Env, setting: Setting, parts: Parts):
        super().__init__(env)
        self.setting = setting
        self.parts = parts
        self.inner_step = parts.timed("environment", env.step)
        self.inner_reset = parts.timed("environment", env.reset)
        self.steps = 0
        self.at: dict[int, dict[str, float]] = {}
        self.returns: list[float] = []
        self.total = 0.0
        self.reached_at: float | None = None

    def reset(self, **options):
        """Begin an episode."""
        self.total = 0.0
        return self.inner_reset(**options)

    def step(self, action):
        """The environment's step. Raises Over after the last one that is wanted."""
        self.steps += 1
        if self.steps in (self.setting.first, self.setting.last):
            self.at[self.steps] = self.parts.so_far()
        if self.steps == self.setting.last:
            raise Over
        observation, reward, terminated, truncated, info = self.inner_step(action)
        self.total += float(reward)
        if terminated or truncated:
            self.returns.append(self.total)
            self.end_if_learned()
        return observation, reward, terminated, truncated, info

    def end_if_learned(self) -> None:
        """Raise Over if the last episodes have reached the mark."""
        mark, last = self.setting.mark, self.returns[-EPISODES:]
        if mark is not None and len(last) == EPISODES and np.mean(last) >= mark:
            self.reached_at = time.time()
            raise Over

    def seconds_a_step(self) -> dict[str, float] | None:
        """What each part took of a step, between `first` and `last`; None if there was no last."""
        first, last = self.setting.first, self.setting.last
        if last not in self.at:
            return None
        before, after = self.at[first], self.at[last]
        return {part: (after[part] - before[part]) / (last - first) for part in PARTS}
