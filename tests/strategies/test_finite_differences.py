"""Each strategy's gradients against what a gradient is by definition: a quotient of differences."""

import numpy as np
import tensorflow as tf

from ddpg_tf.strategies import get_strategy
from tests.strategies.networks import make_networks, make_observations

STEP = 1e-5
"""The error of a central difference is about STEP^2 * f''' + 1e-16 / STEP, here 1e-10."""


def loss(actor, critic, observations):
    observations = tf.constant(observations)
    actions = actor(observations)
    return -float(tf.reduce_mean(critic([observations, actions])))


def central_differences(actor, critic, observations):
    gradients = []
    for variable in actor.trainable_variables:
        weights = variable.numpy()
        gradient = np.empty_like(weights)
        for index in np.ndindex(weights.shape):
            values = []
            for sign in (+1, -1):
                moved = weights.copy()
                moved[index] += sign * STEP
                variable.assign(moved)
                values.append(loss(actor, critic, observations))
            gradient[index] = (values[0] - values[1]) / (2 * STEP)
        variable.assign(weights)
        gradients.append(gradient)
    return gradients


def test_gradients_are_the_slopes_of_minus_mean_q(name):
    # tanh: at the kink of a ReLU a difference quotient is no derivative.
    actor, critic = make_networks(3, 2, (4,), "tanh", dtype="float64")
    observations = make_observations(5, 3, "float64")
    expected = central_differences(actor, critic, observations)
    scale = max(np.abs(gradient).max() for gradient in expected)
    # target_action forms (a + dQ/da) - a and so rounds dQ/da to the last place of a + dQ/da, an
    # error of 1e-16 * |a| that float64 makes far smaller than the error of the difference
    # quotient: it needs no bound of its own here. In float32 it does: test_numpy_backward.py.
    for gradient, slope in zip(
        get_strategy(name).gradients(actor, critic, observations), expected, strict=True
    ):
        assert gradient.dtype == tf.float64
        np.testing.assert_allclose(gradient, slope, rtol=0, atol=1e-8 * scale)


def test_the_loss_is_minus_mean_q(name):
    actor, critic = make_networks(3, 2, (4,), "tanh", dtype="float64")
    observations = make_observations(5, 3, "float64")
    value, _ = get_strategy(name).loss_and_gradients(actor, critic, observations)
    np.testing.assert_allclose(value, loss(actor, critic, observations), rtol=1e-12)
