"""What an actor update changes, and what it must leave alone."""

from itertools import product

import keras
import numpy as np
import pytest
import tensorflow as tf

from ddpg_tf.strategies import STRATEGIES, get_strategy
from tests.sizes import small_version
from tests.strategies.bits import MODES, in_mode, same_bits
from tests.strategies.networks import copy_of, make_networks, make_observations


def minus_mean_q(actor, critic, observations):
    return -np.mean(critic([observations, actor(observations)]))


def test_an_update_leaves_a_batch_norm_critic_alone(name):
    actor, critic = make_networks(widths=(8,), normalization=keras.layers.BatchNormalization)
    before = critic.get_weights()  # moving statistics too
    get_strategy(name).gradients(actor, critic, make_observations(8))
    assert same_bits(critic.get_weights(), before)
    get_strategy(name).update(actor, critic, keras.optimizers.SGD(), make_observations(8))
    assert same_bits(critic.get_weights(), before)


def test_the_critic_infers_and_its_batch_norm_uses_the_moving_moments(name):
    _, critic = make_networks(normalization=keras.layers.BatchNormalization, dtype="float64")
    actor, _ = make_networks(dtype="float64")
    observations = make_observations(8, dtype="float64")
    loss, _ = get_strategy(name).loss_and_gradients(actor, critic, observations)
    observations = tf.constant(observations)
    inferred = critic([observations, actor(observations)], training=False)
    np.testing.assert_allclose(loss, -np.mean(inferred), rtol=1e-12)


def test_gradients_leave_the_weights_of_the_actor_alone(name):
    actor, critic = make_networks(normalization=keras.layers.BatchNormalization)
    before = [variable.numpy() for variable in actor.trainable_variables]
    get_strategy(name).gradients(actor, critic, make_observations(8))
    assert same_bits([variable.numpy() for variable in actor.trainable_variables], before)


@pytest.mark.parametrize("mode", ["eager", "graph"])
def test_an_update_moves_the_actors_batch_norm_moments_once_and_equally(mode):
    actor, critic = make_networks(widths=(8,), normalization=keras.layers.BatchNormalization)
    observations = make_observations(64)
    kernel, bias = actor.layers[1].get_weights()
    batch_mean = (observations @ kernel + bias).mean(axis=0)
    moments = []
    for name in STRATEGIES:
        if name == "jacobian" and mode == "graph":
            continue  # vectorising batch norm takes it ten seconds
        copy, strategy = copy_of(actor), get_strategy(name)
        optimizer = keras.optimizers.SGD()

        def step(states, strategy=strategy, copy=copy, optimizer=optimizer):
            return strategy.update(copy, critic, optimizer, states)

        in_mode(mode, step)(tf.constant(observations))
        moments.append([variable.numpy() for variable in copy.non_trainable_variables])
        # Once: Keras keeps 99% of the old mean, 0, and adds 1% of the batch's.
        np.testing.assert_allclose(moments[-1][0], 0.01 * batch_mean, rtol=1e-4, atol=1e-8)
        assert same_bits(moments[-1], moments[0]), name


@pytest.mark.parametrize(("name", "mode"), small_version(product(STRATEGIES, MODES), 7))
def test_an_update_is_one_step_and_returns_the_loss_before_it(name, mode):
    actor, critic = make_networks(widths=(8,))
    strategy, optimizer = get_strategy(name), keras.optimizers.SGD(0.1)
    observations = tf.constant(make_observations(8))

    def step(states):
        return strategy.update(actor, critic, optimizer, states)

    run = in_mode(mode, step)
    for count in (1, 2, 3):
        before, weights = minus_mean_q(actor, critic, observations), actor.get_weights()
        loss = run(observations)
        assert loss.shape == ()
        np.testing.assert_allclose(loss, before, rtol=0, atol=1e-6)
        assert optimizer.iterations == count
        assert not same_bits(actor.get_weights(), weights)
    assert minus_mean_q(actor, critic, observations) < before  # downhill
