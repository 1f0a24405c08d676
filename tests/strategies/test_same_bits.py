"""Which strategies give the same bits, at which batch sizes, in which execution modes.

A power of two commutes exactly with rounding, so where 1/N enters the backward pass does not
matter when N is one. Otherwise the last places differ.
"""

import keras
import numpy as np
import pytest
import tensorflow as tf

from ddpg_tf.strategies import get_strategy
from tests.strategies.bits import (
    BIT_EQUAL,
    MODES,
    in_mode,
    largest,
    largest_difference,
    same_bits,
)
from tests.strategies.networks import make_networks, make_observations


def gradients_by_name(mode, names, batch_sizes, **network):
    """Return {(name, N): gradients} for the same two networks."""
    actor, critic = make_networks(**network)
    found = {}
    for name in names:
        strategy = get_strategy(name)

        def compute(observations, strategy=strategy):
            return strategy.gradients(actor, critic, observations)

        run = in_mode(mode, compute)
        for n in batch_sizes:
            found[name, n] = [g.numpy() for g in run(make_observations(n, actor.input_shape[1]))]
    return found


@pytest.mark.parametrize("mode", MODES)
def test_powers_of_two_give_the_same_bits(mode):
    sizes = (1, 2, 8, 64, 256)
    found = gradients_by_name(mode, ("mean_q", *BIT_EQUAL), sizes, obs_size=17, act_size=6)
    for n in sizes:
        assert largest(found["mean_q", n]) > 0
        for name in BIT_EQUAL:
            assert same_bits(found[name, n], found["mean_q", n]), (name, n)


@pytest.mark.parametrize("mode", MODES)
def test_other_batch_sizes_agree_within_a_bound(mode):
    sizes = (3, 100)
    found = gradients_by_name(mode, ("mean_q", *BIT_EQUAL), sizes, obs_size=17, act_size=6)
    for n in sizes:
        for name in BIT_EQUAL:
            difference = largest_difference(found[name, n], found["mean_q", n])
            assert difference <= 1e-6 * largest(found["mean_q", n]), (name, n)


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("name", ["target_action", "jacobian"])
def test_the_other_two_agree_within_a_bound(name, mode):
    sizes = (64, 100)
    found = gradients_by_name(mode, ("mean_q", name), sizes, obs_size=17, act_size=6)
    for n in sizes:
        difference = largest_difference(found[name, n], found["mean_q", n])
        assert difference <= 1e-6 * largest(found["mean_q", n])


def test_at_one_hundred_the_bits_differ():
    """So that the comparison of bits is known to be able to fail."""
    found = gradients_by_name("eager", ("mean_q", "output_gradients"), (100,))
    assert not same_bits(found["output_gradients", 100], found["mean_q", 100])


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
    found = gradients_by_name(
        "graph", ("mean_q", *BIT_EQUAL), (64,), normalization=normalization, widths=(32, 32)
    )
    assert np.all([np.isfinite(g).all() for g in found["mean_q", 64]])
    for name in BIT_EQUAL:
        assert same_bits(found[name, 64], found["mean_q", 64]), name
