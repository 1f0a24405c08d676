"""SBX, Stable-Baselines3's algorithms in JAX."""

from collections.abc import Callable

import gymnasium as gym
import sbx

from comparisons.peers.programs.stable_baselines3 import learn
from comparisons.peers.setting import Setting


def train(make: Callable[[], gym.Env], setting: Setting):
    """Train by its own `learn`; the model."""
    return learn({"ddpg": sbx.DDPG, "td3": sbx.TD3}[setting.algorithm], make, setting)
