"""The time of a training, read off its environment: the same for every program.

An environment knows when a step is asked for, and nothing else about the program that asks. The
time between two of its steps is all that the program did in between: acting, storing, learning.
"""

import time

import gymnasium as gym

FIRST, LAST = 1_500, 3_500
"""The steps between which the rate is taken: the first updates, which compile, are over."""


class Clock(gym.Wrapper):
    """Notes the time at which each step is asked for, counted over all episodes, up to `LAST`.

    times: the seconds of time.perf_counter, one a step.
    """

    def __init__(self, env: gym.Env):
        super().__init__(env)
        self.times: list[float] = []

    def step(self, action):
        """The environment's step."""
        if len(self.times) < LAST:
            self.times.append(time.perf_counter())
        return self.env.step(action)


def steps_a_second(times: list[float]) -> float:
    """Steps a second from `FIRST` to `LAST`."""
    return (LAST - FIRST) / (times[LAST - 1] - times[FIRST - 1])
