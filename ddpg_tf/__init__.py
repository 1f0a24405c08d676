"""Deterministic policy gradients in TensorFlow 2, and six ways to write their actor update.

    from ddpg_tf import DDPG, DDPGConfig, train, evaluate
    from ddpg_tf.strategies import STRATEGIES, get_strategy

Names are imported when they are first used, so that `ddpg-tf --help` need not wait for TensorFlow.
"""

from importlib import import_module

__version__ = "0.1.0"

_HOME = {
    "DDPG": "ddpg_tf.agents.ddpg",
    "DDPGConfig": "ddpg_tf.config",
    "PRESETS": "ddpg_tf.presets",
    "ReplayBuffer": "ddpg_tf.replay",
    "evaluate": "ddpg_tf.environments.evaluation",
    "train": "ddpg_tf.runs",
}

__all__ = list(_HOME)


def __getattr__(name):
    if name not in _HOME:
        raise AttributeError(f"module 'ddpg_tf' has no attribute {name!r}")
    return getattr(import_module(_HOME[name]), name)


def __dir__():
    return sorted([*globals(), *_HOME])
