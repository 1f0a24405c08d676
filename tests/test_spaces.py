import gymnasium as gym
import numpy as np
import pytest
from gymnasium.spaces import Box, Dict, Discrete, MultiDiscrete

from ddpg_tf.environments.spaces import action_bounds, observation_size
from tests.errors import refused


def test_the_size_of_vectors():
    assert observation_size(Box(-np.inf, np.inf, (17,))) == 17
    assert observation_size(gym.make("Pendulum-v1").observation_space) == 3


@pytest.mark.parametrize(
    "space",
    [
        Discrete(4),
        Dict(position=Box(-1, 1, (2,)), goal=Box(-1, 1, (2,))),
        Box(0, 255, (84, 84, 3), np.uint8),
        Box(-1, 1, ()),
        Box(-1, 1, (0,)),
    ],
    ids=["discrete", "dict", "image", "scalar", "empty"],
)
def test_observations_that_are_no_vectors(space):
    with refused(TypeError, "observations"):
        observation_size(space)


def test_an_image_or_a_dict_is_told_of_flattening():
    with refused(TypeError, "FlattenObservation"):
        observation_size(Box(0, 255, (84, 84, 3), np.uint8))


def test_bounds_are_the_space_s_own():
    low, high = action_bounds(Box(np.float32([-1, 0.5]), np.float32([3, 0.75])))
    np.testing.assert_array_equal(low, [-1, 0.5])
    np.testing.assert_array_equal(high, [3, 0.75])
    assert low.dtype == high.dtype == np.float32


@pytest.mark.parametrize(
    "space",
    [Discrete(2), MultiDiscrete([2, 3]), Box(-1, 1, (2, 2)), Box(-1, 1, ()), Box(-1, 1, (0,))],
    ids=["discrete", "multidiscrete", "matrix", "scalar", "empty"],
)
def test_actions_that_are_no_continuous_vectors(space):
    with refused(TypeError, "actions"):
        action_bounds(space)


def nan_bounded():
    space = Box(-1, 1, (2,))
    space.low = np.float32([-1, np.nan])  # the constructor itself may refuse it
    return space


@pytest.mark.parametrize(
    "space",
    [Box(-np.inf, np.inf, (2,)), Box(np.float32([-1, -1]), np.float32([1, np.inf])), nan_bounded()],
    ids=["unbounded", "half bounded", "nan"],
)
def test_actions_without_finite_bounds(space):
    with refused(ValueError, "action", "bounds", "BoundedActions"):
        action_bounds(space)


def crossed():
    space = Box(-1, 1, (2,))
    space.low, space.high = np.float32([-1, 2]), np.float32([1, 1])
    return space


@pytest.mark.parametrize(
    "space", [Box(np.float32([-1, 1]), np.float32([1, 1])), crossed()], ids=["equal", "crossed"]
)
def test_lower_bounds_that_are_not_lower(space):
    with refused(ValueError, "action"):
        action_bounds(space)


def test_float64_bounds_are_not_widened():
    # float32(0.1) is more than 0.1: an action at that bound would be outside the space
    space = Box(np.float64([-0.1]), np.float64([0.1]), dtype=np.float64)
    low, high = action_bounds(space)
    assert np.float64(low) >= space.low and np.float64(high) <= space.high
    np.testing.assert_allclose([low, high], [[-0.1], [0.1]], rtol=2e-7)
