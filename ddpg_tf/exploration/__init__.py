"""How a policy is made to try something new: noise on its actions, or on its weights.

An explorer chooses the actions of n environments; the training loop tells it which episodes begin
and when the agent has been updated.
"""

import numpy as np

from ddpg_tf.exploration.action_noise import ActionNoise
from ddpg_tf.exploration.parameter_noise import ParameterNoise


def build_explorer(agent, generator: np.random.Generator) -> ActionNoise | ParameterNoise:
    """The explorer that `agent.config.exploration` names."""
    kind = ParameterNoise if agent.config.exploration == "parameter" else ActionNoise
    return kind(agent, generator)


__all__ = ["ActionNoise", "ParameterNoise", "build_explorer"]
