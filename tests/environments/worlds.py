"""Small environments in the shapes that people bring, each with one thing about it."""

import gymnasium as gym
import numpy as np
from gymnasium.spaces import Box, Dict, Discrete, Tuple


class Walk(gym.Env):
    """x moves by the action; the reward is -mean x^2."""

    observation_space = Box(-10, 10, (3,), np.float32)
    action_space = Box(-1, 1, (1,), np.float32)

    def __init__(self, pull=0.0):
        self.pull = pull
        self.steps = 0

    def reset(self, *, seed=None, options=None):
        super().reset(seed=seed)
        self.x = self.np_random.uniform(-1, 1, 3)
        return self.x.astype(np.float32), {}

    def step(self, action):
        self.steps += 1
        self.x = np.clip(self.x + 0.1 * np.sum(action) - self.pull, -3, 3)
        return self.x.astype(np.float32), -float(np.mean(self.x**2)), False, False, {}


class Faulty(Walk):
    """Gives `fault(step's result)` in place of a step's result, at the step `at`."""

    def __init__(self, fault, at=30):
        super().__init__()
        self.fault, self.at = fault, at

    def step(self, action):
        result = super().step(action)
        return self.fault(*result) if self.steps == self.at else result


class FaultyReset(Walk):
    """Gives `fault(observation)` in place of a reset's result, the second time."""

    def __init__(self, fault):
        super().__init__()
        self.fault, self.resets = fault, 0

    def reset(self, *, seed=None, options=None):
        self.resets += 1
        observation, info = super().reset(seed=seed)
        return self.fault(observation) if self.resets == 2 else (observation, info)


class SeedlessReset(Walk):
    """Written for an older gym: reset takes nothing."""

    def reset(self):
        return np.zeros(3, np.float32), {}


class OwnSpace(Walk):
    """Walks with other spaces; remembers the last action that it got."""

    def __init__(self, action_space=None, observation_space=None):
        super().__init__()
        self.action_space = action_space or self.action_space
        self.observation_space = observation_space or self.observation_space
        self.observation_space.seed(0)
        self.got = []

    def reset(self, *, seed=None, options=None):
        super().reset(seed=seed)
        return self.observation_space.sample(), {}

    def step(self, action):
        self.got.append(action)
        _, *rest = super().step(action)
        return self.observation_space.sample(), *rest


class Scaled(gym.RewardWrapper, gym.utils.RecordConstructorArgs):
    """A wrapper of one's own: rewards times a factor."""

    def __init__(self, env, factor):
        gym.utils.RecordConstructorArgs.__init__(self, factor=factor)
        super().__init__(env)
        self.factor = factor

    def reward(self, reward):
        return self.factor * reward


class Broken(gym.ActionWrapper):
    """A wrapper of one's own, with a slip in it."""

    def action(self, action):
        return action + np.zeros(7) + np.zeros(8)


PARTS = Dict(place=Box(-1, 1, (2,), np.float32), goal=Discrete(3), pair=Tuple([Box(0, 1, ())]))


def short_walk(**options):
    """A walk of 20 steps."""
    return gym.wrappers.TimeLimit(Walk(**options), 20)


gym.register("ShortWalk-v0", Walk, max_episode_steps=20)
gym.register("EndlessWalk-v0", Walk)
gym.register("Parts-v0", lambda: OwnSpace(observation_space=PARTS), max_episode_steps=20)
