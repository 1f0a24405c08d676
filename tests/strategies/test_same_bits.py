"""Which strategies give the same bits, at which batch sizes, in which execution modes.

A power of two commutes exactly with rounding, so where 1/N enters the backward pass does not
matter when N is one. Otherwise the last places differ.
"""

from functools import cache

import keras
import numpy as np
import pytest
import tensorflow as tf

from ddpg_tf.strategies import get_strategy
from tests.sizes import small_version
from tests.strategies.bits import (
    BIT_EQUAL,
    MODES,
    in_mode,
    largest,
    largest_difference,
    same_bits,
)
from tests.strategies.networks import make_networks, make_observations


@cache
def gradients_function(mode, name, **network):
    """A strategy in a mode, as a function of observations, for always the same two networks."""
    actor, critic = make_networks(**network)
    return in_mode(mode, lambda states: get_strategy(name).gradients(actor, critic, states))


@cache
def gradients(mode, name, n):
    """For a batch of n, with the numbers of components that HalfCheetah has."""
    run = gradients_function(mode, name, obs_size=17, act_size=6)
    return [gradient.numpy() for gradient in run(make_observations(n, 17))]


@pytest.mark.parametrize("mode", MODES)
def test_powers_of_two_give_the_same_bits(mode):
    # XLA compiles anew for each size
    for n in small_version((64, 1, 2, 8, 256), 2 if mode == "xla" else 5):
        expected = gradients(mode, "mean_q", n)
        assert largest(expected) > 0
        for name in BIT_EQUAL:
            assert same_bits(gradients(mode, name, n), expected), (name, n)


@pytest.mark.parametrize("mode", MODES)
def test_other_batch_sizes_agree_within_a_bound(mode):
    for n in small_version((100, 3), 1 if mode == "xla" else 2):
        expected = gradients(mode, "mean_q", n)
        for name in BIT_EQUAL:
            difference = largest_difference(gradients(mode, name, n), expected)
            assert difference <= 1e-6 * largest(expected), (name, n)


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("name", ["target_action", "jacobian"])
def test_the_other_two_agree_within_a_bound(name, mode):
    for n in small_version((100, 64), 1 if mode == "xla" else 2):
        expected = gradients(mode, "mean_q", n)
        difference = largest_difference(gradients(mode, name, n), expected)
        assert difference <= 1e-6 * largest(expected)


def test_at_one_hundred_the_bits_differ():
    """So that the comparison of bits is known to be able to fail."""
    found = [gradients("eager", name, 100) for name in ("mean_q", "output_gradients")]
    assert not same_bits(*found)


@pytest.mark.tensorflow_internals
def test_a_tape_and_tf_gradients_add_up_in_different_orders():
    """Why get_updates differs at normalised layers where no graph optimiser reorders the sum."""
    actor, critic = make_networks(normalization=keras.layers.LayerNormalization)

    def summands(gradients_of):
        graph = tf.function(gradients_of).get_concrete_function(tf.TensorSpec((64, 5))).graph
        sums = [op for op in graph.get_operations() if op.type == "AddN"]
        return [[term.op.type for term in op.inputs] for op in sums if len(op.inputs) > 2]

    def by_tape(states):
        return get_strategy("mean_q").gradients(actor, critic, states)

    def by_symbols(states):
        loss = -tf.reduce_mean(critic([states, actor(states, training=True)]))
        return tf.gradients(loss, [weight.value for weight in actor.trainable_variables])

    tape, symbols = summands(by_tape), summands(by_symbols)
    assert tape and [sorted(terms) for terms in tape] == [sorted(terms) for terms in symbols]
    assert tape != symbols


@pytest.mark.parametrize(
    "normalization", [keras.layers.LayerNormalization, keras.layers.BatchNormalization]
)
def test_normalized_networks_give_the_same_bits_in_a_graph(normalization):
    network, states = {"normalization": normalization, "widths": (32,)}, make_observations(64)
    expected = gradients_function("graph", "mean_q", **network)(states)
    assert np.all([np.isfinite(gradient).all() for gradient in expected])
    for name in BIT_EQUAL:
        assert same_bits(gradients_function("graph", name, **network)(states), expected), name
