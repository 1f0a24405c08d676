"""The way into a compiled update and out of it: nothing is lost, and nothing is read too late."""

import gymnasium as gym
import keras
import numpy as np
import pytest
import tensorflow as tf
from hypothesis import given
from hypothesis import strategies as st

from ddpg_tf import DDPG, DDPGConfig
from ddpg_tf.agents.program import packed, unpacked
from ddpg_tf.replay import Batch

OBSERVATIONS = gym.spaces.Box(-np.inf, np.inf, (3,), np.float32)
ACTIONS = gym.spaces.Box(np.float32([-1, 0]), np.float32([1, 4]))
STATES = np.random.default_rng(0).standard_normal((5, 3)).astype(np.float32)


def agent_with(**settings) -> DDPG:
    config = DDPGConfig(hidden_sizes=(8,), batch_size=16, actor_learning_rate=0.1)
    return DDPG(OBSERVATIONS, ACTIONS, config, **settings)


@given(
    updates=st.integers(1, 3),
    rows=st.integers(1, 4),
    observation=st.lists(st.integers(1, 4), min_size=1, max_size=3),
    action=st.integers(1, 3),
    seed=st.integers(0, 2**32 - 1),
)
def test_what_is_packed_comes_out_as_it_was(updates, rows, observation, action, seed):
    leading, generator = (updates, rows), np.random.default_rng(seed)
    widths = tuple(observation), (action,), (), tuple(observation), (), ()
    shapes = [(*leading, *width) for width in widths]
    batches = Batch(*(generator.standard_normal(shape).astype(np.float32) for shape in shapes))
    rows = packed(batches)
    assert rows.shape == (*leading, 2 * int(np.prod(observation)) + action + 3)
    for field, again in zip(batches, unpacked(tf.constant(rows), shapes), strict=True):
        np.testing.assert_array_equal(field, again.numpy(), strict=True)


def keras_only() -> keras.Model:
    """An actor that NumPy cannot evaluate."""
    layers = [keras.layers.Dense(8, "elu"), keras.layers.Dense(2, "tanh")]
    return keras.Sequential([keras.Input((3,)), *layers])


@pytest.mark.parametrize("actor", [None, keras_only])
def test_the_policy_after_the_updates_is_that_of_the_new_weights(actor, make_batch):
    agent = agent_with(actor=actor and actor())
    before = agent.policy()(STATES)
    checked = Batch(**make_batch(0, (3, 16)), discounts=np.full((3, 16), 0.99, np.float32))
    _, policy = agent.learn_then_act(checked)
    np.testing.assert_array_equal(policy(STATES), agent.policy()(STATES))
    assert np.abs(policy(STATES) - before).max() > 1e-3


def test_a_policy_keeps_its_weights_while_the_agent_learns_on(make_batch):
    agent = agent_with()
    batches = Batch(**make_batch(0, (1, 16)))
    _, policy = agent.learn_then_act(batches)
    actions = policy(STATES)
    for _ in range(3):
        agent.learn(batches)
    np.testing.assert_array_equal(policy(STATES), actions)
    assert np.abs(agent.policy()(STATES) - actions).max() > 1e-3


def test_each_shape_is_compiled_once(make_batch):
    agent = agent_with()
    for k in (1, 2, 1, 2):
        agent.learn(make_batch(0, (k, 16)))
        assert int(agent.updates.numpy()) > 0
    assert len(agent._program.compiled) == 2
