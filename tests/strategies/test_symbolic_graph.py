"""Keras 2's three steps: draw a loss, extend it by updates, compile a function that runs them."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from ddpg_tf.strategies import get_strategy
from ddpg_tf.strategies.keras2 import SymbolicGraph, SymbolicOptimizer
from tests.strategies.bits import same_bits
from tests.strategies.networks import copy_of, make_networks, make_observations


@pytest.fixture
def drawn():
    """An actor's update, drawn and compiled, as keras-rl did it."""
    actor, critic = make_networks(widths=(8,))
    optimizer = keras.optimizers.Adam(0.01)
    symbolic = SymbolicOptimizer(optimizer, actor.trainable_variables)
    observations = tf.constant(make_observations(8))
    before = actor.get_weights()
    with SymbolicGraph() as graph:
        states = graph.placeholder(observations)
        loss = get_strategy("get_updates").loss(actor, critic, states)
        updates = symbolic.get_updates(actor.trainable_variables, loss)
        train = graph.function([states], [loss], updates)
        evaluate = graph.function([states], [loss], [])
    return locals()


def test_updates_are_operations_and_drawing_them_runs_nothing(drawn):
    assert drawn["updates"]
    assert all(isinstance(update, tf.Operation) for update in drawn["updates"])
    assert not isinstance(drawn["loss"], tf.__internal__.EagerTensor)
    assert drawn["optimizer"].iterations == 0
    assert same_bits(drawn["actor"].get_weights(), drawn["before"])


def test_each_call_of_the_function_is_one_step(drawn):
    actor, critic, observations = drawn["actor"], drawn["critic"], drawn["observations"]
    twin, optimizer = copy_of(actor), keras.optimizers.Adam(0.01)
    for count in (1, 2):
        expected = get_strategy("mean_q").update(twin, critic, optimizer, observations)
        (loss,) = drawn["train"]([observations])
        assert drawn["optimizer"].iterations == count
        np.testing.assert_allclose(loss, expected, rtol=0, atol=1e-6)
        assert same_bits(actor.get_weights(), twin.get_weights())


def test_a_function_without_updates_changes_nothing(drawn):
    drawn["evaluate"]([drawn["observations"]])
    assert drawn["optimizer"].iterations == 0
    assert same_bits(drawn["actor"].get_weights(), drawn["before"])


def test_the_function_takes_other_values_of_the_placeholder(drawn):
    other = tf.constant(make_observations(8, seed=5))
    (loss,) = drawn["evaluate"]([other])
    expected = -np.mean(drawn["critic"]([other, drawn["actor"](other)]))
    np.testing.assert_allclose(loss, expected, rtol=0, atol=1e-6)


@pytest.mark.parametrize("disabled", [False, True])
def test_the_graph_optimizers_options_are_restored(disabled):
    actor, critic = make_networks(widths=(8,))
    strategy, before = get_strategy("get_updates"), tf.config.optimizer.get_experimental_options()
    chosen = {"disable_meta_optimizer": disabled, "remapping": False}
    try:
        tf.config.optimizer.set_experimental_options(chosen)
        chosen = tf.config.optimizer.get_experimental_options()  # TensorFlow adds some
        strategy.update(actor, critic, keras.optimizers.Adam(), make_observations(4))
        assert tf.config.optimizer.get_experimental_options() == chosen
        with pytest.raises(tf.errors.InvalidArgumentError):
            strategy.gradients(actor, lambda inputs: refuse(inputs[1]), make_observations(4))
        assert tf.config.optimizer.get_experimental_options() == chosen
    finally:
        off = {"disable_meta_optimizer": False, "remapping": True}
        tf.config.optimizer.set_experimental_options(off | before)


def refuse(actions):
    """A critic that fails when it runs, not when it is drawn."""
    with tf.control_dependencies([tf.debugging.assert_greater(actions, 10.0)]):
        return tf.reduce_sum(actions, axis=-1)


def test_a_call_is_over_when_all_weights_are_read():
    # else what is assigned after the call could come before its reads, and now and then does
    actor, critic = make_networks(widths=(8,))
    strategy = get_strategy("get_updates")

    @tf.function(autograph=False)
    def gradients(observations):
        return strategy.gradients(actor, critic, observations)

    graph = gradients.get_concrete_function(tf.constant(make_observations(8))).graph
    drawn = graph.as_graph_def().library.function
    reads = {
        node.name: set(function.control_ret.values())
        for function in drawn
        for node in function.node_def
        if node.op == "ReadVariableOp"
    }
    assert len(reads) >= len(actor.weights) + len(critic.weights)
    assert all(name in waited_for for name, waited_for in reads.items())
