"""Noise on actions, as the training loop uses it."""

import numpy as np
import pytest
from gymnasium.spaces import Box

from ddpg_tf import DDPG, DDPGConfig
from ddpg_tf.exploration import build_explorer
from ddpg_tf.exploration.action_noise import ActionNoise
from ddpg_tf.exploration.noise import build_noise
from ddpg_tf.exploration.parameter_noise import ParameterNoise

LOW, HIGH = np.float32([-1, 0.5]), np.float32([3, 0.75])
STATES = np.random.default_rng(5).normal(size=(3, 3))


def build(**settings):
    config = DDPGConfig(hidden_sizes=(8,), num_envs=3, jit_compile=False, **settings)
    return DDPG(Box(-np.inf, np.inf, (3,), np.float32), Box(LOW, HIGH), config)


@pytest.mark.parametrize("kind", ["gaussian", "ou", "pull", "none", "parameter"])
def test_the_config_names_the_explorer(kind):
    explorer = build_explorer(build(exploration=kind), np.random.default_rng(0))
    assert type(explorer) is (ParameterNoise if kind == "parameter" else ActionNoise)
    actions = explorer.actions(STATES, step=1)
    assert actions.shape == (3, 2) and actions.dtype == np.float32
    assert (actions >= LOW).all() and (actions <= HIGH).all()


@pytest.mark.parametrize("kind", ["gaussian", "ou"])
def test_actions_are_the_policy_s_plus_noise_in_half_ranges_within_bounds(kind):
    settings = {"noise_sigma": 1.0, "noise_sigma_final": 0.2, "noise_anneal_steps": 20}
    agent = build(exploration=kind, warmup_steps=10, **settings)
    explorer = ActionNoise(agent, np.random.default_rng(1))
    noise = build_noise(agent.config, 2, np.random.default_rng(1))
    outside = 0
    for step, sigma in ((10, 1.0), (15, 0.8), (20, 0.6), (30, 0.2), (1000, 0.2)):
        (scale,) = explorer.metrics(step).values()
        assert scale == pytest.approx(sigma)
        wanted = agent.policy()(STATES) + noise(scale) * (HIGH - LOW) / 2
        expected = np.clip(wanted, LOW, HIGH)
        np.testing.assert_allclose(explorer.actions(STATES, step), expected, rtol=1e-6)
        outside += np.sum(wanted != expected)
    assert outside > 0


def test_noise_in_the_environment_s_units():
    """sigma is a tenth of the first action's bound, and more than the second's whole range."""
    settings = {"noise_sigma": (0.3, 0.05), "noise_units": "environment"}
    agent = build(**settings)
    explorer = ActionNoise(agent, np.random.default_rng(1))
    sample = [0.3, 0.05] * np.random.default_rng(1).standard_normal((3, 2))
    expected = np.clip(agent.policy()(STATES) + sample, LOW, HIGH)
    np.testing.assert_allclose(explorer.actions(STATES, 1), expected, rtol=1e-6)
    assert explorer.metrics(1) == {"gaussian_noise_std": pytest.approx(0.175)}


@pytest.mark.parametrize("units", ["half_ranges", "environment"])
def test_the_pull_is_to_an_action_in_the_units_of_the_noise(units):
    """All the way to the mean, without any random part: every action is the mean."""
    mean = (0.5, 0.7) if units == "environment" else (-0.25, 0.6)
    settings = {"ou_theta": 1.0, "ou_mean": mean, "noise_sigma": 0.0, "noise_units": units}
    explorer = ActionNoise(build(exploration="pull", **settings), np.random.default_rng(1))
    np.testing.assert_allclose(explorer.actions(STATES, 1), [[0.5, 0.7]] * 3, rtol=1e-6)


def test_the_policy_is_that_of_the_learner_s_last_call():
    agent = build(exploration="none")
    explorer = ActionNoise(agent, np.random.default_rng(0))
    first = explorer.actions(STATES, step=1)
    agent.actor.set_weights([w + 1 for w in agent.actor.get_weights()])
    np.testing.assert_array_equal(explorer.actions(STATES, step=2), first)
    explorer.agent_updated(explorer._agent.policy(), None, updates=1, step=2)
    following = explorer.actions(STATES, step=3)
    assert not np.array_equal(following, first)
    np.testing.assert_array_equal(following, agent.policy()(STATES))


@pytest.mark.parametrize("kind", ["gaussian", "ou", "none", "parameter"])
def test_a_restored_explorer_goes_on_in_the_same_way(kind):
    agent = build(exploration=kind, parameter_noise_adapt_every=2)
    explorer, generator = None, np.random.default_rng(0)
    explorer = build_explorer(agent, generator)
    for step in range(1, 6):
        explorer.actions(STATES, step)
        explorer.agent_updated(explorer._agent.policy(), STATES, updates=1, step=step)
    explorer.begin_episodes(np.array([2]))
    state = {name: np.array(array) for name, array in explorer.state().items()}
    generator_state = generator.bit_generator.state

    other = np.random.default_rng(99)
    again = build_explorer(agent, other)
    again.restore(state)
    other.bit_generator.state = generator_state
    for step in range(6, 12):
        np.testing.assert_array_equal(explorer.actions(STATES, step), again.actions(STATES, step))
        for one in (explorer, again):
            one.agent_updated(one._agent.policy(), STATES, updates=1, step=step)
            one.begin_episodes(np.array([step % 3]))
        assert explorer.metrics(step) == again.metrics(step)
