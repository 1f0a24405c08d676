"""Stable-Baselines3, in PyTorch (Raffin et al. 2021), by its own `learn`."""

from collections.abc import Callable

import gymnasium as gym
import numpy as np
from stable_baselines3 import DDPG, TD3
from stable_baselines3.common.buffers import ReplayBuffer
from stable_baselines3.common.noise import NormalActionNoise
from stable_baselines3.common.off_policy_algorithm import OffPolicyAlgorithm

from comparisons.peer_programs import setting as common
from comparisons.peer_programs.setting import Setting

WATCHED = (
    (OffPolicyAlgorithm, "_sample_action", "acting"),
    (ReplayBuffer, "add", "storing"),
    (ReplayBuffer, "sample", "sampling"),
    (TD3, "train", "learning"),
)
"""DDPG inherits TD3's."""


def train(make: Callable[[], gym.Env], setting: Setting) -> None:
    """Train with the defaults where the setting says nothing."""
    learn({"ddpg": DDPG, "td3": TD3}[setting.algorithm], make, setting)


def learn(kind: type, make: Callable[[], gym.Env], setting: Setting) -> None:
    """Train a model of Stable-Baselines3's interface, which SBX shares."""
    env = make()
    size = env.action_space.shape[0]
    model = kind(
        "MlpPolicy",
        env,
        learning_rate=common.LEARNING_RATE,
        buffer_size=common.BUFFER,
        learning_starts=setting.warmup,
        batch_size=setting.batch_size,
        tau=common.TAU,
        gamma=common.GAMMA,
        train_freq=setting.block,
        gradient_steps=setting.block,
        action_noise=NormalActionNoise(np.zeros(size), np.full(size, common.NOISE)),
        policy_kwargs={"net_arch": list(common.WIDTHS)},
        seed=setting.seed,
        device="cpu",
    )
    model.learn(common.NEVER)
