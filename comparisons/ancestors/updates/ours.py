"""Our agent, given the same networks and transitions."""

from collections.abc import Callable, Iterator
from dataclasses import replace

import gymnasium as gym
import keras
import numpy as np
import tensorflow as tf

from comparisons.ancestors.problem import ACTION_DIM, OBSERVATION_DIM
from comparisons.ancestors.updates.problem import Networks, Transitions
from comparisons.precision import precision
from ddpg_tf import make_agent
from ddpg_tf.agents.ddpg import DDPG
from ddpg_tf.agents.optimisation import build_optimizers
from ddpg_tf.batch import Batch
from ddpg_tf.config import DDPGConfig
from ddpg_tf.networks.build import actor_for, critic_for


def ours(
    config: DDPGConfig, start: Networks, batches: Batch
) -> tuple[list[Networks], np.ndarray | None]:
    """The networks after each update, and the noise that TD3 added to its target actions.

    Precision is that of the weights. In float32 an update is `agent.update`, as it is used. That
    casts batches to float32; in float64 it is what that calls, see `in_float64`.
    """
    agent = agent_of(config)
    update = agent.update if start.actor[0].dtype == np.float32 else in_float64(agent)
    for network, weights in zip(in_order(agent), in_parts(start, agent), strict=True):
        network.set_weights(weights)
    updates, noise = [], []
    for batch in Transitions(batches):
        if config.algorithm == "td3":
            noise.append(agent.target_noise(tf.constant(batch.actions)).numpy())
        update(batch)
        updates.append(networks_of(agent))
    return updates, np.stack(noise) if noise else None


def same_size(config: DDPGConfig, hidden: int) -> DDPGConfig:
    """A preset's config, with the networks that all systems get here.

    Two hidden layers, no normalisation of anything, the action in the critic's first layer.
    """
    return replace(
        config,
        hidden_sizes=(hidden, hidden),
        critic_hidden_sizes=None,
        normalization="none",
        critic_normalization=None,
        normalize_observations=False,
        action_layer=0,
        jit_compile=False,
    )


def agent_of(config: DDPGConfig) -> DDPG:
    """An agent whose actions have bounds of 1."""
    observations = gym.spaces.Box(-np.inf, np.inf, (OBSERVATION_DIM,), np.float32)
    actions = gym.spaces.Box(-1, 1, (ACTION_DIM,), np.float32)
    return make_agent(observations, actions, config)


def in_float64(agent: DDPG) -> Callable[[Batch], None]:
    """Give the agent networks and optimisers in float64; the result is what updates it.

    Agents are made in float32, and so are their batches and metrics. But `one_update`, where all
    the arithmetic is, has the precision of its networks.
    """
    config, low, high = agent.config, agent.action_low, agent.action_high
    with precision("float64"):
        for name in agent.NETWORKS:
            build = actor_for if "actor" in name else critic_for
            setattr(agent, name, build(config, OBSERVATION_DIM, low, high, seed=0))
        agent.actor_optimizer, agent.critic_optimizer = build_optimizers(
            config, agent.actor, agent.critics, agent.actor_period, agent.actor_waits
        )
    one_update = tf.function(agent.one_update, autograph=False)

    def update(batch: Batch) -> None:
        # a Python number would become one in float32
        discounts = np.full_like(batch.rewards, config.gamma)
        one_update(batch._replace(discounts=discounts).map(tf.constant))

    return update


def in_order(agent: DDPG) -> list[keras.Model]:
    """Actor, critics, target actor and target critics."""
    return [agent.actor, *agent.critics, agent.target_actor, *agent.target_critics]


def in_parts(networks: Networks, agent: DDPG) -> Iterator[list[np.ndarray]]:
    """The weights of each network of `in_order`."""
    for weights, count in zip(networks, (1, len(agent.critics)) * 2, strict=True):
        size = len(weights) // count
        yield from (weights[size * index : size * (index + 1)] for index in range(count))


def networks_of(agent: DDPG) -> Networks:
    """The weights of the agent as they are now."""

    def weights(*models):
        return [weight for model in models for weight in model.get_weights()]

    return Networks(
        weights(agent.actor),
        weights(*agent.critics),
        weights(agent.target_actor),
        weights(*agent.target_critics),
    )
