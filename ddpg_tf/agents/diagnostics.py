"""What an agent looks like from outside: value errors, dQ/da, actions, gradients.

`measures` looks at one batch of the replay ring, `value_measures` along whole episodes. Both are
pure: nothing in the agent is another after them. `meanings.py` explains each name.
"""

from contextlib import contextmanager

import numpy as np
import tensorflow as tf

from ddpg_tf.agents.ddpg import flat
from ddpg_tf.agents.optimisation import bellman_loss, squared_kernels
from ddpg_tf.agents.targets import bellman_targets
from ddpg_tf.strategies.mean_q import MeanQ
from ddpg_tf.strategies.tensors import connected, weights_of

SATURATED = 0.95
"""Half ranges from the middle beyond which an action counts as saturated: tanh' is 0.0975 there."""

CRITIC_PREFIXES = "", "second_"
"""What the names of measures of the first critic, and of TD3's second, begin with."""


def measures(agent, batch) -> dict[str, float]:
    """Return measures of actions, dQ/da and gradients on one batch, by their names.

    batch: observations [B, obs_dim], actions [B, act_dim], rewards, next_observations, terminated.
    """
    seen = {name: tf.constant(array, tf.float32) for name, array in batch.items()}
    for name in ("observations", "next_observations"):
        seen[name] = tf.constant(agent.seen(batch[name]), tf.float32)
    actions = actions_of(agent, seen["observations"])
    return {
        **action_measures(actions.numpy(), agent.action_low, agent.action_high),
        **action_gradient_measures(agent, seen["observations"], actions),
        "actor_gradient_norm": actor_gradient_norm(agent, seen["observations"]),
        **critic_gradient_norms(agent, seen),
    }


def actions_of(agent, observations) -> tf.Tensor:
    """Return mu(s) within its bounds, as it is played, [B, act_dim], for observations as seen."""
    # not `agent.policy()`: NumPy and TensorFlow by turns fight for the processor's cores
    actions = agent.actor(observations, training=False)
    return tf.clip_by_value(actions, agent.action_low, agent.action_high)


def action_measures(actions, low, high) -> dict[str, float]:
    """Return where actions [B, act_dim] lie in their range; low, high: [act_dim]."""
    y = (np.float64(actions) - (low + high) / 2) / ((high - low) / 2)
    return {
        "action_mean": float(y.mean()),
        "action_std": float(y.std()),
        "action_saturation": float((np.abs(y) > SATURATED).mean()),
        # for y = tanh(x) this is dy/dx, the last factor on dQ/da's way into the actor
        "tanh_slope": float((1 - np.square(y)).mean()),
    }


def action_gradient_measures(agent, observations, actions) -> dict[str, float]:
    """Return measures of dQ/da [B, act_dim] of the first critic, as no transform has changed it."""
    with tf.GradientTape(watch_accessed_variables=False) as tape:
        tape.watch(actions)
        q = agent.value(agent.critic, observations, actions)
    norms = np.linalg.norm(tape.gradient(q, actions).numpy(), axis=1)
    return {"dq_da_norm_mean": float(norms.mean()), "dq_da_norm_max": float(norms.max())}


def actor_gradient_norm(agent, observations) -> float:
    """Return the norm of the gradient of -mean Q with respect to the actor's weights."""
    # the same gradient in every strategy, up to rounding; this one is cheap outside a graph
    strategy = MeanQ(agent.strategy.action_gradient_transform)
    with unchanged(agent.actor):
        gradients = strategy.gradients(
            agent.actor, lambda inputs: agent.value(agent.critic, *inputs), observations
        )
    return float(tf.linalg.global_norm(gradients))


def critic_gradient_norms(agent, batch) -> dict[str, float]:
    """Return the norm of the gradient of each critic's loss with respect to its weights."""
    config, moments = agent.config, agent.return_moments
    next_actions = agent.target_actor(batch["next_observations"], training=False)
    with unchanged(*agent.target_critics):
        next_values = agent.target_values(batch["next_observations"], next_actions)
    # the least of one is DDPG's, of two TD3's
    least = tf.reduce_min(next_values, axis=0)
    rewards = config.reward_scale * batch["rewards"]
    targets = bellman_targets(rewards, batch["terminated"], least, config.gamma)
    targets = targets if moments is None else moments.normalize(targets)
    norms = {}
    for prefix, critic in zip(CRITIC_PREFIXES, agent.critics, strict=False):
        with unchanged(critic), tf.GradientTape() as tape:
            q = flat(critic([batch["observations"], batch["actions"]], training=True))
            loss = bellman_loss(targets - q, config.delta_clip)
            if config.critic_l2:
                loss += config.critic_l2 * squared_kernels([critic])
        weights = weights_of(critic)
        gradients = connected(tape.gradient(loss, weights), weights)
        norms[f"{prefix}critic_gradient_norm"] = float(tf.linalg.global_norm(gradients))
    return norms


@contextmanager
def unchanged(*networks):
    """Put back what a call in training mode changes: batch norm's moments, dropout's state."""
    variables = [v for network in networks for v in network.non_trainable_variables]
    before = [(variable, variable.numpy()) for variable in variables]
    try:
        yield
    finally:
        for variable, value in before:
            variable.assign(value)


def value_measures(agent, episodes) -> dict[str, float]:
    """Compare Q(s, mu(s)) with what came of it, along `evaluation.Episode`s of mu.

    An episode that a time limit cut off had a future, which nobody saw. There the critic's own
    Q(s_T, mu(s_T)) continues the return, as it does in the critic's targets:

        G_t  =  r_t + gamma r_{t+1} + ... + gamma^{T-t} Q(s_T, mu(s_T))        (0 if terminated)

    So a share gamma^{T-t} of Q judges itself: were it too high by b everywhere, Q - G would be
    b (1 - gamma^{T-t}). Therefore the bias is the mean of Q - G divided by the mean of that factor,
    the share that was seen, which is 1 where the task terminated.
    """
    rows = np.concatenate([episode.observations for episode in episodes])
    ends = np.cumsum([len(episode.observations) for episode in episodes])[:-1]
    observations = tf.constant(agent.seen(rows), tf.float32)
    actions = actions_of(agent, observations)
    measured = {}
    for prefix, critic in zip(CRITIC_PREFIXES, agent.critics, strict=False):
        values = agent.value(critic, observations, actions).numpy().astype(np.float64)
        pairs = zip(np.split(values, ends), episodes, strict=True)
        judged = [judged_values(q, episode, agent.config) for q, episode in pairs]
        q, returns, seen = map(np.concatenate, zip(*judged, strict=True))
        measured |= {
            f"{prefix}policy_q": float(q.mean()),
            f"{prefix}monte_carlo_return": float(returns.mean()),
            f"{prefix}q_bias": ratio((q - returns).mean(), seen.mean()),
            f"{prefix}q_correlation": correlation(q, returns),
        }
    return measured


def judged_values(q, episode, config) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return Q(s_t, mu(s_t)), G_t and the share of G_t that was seen, for every step: [T] each.

    q: Q(s, mu(s)) at all the episode's observations, [T + 1].
    """
    rewards, gamma = config.reward_scale * episode.rewards, config.gamma
    if episode.terminated:
        return q[:-1], discounted_returns(rewards, gamma, 0.0), np.ones(len(rewards))
    seen = 1 - gamma ** np.arange(len(rewards), 0, -1)
    return q[:-1], discounted_returns(rewards, gamma, q[-1]), seen


def discounted_returns(rewards, gamma: float, tail: float) -> np.ndarray:
    """Return G_t = r_t + gamma G_{t+1} for every t, [T], where G_T is `tail`."""
    returns = np.empty(len(rewards))
    for t in reversed(range(len(rewards))):
        returns[t] = tail = rewards[t] + gamma * tail
    return returns


def correlation(x, y) -> float:
    """Return Pearson's correlation of two arrays [n]; NaN if one of them is constant."""
    if np.ptp(x) == 0 or np.ptp(y) == 0:
        return float("nan")
    return float(np.corrcoef(x, y)[0, 1])


def ratio(a, b) -> float:
    """Return a / b; NaN for b = 0."""
    return float(a / b) if b else float("nan")
