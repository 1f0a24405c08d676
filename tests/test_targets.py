import numpy as np
import tensorflow as tf

from ddpg_tf.targets import bellman_targets


def test_by_hand():
    # 1 + 0.5 * 10;  2, as the task ended;  -3 + 0.5 * -4
    y = bellman_targets(
        tf.constant([1.0, 2.0, -3.0]),
        tf.constant([0.0, 1.0, 0.0]),
        tf.constant([10.0, 10.0, -4.0]),
        0.5,
    )
    np.testing.assert_array_equal(y, [6.0, 2.0, -5.0])


def test_terminated_may_be_boolean_and_values_float64():
    y = bellman_targets(
        tf.constant([1.0, 1.0], tf.float64),
        tf.constant([True, False]),
        tf.constant([7.0, 7.0], tf.float64),
        0.1,
    )
    assert y.dtype == tf.float64
    np.testing.assert_allclose(y, [1.0, 1.7], rtol=1e-15)


def test_gamma_zero_leaves_the_reward():
    y = bellman_targets(tf.constant([3.0]), tf.constant([0.0]), tf.constant([1e6]), 0.0)
    np.testing.assert_array_equal(y, [3.0])


def test_no_gradient_flows_through():
    rewards, values = tf.constant([1.0, 2.0]), tf.constant([3.0, 4.0])
    with tf.GradientTape() as tape:
        tape.watch([rewards, values])
        y = bellman_targets(rewards, tf.zeros(2), values, 0.9)
    assert tape.gradient(y, [rewards, values]) == [None, None]
