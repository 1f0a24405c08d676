import gymnasium as gym
import numpy as np
from gymnasium.spaces import Box

from ddpg_tf.environments.spaces import action_bounds, observation_size


def test_the_size_of_vectors():
    assert observation_size(Box(-np.inf, np.inf, (17,))) == 17
    assert observation_size(gym.make("Pendulum-v1").observation_space) == 3


def test_bounds_are_the_space_s_own():
    low, high = action_bounds(Box(np.float32([-1, 0.5]), np.float32([3, 0.75])))
    np.testing.assert_array_equal(low, [-1, 0.5])
    np.testing.assert_array_equal(high, [3, 0.75])
    assert low.dtype == high.dtype == np.float32


def test_float64_bounds_are_not_widened():
    # float32(0.1) is more than 0.1: an action at that bound would be outside the space
    space = Box(np.float64([-0.1]), np.float64([0.1]), dtype=np.float64)
    low, high = action_bounds(space)
    assert np.float64(low) >= space.low and np.float64(high) <= space.high
    np.testing.assert_allclose([low, high], [[-0.1], [0.1]], rtol=2e-7)
