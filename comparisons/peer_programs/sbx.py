"""SBX, Stable-Baselines3's algorithms in JAX, by its own `learn`."""

from collections.abc import Callable

import gymnasium as gym
from sbx import DDPG, TD3
from stable_baselines3.common.buffers import ReplayBuffer
from stable_baselines3.common.off_policy_algorithm import OffPolicyAlgorithm

from comparisons.peer_programs.setting import Setting
from comparisons.peer_programs.stable_baselines3 import learn

WATCHED = (
    (OffPolicyAlgorithm, "_sample_action", "acting"),
    (ReplayBuffer, "add", "storing"),
    (ReplayBuffer, "sample", "sampling"),
    (TD3, "train", "learning"),
)
"""DDPG inherits TD3's. JAX computes on its own, but `train` waits for the losses."""


def train(make: Callable[[], gym.Env], setting: Setting) -> None:
    """Train with the defaults where the setting says nothing."""
    learn({"ddpg": DDPG, "td3": TD3}[setting.algorithm], make, setting)
