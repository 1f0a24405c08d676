"""Deterministic policy gradients in TensorFlow 2, and six ways to write their actor update.

    from ddpg_tf import DDPG, DDPGConfig, train, evaluate
    from ddpg_tf.strategies import STRATEGIES, get_strategy

Names are imported when they are first used, so that `ddpg-tf --help` need not wait for TensorFlow.
Gymnasium is told of the environment `ddpg_tf/TorcsView-v0`, which comes with the package.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

import gymnasium

if TYPE_CHECKING:  # the names below, for editors and type checkers
    from ddpg_tf.acting.saved import saved_policy
    from ddpg_tf.agents import AGENTS, DDPG, TD3, make_agent
    from ddpg_tf.batch import Batch
    from ddpg_tf.config import DDPGConfig
    from ddpg_tf.environments.evaluation import evaluate
    from ddpg_tf.presets import PRESETS
    from ddpg_tf.replay import ReplayBuffer
    from ddpg_tf.runs import resume, train
    from ddpg_tf.training.loop import TrainingRun

__version__ = "0.1.0"

_HOME = {
    "AGENTS": "ddpg_tf.agents",
    "DDPG": "ddpg_tf.agents",
    "TD3": "ddpg_tf.agents",
    "DDPGConfig": "ddpg_tf.config",
    "PRESETS": "ddpg_tf.presets",
    "Batch": "ddpg_tf.batch",
    "ReplayBuffer": "ddpg_tf.replay",
    "TrainingRun": "ddpg_tf.training.loop",
    "evaluate": "ddpg_tf.environments.evaluation",
    "make_agent": "ddpg_tf.agents",
    "resume": "ddpg_tf.runs",
    "saved_policy": "ddpg_tf.acting.saved",
    "train": "ddpg_tf.runs",
}

# nothing of it is imported until somebody makes one
gymnasium.register(
    "ddpg_tf/TorcsView-v0",
    "ddpg_tf.environments.torcs.environment:TorcsView",
    max_episode_steps=1_000,
)

__all__ = [
    "AGENTS",
    "DDPG",
    "PRESETS",
    "TD3",
    "Batch",
    "DDPGConfig",
    "ReplayBuffer",
    "TrainingRun",
    "evaluate",
    "make_agent",
    "resume",
    "saved_policy",
    "train",
]


def __getattr__(name: str) -> Any:
    if name not in _HOME:
        raise AttributeError(f"module 'ddpg_tf' has no attribute {name!r}")
    return getattr(import_module(_HOME[name]), name)


def __dir__() -> list[str]:
    return sorted([*globals(), *_HOME])
