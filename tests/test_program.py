"""The way into a compiled update and out of it: nothing is lost, and nothing is read too late."""

import gymnasium as gym
import keras
import numpy as np
import pytest
import tensorflow as tf
from hypothesis import given
from hypothesis import strategies as st

from ddpg_tf import DDPG, DDPGConfig, make_agent, train
from ddpg_tf.agents import AGENTS
from ddpg_tf.agents.program import packed, unpacked
from ddpg_tf.batch import Batch
from tests.eager import eager
from tests.sizes import small_version

OBSERVATIONS = gym.spaces.Box(-np.inf, np.inf, (3,), np.float32)
ACTIONS = gym.spaces.Box(np.float32([-1, 0]), np.float32([1, 4]))
STATES = np.random.default_rng(0).standard_normal((5, 3)).astype(np.float32)


def agent_with(actor=None, **settings) -> DDPG:
    config = DDPGConfig(hidden_sizes=(8,), batch_size=16, actor_learning_rate=0.1, **settings)
    return DDPG(OBSERVATIONS, ACTIONS, config, actor)


@given(
    updates=st.integers(1, 3),
    size=st.integers(1, 4),
    observation=st.lists(st.integers(1, 4), min_size=1, max_size=3),
    action=st.integers(1, 3),
    seed=st.integers(0, 2**32 - 1),
)
def test_what_is_packed_comes_out_as_it_was(updates, size, observation, action, seed):
    leading, generator = (updates, size), np.random.default_rng(seed)
    widths = tuple(observation), (action,), (), tuple(observation), (), ()
    shapes = [(*leading, *width) for width in widths]
    batches = Batch(*(generator.standard_normal(shape).astype(np.float32) for shape in shapes))
    arrays = packed(batches)
    if len(observation) == 1:
        (together,) = arrays
        assert together.shape == (*leading, 2 * observation[0] + action + 3)
    for field, again in zip(batches, unpacked(list(map(tf.constant, arrays)), shapes), strict=True):
        np.testing.assert_array_equal(field, again.numpy(), strict=True)


def keras_only() -> keras.Model:
    """An actor that NumPy cannot evaluate."""
    layers = [keras.layers.Dense(8, "elu"), keras.layers.Dense(2, "tanh")]
    return keras.Sequential([keras.Input((3,)), *layers])


WAYS = {
    "XLA": {},
    "XLA, batch norm": {"normalization": "batch"},
    "graph, batch norm": {"normalization": "batch", "jit_compile": False},
    "Keras alone": {"actor": keras_only, "jit_compile": False},
}


@pytest.mark.parametrize("way", small_version(WAYS, 2))
def test_the_policy_after_the_updates_is_that_of_the_new_weights(way, make_batch):
    make = WAYS[way].get("actor", lambda: None)
    agent = agent_with(**WAYS[way] | {"actor": make()})
    before = agent.policy()(STATES)
    checked = Batch(**make_batch(0, (3, 16)), discounts=np.full((3, 16), 0.99, np.float32))
    _, policy = agent.learn_then_act(checked)
    actions = np.clip(agent.actor(STATES, training=False), ACTIONS.low, ACTIONS.high)
    np.testing.assert_allclose(policy(STATES), actions, rtol=1e-4, atol=1e-5)
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


@pytest.mark.parametrize("algorithm", ["ddpg", "td3"])
def test_traced_updates_are_the_eager_ones_to_the_bit(algorithm, make_batch):
    """Or tests with updates made by `tests.eager` would say nothing of those that are traced."""
    space = {"observation_space": OBSERVATIONS, "action_space": ACTIONS}
    settings = {"algorithm": algorithm, "hidden_sizes": (8,), "jit_compile": False}
    settings |= {"target_noise_sigma": 0.0} if algorithm == "td3" else {}
    traced, other = (make_agent(**space, config=DDPGConfig(**settings)) for _ in range(2))
    batches = make_batch(0, (3, 16))
    expected, found = traced.learn(batches), eager(other).learn(batches)
    np.testing.assert_equal(found, expected)
    for one, two in zip(traced.all_variables, other.all_variables, strict=True):
        np.testing.assert_array_equal(one.numpy(), two.numpy())


def test_each_shape_is_compiled_once(make_batch):
    agent = agent_with(jit_compile=False)
    for k in (1, 2, 1, 2):
        agent.learn(make_batch(0, (k, 16)))
    assert int(agent.updates.numpy()) == 6
    assert agent._program.function.experimental_get_tracing_count() == 2


@pytest.mark.parametrize(
    "settings, rests",
    [
        ({"total_steps": 66}, False),
        ({"total_steps": 66, "algorithm": "td3"}, False),
        ({"total_steps": 65, "algorithm": "td3"}, True),
    ],
    ids=["ddpg", "td3 that is due", "td3 that rests"],
)
def test_an_actor_that_diverges_in_the_last_update_ends_the_run(settings, rests, monkeypatch):
    """Its loss is the first metric to be NaN; where it rests there is none."""
    config = DDPGConfig(
        warmup_steps=62,
        hidden_sizes=(8,),
        batch_size=16,
        update_every=4,
        optimizer="sgd",
        jit_compile=False,
        **settings,
    )
    last = config.total_steps - config.warmup_steps
    one_update = AGENTS[config.algorithm].one_update

    def spoiled(self, batch):
        metrics = one_update(self, batch)
        nan = tf.where(self.updates == last, np.nan, metrics["actor_loss"])
        return metrics | {"actor_loss": nan}

    monkeypatch.setattr(AGENTS[config.algorithm], "one_update", spoiled)
    if rests:
        assert np.isfinite(train(config).history[-1]["actor_loss"])
    else:
        with pytest.raises(FloatingPointError, match="actor_loss"):
            train(config)


def test_a_mean_over_updates_hides_no_nan(make_batch):
    agent = agent_with(jit_compile=False)
    batch = make_batch(0, (4, 16))
    batch["rewards"][1] = 3e38
    learned = agent.update(batch)
    assert not np.isfinite(learned["critic_loss"])
    assert not np.isfinite(learned["q"])
