import math

import numpy as np
import pytest
import tensorflow as tf
from hypothesis import given
from hypothesis import strategies as st

from ddpg_tf.agents.targets import (
    bellman_targets,
    ddpg_targets,
    double_dqn_targets,
    dqn_targets,
    smoothed_actions,
    td3_targets,
)
from tests.errors import refused

REWARDS = tf.constant([1.0, 2.0, -3.0])
TERMINATED = tf.constant([0.0, 1.0, 0.0])
Q = tf.constant([[5.0, 1.0, 0.0], [9.0, 9.0, 9.0], [-1.0, -2.0, -0.5]])
TARGET_Q = tf.constant([[4.0, 8.0, 6.0], [7.0, 7.0, 7.0], [-6.0, -2.0, -4.0]])
"""What an online and a target network may say of three actions in each of three next states."""


def test_by_hand():
    # 1 + 0.5 * 10;  2, as the task ended;  -3 + 0.5 * -4
    y = bellman_targets(REWARDS, TERMINATED, tf.constant([10.0, 10.0, -4.0]), 0.5)
    np.testing.assert_array_equal(y, [6.0, 2.0, -5.0])


def test_dqn_by_hand():
    # the target network's best: 8 and -2
    y = dqn_targets(REWARDS, TERMINATED, TARGET_Q, 0.5)
    np.testing.assert_array_equal(y, [5.0, 2.0, -4.0])


def test_double_dqn_by_hand():
    # the online network prefers action 0 and action 2; the target network says 4 and -4 of them
    y = double_dqn_targets(REWARDS, TERMINATED, Q, TARGET_Q, 0.5)
    np.testing.assert_array_equal(y, [3.0, 2.0, -5.0])


def test_ddpg_by_hand():
    y = ddpg_targets(REWARDS, TERMINATED, tf.constant([10.0, 10.0, -4.0]), 0.5)
    np.testing.assert_array_equal(y, [6.0, 2.0, -5.0])


def test_td3_by_hand():
    # the lower of each pair: 4 and -6
    first, second = tf.constant([4.0, 0.0, 2.0]), tf.constant([8.0, 0.0, -6.0])
    for pair in ((first, second), (second, first)):
        y = td3_targets(REWARDS, TERMINATED, *pair, 0.5)
        np.testing.assert_array_equal(y, [3.0, 2.0, -6.0])


def test_all_agree_where_there_is_nothing_to_choose():
    one_action = TARGET_Q[:, :1]
    value = one_action[:, 0]
    expected = bellman_targets(REWARDS, TERMINATED, value, 0.9)
    for y in (
        dqn_targets(REWARDS, TERMINATED, one_action, 0.9),
        double_dqn_targets(REWARDS, TERMINATED, Q[:, :1], one_action, 0.9),
        ddpg_targets(REWARDS, TERMINATED, value, 0.9),
        td3_targets(REWARDS, TERMINATED, value, value, 0.9),
    ):
        np.testing.assert_array_equal(y, expected)


def test_double_dqn_is_dqn_when_both_networks_are_one():
    double = double_dqn_targets(REWARDS, TERMINATED, TARGET_Q, TARGET_Q, 0.9)
    np.testing.assert_array_equal(double, dqn_targets(REWARDS, TERMINATED, TARGET_Q, 0.9))


def test_overestimation_and_what_cures_it():
    """Ten actions, all worth 0, seen by two networks with independent errors of deviation 1."""
    n = 200_000
    generator = np.random.default_rng(0)
    q, target_q = tf.constant(generator.normal(size=(2, n, 10)))
    rewards = terminated = tf.zeros(n, tf.float64)
    error = 5 / math.sqrt(n)

    # the expected maximum of ten standard normal numbers, by its integral
    x = np.linspace(-8, 8, 100_001)
    cumulative = (1 + np.vectorize(math.erf)(x / math.sqrt(2))) / 2
    density = np.exp(-(x**2) / 2) / math.sqrt(2 * math.pi)
    expected_maximum = (x * 10 * cumulative**9 * density).sum() * (x[1] - x[0])
    assert expected_maximum > 1.5

    dqn = tf.reduce_mean(dqn_targets(rewards, terminated, target_q, 1.0))
    double = tf.reduce_mean(double_dqn_targets(rewards, terminated, q, target_q, 1.0))
    ddpg = tf.reduce_mean(ddpg_targets(rewards, terminated, target_q[:, 0], 1.0))
    td3 = tf.reduce_mean(td3_targets(rewards, terminated, q[:, 0], target_q[:, 0], 1.0))
    assert abs(dqn - expected_maximum) < error
    assert abs(double) < error
    assert abs(ddpg) < error  # of a fixed action; an actor that climbs Q' reintroduces the maximum
    assert abs(td3 + 1 / math.sqrt(math.pi)) < error  # the expected lower one of two


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


def test_a_critic_s_column_would_make_targets_of_every_pair():
    column = tf.ones((3, 1))
    for targets in (
        lambda: bellman_targets(REWARDS, TERMINATED, column, 0.9),
        lambda: ddpg_targets(REWARDS, TERMINATED, column, 0.9),
        lambda: td3_targets(REWARDS, TERMINATED, column, column, 0.9),
    ):
        with refused(ValueError, "(3,)", "(3, 1)"):
            targets()


ALL_TARGETS = {
    "bellman": lambda r, q, late: bellman_targets(r, tf.zeros(2), q[:, 0], 0.9),
    "dqn": lambda r, q, late: dqn_targets(r, tf.zeros(2), late, 0.9),
    "double_dqn": lambda r, q, late: double_dqn_targets(r, tf.zeros(2), q, late, 0.9),
    "ddpg": lambda r, q, late: ddpg_targets(r, tf.zeros(2), late[:, 0], 0.9),
    "td3": lambda r, q, late: td3_targets(r, tf.zeros(2), q[:, 0], late[:, 0], 0.9),
}


@pytest.mark.parametrize("name", ALL_TARGETS)
def test_no_gradient_flows_through(name):
    inputs = [tf.constant([1.0, 2.0]), tf.ones((2, 3)), tf.ones((2, 3))]
    with tf.GradientTape() as tape:
        tape.watch(inputs)
        y = ALL_TARGETS[name](*inputs)
    assert tape.gradient(y, inputs) == [None, None, None]


@pytest.mark.parametrize("name", ALL_TARGETS)
def test_compiled_is_the_same(name):
    generator = np.random.default_rng(0)
    inputs = [tf.constant(generator.normal(size=s), tf.float32) for s in (2, (2, 3), (2, 3))]
    eager = ALL_TARGETS[name](*inputs)
    for jit_compile in (False, True):
        compiled = tf.function(ALL_TARGETS[name], jit_compile=jit_compile)(*inputs)
        np.testing.assert_allclose(compiled, eager, rtol=1e-6)


LOW, HIGH = np.float32([-1.0, 0.0]), np.float32([1.0, 8.0])  # half ranges 1 and 4


def test_smoothed_actions_by_hand():
    actions = tf.constant([[0.0, 4.0], [0.9, 1.0], [0.0, 4.0]])
    noise = tf.constant([[0.25, -0.25], [0.25, -0.5], [2.0, -2.0]])
    smoothed = smoothed_actions(actions, noise, 0.5, LOW, HIGH)
    # noise times half range; then bounds; then noise cut off at half a half range
    np.testing.assert_array_equal(smoothed, [[0.25, 3.0], [1.0, 0.0], [0.5, 2.0]])


@given(seed=st.integers(0, 1000), sigma=st.floats(0, 3), clip=st.floats(0, 1))
def test_smoothed_actions_stay_in_bounds_and_near(seed, sigma, clip):
    generator = np.random.default_rng(seed)
    actions = generator.uniform(LOW, HIGH, (20, 2)).astype(np.float32)
    noise = (sigma * generator.normal(size=(20, 2))).astype(np.float32)
    smoothed = smoothed_actions(tf.constant(actions), tf.constant(noise), clip, LOW, HIGH).numpy()
    assert smoothed.dtype == np.float32
    assert (smoothed >= LOW).all() and (smoothed <= HIGH).all()
    assert (np.abs(smoothed - actions) <= clip * (HIGH - LOW) / 2 + 1e-5).all()
    half_range = (HIGH - LOW) / 2
    expected = np.clip(actions + half_range * np.clip(noise, -clip, clip), LOW, HIGH)
    np.testing.assert_allclose(smoothed, expected, atol=1e-6)
