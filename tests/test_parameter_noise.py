"""Adaptive noise on the actor's weights: what moves, what does not, and which way sigma goes."""

import functools

import keras
import numpy as np
import pytest
from gymnasium.spaces import Box
from keras import layers

from ddpg_tf import DDPG, DDPGConfig, train
from ddpg_tf.exploration.parameter_noise import ParameterNoise
from tests.errors import refused
from tests.strategies.bits import same_bits

LOW, HIGH = np.float32([-1, 0.5]), np.float32([3, 0.75])
OBSERVATIONS, ACTIONS = Box(-np.inf, np.inf, (3,), np.float32), Box(LOW, HIGH)
STATES = np.random.default_rng(5).normal(size=(64, 3)).astype(np.float32)


def build(actor=None, **settings):
    config = DDPGConfig(
        **({"hidden_sizes": (16, 16), "exploration": "parameter", "jit_compile": False} | settings)
    )
    return DDPG(OBSERVATIONS, ACTIONS, config, actor=actor)


def explorer_of(agent, seed=0):
    return ParameterNoise(agent, np.random.default_rng(seed))


@pytest.mark.parametrize("normalization", ["none", "layer", "batch"])
def test_all_weights_are_noisy_but_those_of_normalization_layers(normalization):
    agent = build(normalization=normalization, hidden_sizes=(64, 64), noise_sigma=0.3)
    generator = np.random.default_rng(0)
    # positive, as moving variances are
    agent.actor.set_weights([generator.uniform(0.5, 1, w.shape) for w in agent.actor.weights])
    before = agent.actor.get_weights()
    explorer = explorer_of(agent)
    assert same_bits(before, agent.actor.get_weights())
    noise = []
    pairs = zip(agent.actor.layers, explorer.copies[0].layers, strict=True)
    for layer, noisy in pairs:
        difference = [b - a for a, b in zip(layer.get_weights(), noisy.get_weights(), strict=True)]
        if isinstance(layer, layers.Dense):
            assert all((change != 0).all() for change in difference)
            noise.extend(change.ravel() for change in difference)
        else:
            assert not any(change.any() for change in difference)
    noise = np.concatenate(noise)
    # 4,500 numbers: the deviation of a deviation is 1 / sqrt(2 n) of it
    assert noise.std() == pytest.approx(0.3, rel=5 / np.sqrt(2 * noise.size))
    assert abs(noise.mean()) < 5 * 0.3 / np.sqrt(noise.size)


def test_distances_are_in_half_ranges():
    agent = build(noise_sigma=0.5)
    explorer = explorer_of(agent)
    explorer.perturb(explorer.adaptive_copy)
    mu, noisy = (np.float64(model(STATES)) for model in (agent.actor, explorer.adaptive_copy))
    by_hand = np.sqrt(np.mean(((mu - noisy) / ((HIGH - LOW) / 2)) ** 2))
    assert by_hand > 0.05
    assert explorer.distance(explorer._agent.policy(), STATES) == pytest.approx(by_hand, rel=1e-4)


@pytest.mark.parametrize(("target", "exponent"), [(1e-6, -1), (10.0, 1)], ids=["far", "near"])
def test_sigma_falls_where_actions_stray_too_far_and_rises_where_they_do_not(target, exponent):
    settings = {"parameter_noise_adapt_every": 50, "parameter_noise_factor": 1.25}
    explorer = explorer_of(build(noise_sigma=target, **settings))
    explorer.sigma = 0.1
    explorer.agent_updated(explorer._agent.policy(), STATES, updates=49, step=100)
    assert explorer.sigma == 0.1
    explorer.agent_updated(explorer._agent.policy(), STATES, updates=1, step=101)
    assert explorer.sigma == pytest.approx(0.1 * 1.25**exponent)
    explorer.agent_updated(explorer._agent.policy(), STATES, updates=49, step=150)
    assert explorer.metrics(150) == {"parameter_noise_std": explorer.sigma}
    assert explorer.sigma == pytest.approx(0.1 * 1.25**exponent)
    explorer.agent_updated(explorer._agent.policy(), STATES, updates=60, step=210)
    assert explorer.sigma == pytest.approx(0.1 * 1.25 ** (2 * exponent))


def test_the_distance_that_is_aimed_at_is_reached_and_may_be_annealed():
    settings = {"noise_sigma_final": 0.05, "noise_anneal_steps": 100, "warmup_steps": 0}
    agent = build(parameter_noise_adapt_every=1, parameter_noise_factor=1.2, **settings)
    explorer = explorer_of(agent)
    found = {}
    for step, aim in ((0, 0.1), (100, 0.05)):
        for _ in range(60):
            explorer.agent_updated(explorer._agent.policy(), STATES, updates=1, step=step)
        distances = []
        for _ in range(20):
            explorer.agent_updated(explorer._agent.policy(), STATES, updates=1, step=step)
            distances.append(explorer.distance(explorer._agent.policy(), STATES))
        found[aim] = np.median(distances)
    for aim, distance in found.items():
        assert aim / 1.5 < distance < aim * 1.5


def test_each_environment_keeps_its_actor_for_an_episode():
    agent = build(num_envs=2)
    explorer = explorer_of(agent)
    state = np.tile(STATES[0], (2, 1))
    first = explorer.actions(state, step=1)
    assert not np.array_equal(first[0], first[1])
    assert not np.array_equal(first[0], agent.act(STATES[0]))
    # neither learning nor adapting is seen before the episode ends
    agent.actor.set_weights([w + 0.5 for w in agent.actor.get_weights()])
    explorer.agent_updated(explorer._agent.policy(), STATES, updates=1000, step=2)
    np.testing.assert_array_equal(explorer.actions(state, step=3), first)
    explorer.begin_episodes(np.array([1]))
    second = explorer.actions(state, step=4)
    np.testing.assert_array_equal(second[0], first[0])
    assert not np.array_equal(second[1], first[1])
    # the new one is near the actor as it is by now
    moved = explorer.copies[1].get_weights()[0] - agent.actor.get_weights()[0]
    assert np.abs(moved).max() < 6 * explorer.sigma
    explorer.begin_episodes(np.array([1]))
    assert not np.array_equal(explorer.actions(state, step=5)[1], second[1])


def test_noisy_actors_see_what_the_actor_sees():
    agent = build(normalize_observations=True)
    agent.observe(100 + 10 * STATES)
    explorer = explorer_of(agent)
    observation = 100 + 10 * STATES[:1]
    seen = np.clip((STATES[:1] - STATES.mean(0)) / STATES.std(0), -5, 5)
    expected = np.asarray(explorer.copies[0](seen))
    np.testing.assert_allclose(explorer.actions(observation, step=1), expected, atol=1e-4)


def test_an_actor_of_the_user_s_own_that_numpy_cannot_play():
    actor = keras.Sequential([keras.Input((3,)), layers.Dense(8, "elu"), layers.Dense(2, "tanh")])
    agent = build(actor=actor)
    explorer = explorer_of(agent)
    before, first = actor.get_weights(), explorer.actions(STATES[:1], step=1)
    expected = np.clip(np.asarray(explorer.copies[0](STATES[:1])), LOW, HIGH)
    np.testing.assert_allclose(first, expected, rtol=1e-5)
    explorer.agent_updated(explorer._agent.policy(), STATES, updates=50, step=2)
    np.testing.assert_array_equal(explorer.actions(STATES[:1], step=3), first)
    explorer.begin_episodes([0])
    assert not np.array_equal(explorer.actions(STATES[:1], step=4), first)
    assert same_bits(before, actor.get_weights())


class NotCloneable(keras.Model):
    """It has layers but no config."""

    def __init__(self, width):
        super().__init__()
        self.dense = layers.Dense(width)

    def call(self, observations):
        return self.dense(observations)


def test_an_actor_that_cannot_be_cloned_is_refused_in_one_line():
    with refused(TypeError, "not_cloneable"):
        build(actor=NotCloneable(2))


# ---- whole trainings --------------------------------------------------------------------------


@functools.cache
def trained(strategy):
    moments = []
    config = DDPGConfig(
        exploration="parameter",
        strategy=strategy,
        normalization="layer",
        total_steps=450,
        warmup_steps=100,
        hidden_sizes=(16,),
        eval_every=450,
        eval_episodes=1,
        parameter_noise_factor=1.1,
        jit_compile=False,
    )
    result = train(config, callbacks=[moments.append])
    weights = [w for network in result.agent.networks.values() for w in network.get_weights()]
    return weights, moments[-1].replay.contents().arrays(), result.history[-1]


@pytest.mark.parametrize("strategy", ["output_gradients", "get_updates"])
def test_whole_trainings_are_the_same_bits_at_a_batch_of_64(strategy):
    weights, replay, row = trained("mean_q")
    other_weights, other_replay, other_row = trained(strategy)
    assert same_bits(weights, other_weights)
    assert same_bits(replay.values(), other_replay.values())
    assert row["eval_return_mean"] == other_row["eval_return_mean"]
    # seven calls of the learner: sigma took seven steps up or down
    exponent = np.log(row["parameter_noise_std"] / 0.1) / np.log(1.1)
    assert exponent == pytest.approx(round(exponent), abs=1e-9) and round(exponent) % 2 == 1
    assert row["parameter_noise_std"] == other_row["parameter_noise_std"]
