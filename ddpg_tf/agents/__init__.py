"""The agents: DDPG, TD3, and their parent DQN.

    AGENTS                  the algorithm's name in a config -> its class
    make_agent(...)         an agent of the class that the config names

Read `ddpg.py` first: `DDPG.one_update` is Algorithm 1. `td3.py` has what TD3 does differently.
"""

import gymnasium as gym

from ddpg_tf.agents.ddpg import DDPG, require_config
from ddpg_tf.agents.td3 import TD3
from ddpg_tf.config import DDPGConfig
from ddpg_tf.networks.own import Network

AGENTS: dict[str, type[DDPG]] = {agent.ALGORITHM: agent for agent in (DDPG, TD3)}
"""The config's `algorithm` -> class."""


def make_agent(
    observation_space: gym.Space,
    action_space: gym.Space,
    config: DDPGConfig | None = None,
    actor: Network | None = None,
    critic: Network | None = None,
) -> DDPG:
    """A new agent of the class that `config.algorithm` names; see `DDPG` for the arguments.

    Raises TypeError or ValueError as `DDPG` does.
    """
    config = require_config(DDPGConfig() if config is None else config)
    return AGENTS[config.algorithm](observation_space, action_space, config, actor, critic)


__all__ = ["AGENTS", "DDPG", "TD3", "make_agent"]
