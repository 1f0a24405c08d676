"""An agent looked at from outside: value errors, dQ/da, actions, gradients.

`diagnostics` looks at one batch from the replay buffer, `value_diagnostics` along whole episodes.
Neither changes anything in the agent. `training/metrics.py` explains each name.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import keras
import numpy as np
import tensorflow as tf

from ddpg_tf.agents.ddpg import DDPG, flat
from ddpg_tf.agents.optimisation import bellman_loss, squared_weights
from ddpg_tf.agents.targets import bellman_targets
from ddpg_tf.batch import Batch, with_discounts
from ddpg_tf.config import DDPGConfig
from ddpg_tf.environments.evaluation import Episode
from ddpg_tf.strategies.mean_q import MeanQ
from ddpg_tf.strategies.tensors import connected, weights_of

SATURATED = 0.95
"""Half ranges from the middle beyond which an action counts as saturated: tanh' is 0.0975 there."""

IMAGES = 250
"""Images that are looked at together."""

CRITIC_PREFIXES = "", "second_"
"""How the names begin: nothing for the first critic, "second_" for TD3's second."""


def diagnostics(agent: DDPG, batch: Batch) -> dict[str, float]:
    """Diagnostics of actions, dQ/da and gradients on one batch [B, ...], by name."""
    batch = batch._replace(
        observations=agent.normalized(batch.observations),
        next_observations=agent.normalized(batch.next_observations),
    )
    batch = with_discounts(batch, agent.config.gamma)
    batch = batch.map(lambda array: tf.constant(array, tf.float32))
    actions = bounded_actions(agent, batch.observations)
    return {
        **action_diagnostics(actions.numpy(), agent.action_low, agent.action_high),
        **action_gradient_diagnostics(agent, batch.observations, actions),
        "actor_gradient_norm": actor_gradient_norm(agent, batch.observations),
        **critic_gradient_norms(agent, batch),
    }


def bounded_actions(agent: DDPG, observations: tf.Tensor) -> tf.Tensor:
    """mu(s) within its bounds, as it is played, [B, act_dim], for `normalized` observations."""
    # not `agent.policy()`: NumPy and TensorFlow, used by turns, compete for the processor's cores
    actions = agent.actor(observations, training=False)
    return tf.clip_by_value(actions, agent.action_low, agent.action_high)


def action_diagnostics(actions: np.ndarray, low: np.ndarray, high: np.ndarray) -> dict[str, float]:
    """Where actions [B, act_dim] lie in their range; low, high: its bounds, [act_dim]."""
    y = (np.float64(actions) - (low + high) / 2) / ((high - low) / 2)
    return {
        "action_mean": float(y.mean()),
        "action_std": float(y.std(axis=0).mean()),
        "action_saturation": float((np.abs(y) > SATURATED).mean()),
        # for y = tanh(x) this is dy/dx, the last factor on dQ/da's way into the actor
        "tanh_slope": float((1 - np.square(y)).mean()),
    }


def action_gradient_diagnostics(
    agent: DDPG, observations: tf.Tensor, actions: tf.Tensor
) -> dict[str, float]:
    """Norms of the first critic's dQ/da [B, act_dim], before any transform."""
    with tf.GradientTape(watch_accessed_variables=False) as tape:
        tape.watch(actions)
        q = agent.value(agent.critic, observations, actions)
    norms = np.linalg.norm(tape.gradient(q, actions).numpy(), axis=1)
    return {"dq_da_norm_mean": float(norms.mean()), "dq_da_norm_max": float(norms.max())}


def actor_gradient_norm(agent: DDPG, observations: tf.Tensor) -> float:
    """The norm of the gradient of -mean Q with respect to the actor's weights."""
    # every strategy has the same gradient up to rounding; this one is cheap outside a graph
    strategy = MeanQ(agent.strategy.action_gradient_transform)
    with unchanged(agent.actor):
        gradients = strategy.gradients(
            agent.actor, lambda inputs: agent.value(agent.critic, *inputs), observations
        )
    return float(tf.linalg.global_norm(gradients))


def critic_gradient_norms(agent: DDPG, batch: Batch) -> dict[str, float]:
    """The norm of the gradient of each critic's loss with respect to its own weights."""
    config, moments = agent.config, agent.return_moments
    next_actions = agent.target_actor(batch.next_observations, training=False)
    with unchanged(*agent.target_critics):
        next_values = agent.target_values(batch.next_observations, next_actions)
    # DDPG has one target critic, TD3 takes the smaller of two
    least = tf.reduce_min(next_values, axis=0)
    rewards = config.reward_scale * batch.rewards
    targets = bellman_targets(rewards, batch.terminated, least, batch.discounts)
    targets = targets if moments is None else moments.normalize(targets)
    norms = {}
    for prefix, critic in zip(CRITIC_PREFIXES, agent.critics, strict=False):
        with unchanged(critic), tf.GradientTape() as tape:
            q = flat(critic([batch.observations, batch.actions], training=True))
            loss = bellman_loss(targets - q, config.delta_clip)
            if config.critic_l2:
                loss += config.critic_l2 * squared_weights([critic], config.critic_l2_biases)
        weights = weights_of(critic)
        gradients = connected(tape.gradient(loss, weights), weights)
        norms[f"{prefix}critic_gradient_norm"] = float(tf.linalg.global_norm(gradients))
    return norms


@contextmanager
def unchanged(*networks: keras.Model) -> Iterator[None]:
    """Restore afterwards what a call in training mode changes: batch norm's moments, dropout."""
    variables = [v for network in networks for v in network.non_trainable_variables]
    before = [(variable, variable.numpy()) for variable in variables]
    try:
        yield
    finally:
        for variable, value in before:
            variable.assign(value)


def value_diagnostics(agent: DDPG, episodes: Sequence[Episode]) -> dict[str, float]:
    """Compare Q(s, mu(s)) with the discounted return that followed, along episodes of mu.

    An episode that a time limit cut off would have gone on, and nobody knows how. There the
    critic's own Q(s_T, mu(s_T)) continues the return, as it does in the critic's targets:

        G_t  =  r_t + gamma r_{t+1} + ... + gamma^{T-t} Q(s_T, mu(s_T))        (0 if terminated)

    So a share gamma^{T-t} of Q is compared with itself: if Q were too high by b everywhere, Q - G
    would be b (1 - gamma^{T-t}). Therefore the bias is the mean of Q - G divided by the mean of
    that factor, the observed share of the return, which is 1 where the task terminated.
    """
    rows = np.concatenate([episode.observations for episode in episodes])
    ends = np.cumsum([len(episode.observations) for episode in episodes])[:-1]
    found = {}
    for prefix, critic in zip(CRITIC_PREFIXES, agent.critics, strict=False):
        values = policy_values(agent, critic, rows).astype(np.float64)
        pairs = zip(np.split(values, ends), episodes, strict=True)
        compared = [values_and_returns(q, episode, agent.config) for q, episode in pairs]
        q, returns, observed = map(np.concatenate, zip(*compared, strict=True))
        found |= {
            f"{prefix}policy_q": float(q.mean()),
            f"{prefix}monte_carlo_return": float(returns.mean()),
            f"{prefix}q_bias": ratio((q - returns).mean(), observed.mean()),
            f"{prefix}q_correlation": correlation(q, returns),
        }
    return found


def policy_values(agent: DDPG, critic: keras.Model, rows: np.ndarray) -> np.ndarray:
    """Q(s, mu(s)) in units of return, [n], for observations [n, ...] as the environment gave them.

    Images are taken a few at a time: whole episodes of them in float32, and what a network makes
    of them, may not fit in memory.
    """
    parts = [rows] if rows.ndim == 2 else np.split(rows, range(IMAGES, len(rows), IMAGES))
    values = []
    for part in parts:
        observations = tf.constant(agent.normalized(part), tf.float32)
        actions = bounded_actions(agent, observations)
        values.append(agent.value(critic, observations, actions).numpy())
    return np.concatenate(values)


def values_and_returns(
    q: np.ndarray, episode: Episode, config: DDPGConfig
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Q(s_t, mu(s_t)), G_t and the observed share of G_t, for every step: [T] each.

    q: Q(s, mu(s)) at all the episode's observations, [T + 1].
    """
    rewards, gamma = config.reward_scale * episode.rewards, config.gamma
    if episode.terminated:
        return q[:-1], discounted_returns(rewards, gamma, 0.0), np.ones(len(rewards))
    observed = 1 - gamma ** np.arange(len(rewards), 0, -1)
    return q[:-1], discounted_returns(rewards, gamma, q[-1]), observed


def discounted_returns(rewards: np.ndarray, gamma: float, tail: float) -> np.ndarray:
    """G_t = r_t + gamma G_{t+1} for every t, [T], where G_T is `tail`."""
    returns = np.empty(len(rewards))
    for t in reversed(range(len(rewards))):
        returns[t] = tail = rewards[t] + gamma * tail
    return returns


def correlation(x: np.ndarray, y: np.ndarray) -> float:
    """Pearson's correlation of two arrays [n]; NaN if one of them is constant."""
    if np.ptp(x) == 0 or np.ptp(y) == 0:
        return float("nan")
    return float(np.corrcoef(x, y)[0, 1])


def ratio(a: float, b: float) -> float:
    """a / b; NaN for b = 0."""
    return float(a / b) if b else float("nan")
