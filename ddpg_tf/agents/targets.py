"""Bellman targets: what a critic is regressed on, four algorithms side by side.

    y  =  r + gamma (1 - terminated) V(s')

is common to all. They differ in one thing, the value of the next state that they use for V(s'):

    DQN          max_a Q'(s', a)               the best value of the target network
    Double DQN   Q'(s', argmax_a Q(s', a))     the online network chooses, the target network judges
    DDPG         Q'(s', mu'(s'))               no maximum can be looked up: the target actor chooses
    TD3          min_k Q'_k(s', mu'(s') + e)   two target critics judge, the lower one counts

Everything here is a function of values, not of networks. Shapes: rewards [B]; terminated [B], 1
where the task itself ended; one value per action [B, actions], or of one action each [B].
"""

import tensorflow as tf


def bellman_targets(
    rewards: tf.Tensor,
    terminated: tf.Tensor,
    next_values: tf.Tensor,
    gamma: tf.Tensor | float,
) -> tf.Tensor:
    """y_i = r_i + gamma (1 - terminated_i) V_i, [B]  (Lillicrap et al. 2015, algorithm 1).

    rewards [B]; next_values [B], the value of the next state, Q'(s', mu'(s')) for DDPG;
    terminated [B], 1 where the task itself ended. An episode that a time limit cut off
    (`truncated`) had a future: its mask is 0. gamma: one number, or [B] where transitions span
    several steps (n-step returns): gamma^m. Targets are constants: no gradient flows through.
    Raises ValueError if the values are [B, 1]: with rewards [B] they would make targets [B, B].
    """
    next_values = tf.convert_to_tensor(next_values)
    rewards = tf.cast(rewards, next_values.dtype)
    if rewards.shape.rank != next_values.shape.rank:
        raise ValueError(
            f"rewards and values of the next states must be [B] both; got {rewards.shape} and "
            f"{next_values.shape}. Flatten what a critic returns as [B, 1]"
        )
    if not isinstance(gamma, float):  # tf.cast would round a plain number to float32 on the way
        gamma = tf.cast(gamma, next_values.dtype)
    alive = 1.0 - tf.cast(terminated, next_values.dtype)
    return tf.stop_gradient(rewards + gamma * alive * next_values)


def dqn_targets(
    rewards: tf.Tensor, terminated: tf.Tensor, next_target_q: tf.Tensor, gamma: float
) -> tf.Tensor:
    """y_i = r_i + gamma max_a Q'(s'_i, a), [B]  (Mnih et al. 2015, algorithm 1).

    next_target_q: Q'(s', .) of the target network, [B, actions]. One network both chooses the
    action and judges it, so that its errors do not cancel: the maximum of noisy values is too high.
    """
    return bellman_targets(rewards, terminated, tf.reduce_max(next_target_q, axis=-1), gamma)


def double_dqn_targets(
    rewards: tf.Tensor,
    terminated: tf.Tensor,
    next_q: tf.Tensor,
    next_target_q: tf.Tensor,
    gamma: float,
) -> tf.Tensor:
    """y_i = r_i + gamma Q'(s'_i, argmax_a Q(s'_i, a)), [B]  (van Hasselt et al. 2016).

    next_q: Q(s', .) of the online network, which chooses; next_target_q: Q'(s', .) of the target
    network, which judges; both [B, actions].
    """
    return bellman_targets(rewards, terminated, value_of_best(next_q, next_target_q), gamma)


def ddpg_targets(
    rewards: tf.Tensor, terminated: tf.Tensor, next_target_q: tf.Tensor, gamma: tf.Tensor | float
) -> tf.Tensor:
    """y_i = r_i + gamma Q'(s'_i, mu'(s'_i)), [B]  (Lillicrap et al. 2015, algorithm 1).

    next_target_q: the target critic's value of the target actor's action, [B].
    """
    return bellman_targets(rewards, terminated, next_target_q, gamma)


def td3_targets(
    rewards: tf.Tensor,
    terminated: tf.Tensor,
    next_target_q1: tf.Tensor,
    next_target_q2: tf.Tensor,
    gamma: tf.Tensor | float,
) -> tf.Tensor:
    """y_i = r_i + gamma min(Q'_1(s'_i, a'_i), Q'_2(s'_i, a'_i)), [B].

    Fujimoto et al. 2018, algorithm 1. next_target_q1, next_target_q2: the two target critics'
    values, [B], of the same actions, which `smoothed_actions` gives.
    """
    return bellman_targets(rewards, terminated, tf.minimum(next_target_q1, next_target_q2), gamma)


def value_of_best(chooser: tf.Tensor, judge: tf.Tensor) -> tf.Tensor:
    """judge[i, argmax_a chooser[i, a]], [B]; both [B, actions]."""
    return tf.gather(judge, tf.argmax(chooser, axis=-1), axis=-1, batch_dims=1)


def smoothed_actions(
    actions: tf.Tensor, noise: tf.Tensor, clip: float, low: tf.Tensor, high: tf.Tensor
) -> tf.Tensor:
    """a' = clip(mu'(s') + h clip(e, -c, c), low, high), [B, act_dim].

    Fujimoto et al. 2018, algorithm 1. Target policy smoothing judges an action by its
    neighbourhood, so that a narrow peak of Q' earns nothing. actions: mu'(s'), [B, act_dim], in the
    environment's units. noise: e, [B, act_dim], already scaled; it and its limit c (`clip`) are in
    half ranges h = (high - low) / 2 of the action space. low, high: its bounds, [act_dim].
    """
    low, high = tf.cast(low, actions.dtype), tf.cast(high, actions.dtype)
    half_range = (high - low) / 2
    return tf.clip_by_value(actions + half_range * tf.clip_by_value(noise, -clip, clip), low, high)
