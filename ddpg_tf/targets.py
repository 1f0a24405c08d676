"""Bellman targets: what a critic is regressed on."""

import tensorflow as tf


def bellman_targets(rewards, terminated, next_values, gamma) -> tf.Tensor:
    """Return y_i = r_i + gamma (1 - terminated_i) V_i, [B]  (Lillicrap et al. 2015, algorithm 1).

    rewards [B]; next_values [B], the value of the next state, Q'(s', mu'(s')) for DDPG;
    terminated [B], 1 where the task itself ended. An episode that a time limit cut off
    (`truncated`) had a future: its mask is 0. Targets are constants: no gradient flows through.
    """
    alive = 1.0 - tf.cast(terminated, next_values.dtype)
    return tf.stop_gradient(rewards + gamma * alive * next_values)
