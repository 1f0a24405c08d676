"""What is done to dQ/da on its way to the actor, and that all strategies honour it equally."""

from functools import cache
from itertools import product

import numpy as np
import pytest
import tensorflow as tf
from hypothesis import given
from hypothesis import strategies as st

from ddpg_tf.strategies import STRATEGIES, get_strategy
from ddpg_tf.strategies.transforms import clip_by_norm, clip_by_value, inverting_gradients
from tests import oracles
from tests.sizes import small_version
from tests.strategies.bits import BIT_EQUAL, MODES, in_mode, same_bits
from tests.strategies.networks import (
    make_networks,
    make_observations,
    oracle_layers,
    randomize,
)

LOW, HIGH = np.array([-0.5, -2.0]), np.array([0.5, 1.0])


def numpy_clip_by_norm(dq_da, actions):
    norms = np.sqrt((dq_da**2).sum(axis=1, keepdims=True))
    return dq_da * np.minimum(1.0, 0.2 / norms)


def numpy_inverting_gradients(dq_da, actions):
    upwards = (HIGH - actions) / (HIGH - LOW)
    downwards = (actions - LOW) / (HIGH - LOW)
    return dq_da * np.where(dq_da > 0, upwards, downwards)


# Each with its oracle. The limits lie within the range of dQ/da here, so that both sides occur.
TRANSFORMS = {
    "clip_by_value": (clip_by_value(0.1), lambda dq_da, actions: np.clip(dq_da, -0.1, 0.1)),
    "clip_by_norm": (clip_by_norm(0.2), numpy_clip_by_norm),
    "inverting_gradients": (inverting_gradients(LOW, HIGH), numpy_inverting_gradients),
}


@cache
def small_networks():
    return make_networks(widths=(8,), activation="tanh", dtype="float64")


def assert_all_match(found, observations, numpy_transform):
    """(loss, gradients) of each strategy, by its name, against the oracle."""
    loss, expected = oracles.policy_gradient(
        *map(oracle_layers, small_networks()), observations, numpy_transform
    )
    for name, (value, gradients) in found.items():
        np.testing.assert_allclose(value, loss, rtol=1e-12)
        for gradient, target in zip(gradients, expected, strict=True):
            np.testing.assert_allclose(gradient, target, rtol=0, atol=1e-13, err_msg=name)


@pytest.mark.parametrize("transform", TRANSFORMS)
def test_every_strategy_honours_the_transform(transform):
    ours, by_hand = TRANSFORMS[transform]
    observations = make_observations(7, dtype="float64")
    found = {
        name: get_strategy(name, action_gradient_transform=ours).loss_and_gradients(
            *small_networks(), observations
        )
        for name in STRATEGIES
    }
    assert_all_match(found, observations, by_hand)


def squashed(tanh, scale, slope, offset):
    return lambda dq_da, actions: scale * tanh(slope * dq_da) + offset * actions


@cache
def traced(name):
    """A strategy with `squashed`, traced once for all batches and all numbers."""

    @tf.function(autograph=False)
    def loss_and_gradients(observations, numbers):
        transform = squashed(tf.tanh, *tf.unstack(numbers))
        strategy = get_strategy(name, action_gradient_transform=transform)
        return strategy.loss_and_gradients(*small_networks(), observations)

    spec = tf.TensorSpec([None, 5], tf.float64), tf.TensorSpec([3], tf.float64)
    return loss_and_gradients.get_concrete_function(*spec)


@given(
    scale=st.floats(-2, 2),
    slope=st.floats(0, 3),
    offset=st.floats(-1, 1),
    batch_size=st.integers(1, 9),
    seed=st.integers(0, 99),
)
def test_every_strategy_honours_any_function_of_both_arguments(
    scale, slope, offset, batch_size, seed
):
    for network in small_networks():
        randomize(network, seed)
    observations = make_observations(batch_size, dtype="float64", seed=seed)
    numbers = tf.constant([scale, slope, offset], tf.float64)
    found = {name: traced(name)(tf.constant(observations), numbers) for name in STRATEGIES}
    assert_all_match(found, observations, squashed(np.tanh, scale, slope, offset))


@pytest.mark.parametrize(("transform", "mode"), small_version(product(TRANSFORMS, MODES), 4))
def test_transformed_gradients_have_the_same_bits(transform, mode):
    actor, critic = make_networks(widths=(16,))
    observations = tf.constant(make_observations(64))

    def gradients(name, transform, mode=mode):
        strategy = get_strategy(name, action_gradient_transform=transform)
        run = in_mode(mode, lambda states: strategy.gradients(actor, critic, states))
        return [gradient.numpy() for gradient in run(observations)]

    expected = gradients("mean_q", TRANSFORMS[transform][0])
    assert not np.allclose(expected[0], gradients("mean_q", None, "eager")[0])
    for name in BIT_EQUAL:
        assert same_bits(gradients(name, TRANSFORMS[transform][0]), expected), name


def test_clip_by_value_by_hand():
    dq_da = tf.constant([[3.0, -4.0], [0.5, -0.25]])
    np.testing.assert_array_equal(clip_by_value(1.0)(dq_da, None), [[1.0, -1.0], [0.5, -0.25]])


def test_clip_by_norm_by_hand():
    dq_da = tf.constant([[3.0, -4.0], [0.3, -0.4], [0.0, 0.0]])
    # Rows of norm 5, 0.5 and 0: only the first is longer than 1.
    expected = [[0.6, -0.8], [0.3, -0.4], [0.0, 0.0]]
    np.testing.assert_allclose(clip_by_norm(1.0)(dq_da, None), expected, rtol=1e-6)


@pytest.mark.parametrize(
    ("action", "dq_da", "expected"),
    [
        (1.0, 8.0, 4.0),  # half way between -1 and 3: half of it either way
        (1.0, -8.0, -4.0),
        (2.0, 8.0, 2.0),  # a quarter of the room is left above, three below
        (2.0, -8.0, -6.0),
        (3.0, 8.0, 0.0),  # at the bound: not outwards, but freely inwards
        (3.0, -8.0, -8.0),
        (-1.0, -8.0, 0.0),
        (5.0, 8.0, -4.0),  # beyond it: pulled back
        (-2.0, -8.0, 2.0),
    ],
)
def test_inverting_gradients_by_hand(action, dq_da, expected):
    transform = inverting_gradients([-1.0], [3.0])
    assert transform(tf.constant([[dq_da]]), tf.constant([[action]])).numpy() == [[expected]]
