"""Same gradients, same weights: after one optimiser step and after two hundred, to the bit."""

import keras
import pytest
import tensorflow as tf

from ddpg_tf.strategies import get_strategy
from tests.sizes import small_version
from tests.strategies.bits import BIT_EQUAL, in_mode, largest_difference, same_bits
from tests.strategies.networks import copy_of, make_networks, make_observations

OPTIMIZERS = {
    "adam": lambda: keras.optimizers.Adam(1e-3),
    "momentum": lambda: keras.optimizers.SGD(1e-3, momentum=0.9),
    "rmsprop": lambda: keras.optimizers.RMSprop(1e-3),
}


def weights_after(name, mode, make_optimizer, counts):
    """Return the actor's weights when so many more steps, each on a new batch, were taken."""
    actor, critic = make_networks(3, 1, (32,))
    optimizer, strategy = make_optimizer(), get_strategy(name)
    optimizer.build(actor.trainable_variables)

    def learn(batches, start, stop):
        for i in tf.range(start, stop):
            strategy.update(actor, critic, optimizer, batches[i])

    run, found, done = in_mode(mode, learn), [], 0
    batches = tf.constant(make_observations(64 * sum(counts), 3).reshape(sum(counts), 64, 3))
    for count in counts:
        run(batches, tf.constant(done), tf.constant(done + count))
        done += count
        found.append(actor.get_weights())
    assert optimizer.iterations == sum(counts)
    return found


@pytest.mark.parametrize("mode", ["graph", "xla"])
@pytest.mark.parametrize("optimizer", small_version(OPTIMIZERS, 1))
def test_two_hundred_steps_leave_the_same_bits(optimizer, mode):
    before = make_networks(3, 1, (32,))[0].get_weights()
    expected = weights_after("mean_q", mode, OPTIMIZERS[optimizer], (1, 199))
    assert largest_difference(before, expected[0]) > 0
    assert largest_difference(*expected) > 1e-4  # it went on learning
    # XLA compiles two seconds for each
    for name in small_version(BIT_EQUAL, 1) if mode == "xla" else BIT_EQUAL:
        found = weights_after(name, mode, OPTIMIZERS[optimizer], (1, 199))
        assert same_bits(found[0], expected[0]), name
        assert same_bits(found[1], expected[1]), name


@pytest.mark.parametrize("optimizer", OPTIMIZERS)
def test_one_eager_step_leaves_the_same_bits(optimizer):
    actor, critic = make_networks()
    observations = make_observations(64)
    after = {}
    for name in ("mean_q", *BIT_EQUAL):
        copy = copy_of(actor)
        get_strategy(name).update(copy, critic, OPTIMIZERS[optimizer](), observations)
        after[name] = copy.get_weights()
    assert not same_bits(after["mean_q"], actor.get_weights())
    for name in BIT_EQUAL:
        assert same_bits(after[name], after["mean_q"]), name


def test_a_step_of_plain_descent_is_minus_rate_times_gradient(name):
    actor, critic = make_networks(dtype="float64")
    observations = make_observations(7, dtype="float64")
    before = actor.get_weights()
    gradients = get_strategy(name).gradients(actor, critic, observations)
    get_strategy(name).update(actor, critic, keras.optimizers.SGD(0.25), observations)
    expected = [w - 0.25 * g.numpy() for w, g in zip(before, gradients, strict=True)]
    assert largest_difference(actor.get_weights(), expected) < 1e-15
