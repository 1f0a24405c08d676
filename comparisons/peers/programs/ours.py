"""This project."""

from collections.abc import Callable

import gymnasium as gym

from comparisons.peers import setting as common
from comparisons.peers.setting import Setting
from ddpg_tf import DDPGConfig
from ddpg_tf import train as run


def train(make: Callable[[], gym.Env], setting: Setting):
    """Train with the command's defaults where the setting says nothing; the agent."""
    config = DDPGConfig(
        env_id=setting.env_id,
        algorithm=setting.algorithm,
        seed=setting.seed,
        total_steps=setting.total_steps,
        warmup_steps=common.WARMUP,
        update_every=setting.update_every,
        batch_size=setting.batch_size,
        buffer_size=common.BUFFER,
        hidden_sizes=common.WIDTHS,
        actor_learning_rate=common.LEARNING_RATE,
        critic_learning_rate=common.LEARNING_RATE,
        tau=common.TAU,
        noise_sigma=common.NOISE,
        eval_every=setting.total_steps,
        eval_episodes=1,
    )
    return run(config, env=make).agent
