"""Stable-Baselines3, PyTorch (Raffin et al. 2021)."""

from collections.abc import Callable

import gymnasium as gym
import numpy as np
import stable_baselines3
from stable_baselines3.common.noise import NormalActionNoise

from comparisons.peers import setting as common
from comparisons.peers.setting import Setting


def train(make: Callable[[], gym.Env], setting: Setting):
    """Train by its own `learn`; the model."""
    kind = {"ddpg": stable_baselines3.DDPG, "td3": stable_baselines3.TD3}[setting.algorithm]
    return learn(kind, make, setting, device="cpu")


def learn(kind: type, make: Callable[[], gym.Env], setting: Setting, **options):
    """Train a model of Stable-Baselines3's interface, which SBX shares."""
    env = make()
    size = env.action_space.shape[0]
    model = kind(
        "MlpPolicy",
        env,
        learning_rate=common.LEARNING_RATE,
        buffer_size=common.BUFFER,
        learning_starts=common.WARMUP,
        batch_size=setting.batch_size,
        tau=common.TAU,
        gamma=0.99,
        train_freq=setting.update_every,
        gradient_steps=setting.update_every,
        action_noise=NormalActionNoise(np.zeros(size), np.full(size, common.NOISE)),
        policy_kwargs={"net_arch": list(common.WIDTHS)},
        seed=setting.seed,
        **options,
    )
    return model.learn(setting.total_steps)
