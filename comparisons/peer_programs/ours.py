"""This project, by its own `train`."""

from collections.abc import Callable

import gymnasium as gym

from comparisons.peer_programs import setting as common
from comparisons.peer_programs.setting import Setting
from ddpg_tf import DDPGConfig
from ddpg_tf import train as run
from ddpg_tf.agents import DDPG
from ddpg_tf.exploration.action_noise import ActionNoise
from ddpg_tf.replay import ReplayBuffer

WATCHED = (
    (ActionNoise, "actions", "acting"),
    (ReplayBuffer, "extend", "storing"),
    (ReplayBuffer, "draw", "sampling"),
    (ReplayBuffer, "transitions", "sampling"),
    (DDPG, "learn_then_act", "learning"),
    (DDPG, "learn_ahead", "learning"),
)
"""One update a step is taken by `learn_ahead`, a block by `learn_then_act`; TD3 inherits both."""


def train(make: Callable[[], gym.Env], setting: Setting) -> None:
    """Train with the defaults where the setting says nothing."""
    config = DDPGConfig(
        env_id=setting.env_id,
        algorithm=setting.algorithm,
        seed=setting.seed,
        total_steps=common.NEVER,
        warmup_steps=setting.warmup,
        update_every=setting.block,
        batch_size=setting.batch_size,
        buffer_size=common.BUFFER,
        gamma=common.GAMMA,
        hidden_sizes=common.WIDTHS,
        actor_learning_rate=common.LEARNING_RATE,
        critic_learning_rate=common.LEARNING_RATE,
        tau=common.TAU,
        noise_sigma=common.NOISE,
        eval_every=common.NEVER,
    )
    run(config, env=make)
