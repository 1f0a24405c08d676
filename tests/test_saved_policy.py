"""A saved agent's policy without TensorFlow: the same bits, in an instant."""

import json
import subprocess
import sys
from dataclasses import replace

import gymnasium as gym
import keras
import numpy as np
import pytest

from ddpg_tf import DDPG, TD3, DDPGConfig, evaluate
from ddpg_tf.acting.saved import POLICY_FILE, saved_policy
from ddpg_tf.cli.main import main
from ddpg_tf.storage import seal
from tests.errors import assert_exits, refused

PENDULUM = gym.make("Pendulum-v1")
SPACES = PENDULUM.observation_space, PENDULUM.action_space
CONFIG = DDPGConfig(env_id="Pendulum-v1", hidden_sizes=(7, 5), seed=4, jit_compile=False)

WITHOUT_TENSORFLOW = """
import sys
sys.modules |= dict.fromkeys(("tensorflow", "keras"))
from ddpg_tf.cli.main import main
sys.exit(main(sys.argv[1:]))
"""


def keras_only(*spaces) -> keras.Model:
    """An actor that NumPy cannot evaluate."""
    layers = [keras.layers.Dense(4, "elu"), keras.layers.Dense(1, "tanh")]
    return keras.Sequential([keras.Input((3,)), *layers])


def in_numpy(*spaces) -> keras.Model:
    """An actor of one's own that NumPy can evaluate."""
    layers = [keras.layers.Dense(4, "sigmoid", use_bias=False), keras.layers.Dense(1)]
    return keras.Sequential([keras.Input((3,)), *layers])


def learned(config: DDPGConfig = CONFIG, **networks) -> DDPG:
    """An agent whose weights, and moments if it has any, are not those of a new one."""
    agent = {"ddpg": DDPG, "td3": TD3}[config.algorithm](*SPACES, config, **networks)
    generator = np.random.default_rng(0)
    for weight in agent.actor.weights:
        weight.assign(generator.uniform(0.1, 1, weight.shape))
    agent.observe(generator.normal(2, 3, (50, 3)))
    return agent


AGENTS = {
    "plain": {},
    "td3": {"algorithm": "td3"},
    "layer norm": {"normalization": "layer"},
    "batch norm": {"normalization": "batch"},
    "selu": {"activation": "selu"},
    "normalised observations": {"normalize_observations": True, "observation_clip": 0.5},
}


@pytest.mark.parametrize("name", AGENTS)
def test_it_is_the_agents_to_the_last_bit(name, tmp_path):
    agent = learned(replace(CONFIG, **AGENTS[name]))
    agent.save(tmp_path / "agent")
    saved = saved_policy(tmp_path / "agent")
    assert saved.config == agent.config
    observations = np.random.default_rng(1).normal(0, 3, (40, 3)).astype(np.float32)
    actions = saved.policy()(observations)
    np.testing.assert_array_equal(actions, agent.policy()(observations), strict=True)
    np.testing.assert_array_equal(actions, DDPG.load(tmp_path / "agent").policy()(observations))
    assert np.ptp(actions) > 1e-3
    for observation in observations[:3]:
        np.testing.assert_array_equal(saved.policy()(observation), agent.act(observation))


@pytest.mark.parametrize("settings", [{}, AGENTS["normalised observations"]])
def test_evaluate_needs_no_tensorflow(settings, tmp_path):
    agent = learned(replace(CONFIG, **settings))
    agent.save(tmp_path / "agent")
    command = [sys.executable, "-c", WITHOUT_TENSORFLOW, "evaluate", str(tmp_path / "agent")]
    done = subprocess.run([*command, "--episodes", "2"], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    returns = [f"{value:.1f}" for value in evaluate(agent, "Pendulum-v1", 2)]
    assert done.stdout.split()[:2] == returns


def test_a_network_of_ones_own_is_played_without_its_module(tmp_path):
    agent = learned(actor=in_numpy)
    agent.save(tmp_path / "agent")
    observation = np.float32([0.3, -0.2, 4])
    np.testing.assert_array_equal(
        saved_policy(tmp_path / "agent").policy()(observation), agent.act(observation)
    )


def test_what_numpy_cannot_evaluate_is_left_to_the_agent(tmp_path):
    learned(actor=keras_only).save(tmp_path / "agent")
    assert saved_policy(tmp_path / "agent") is None
    assert not (tmp_path / "agent" / POLICY_FILE).exists()


def test_a_checkpoint_from_before_is_played_by_the_agent(tmp_path, capsys):
    agent = learned()
    agent.save(tmp_path / "agent")
    path = tmp_path / "agent" / "agent.json"
    description = json.loads(path.read_text())
    del description["policy"]
    path.write_text(json.dumps(description))
    seal(tmp_path / "agent")
    assert saved_policy(tmp_path / "agent") is None
    assert main(["evaluate", str(tmp_path / "agent"), "--episodes", "2"]) == 0
    returns = [f"{value:.1f}" for value in evaluate(agent, "Pendulum-v1", 2)]
    assert capsys.readouterr().out.split()[:2] == returns


DAMAGES = {
    "cut short": lambda path: path.write_bytes(path.read_bytes()[:-40]),
    "missing": lambda path: path.unlink(),
    "of other layers": lambda path: np.savez(path, np.zeros((3, 7), np.float32)),
    "a text": lambda path: path.write_text("weights"),
}


@pytest.mark.parametrize("name", DAMAGES)
def test_a_damaged_one_is_named(name, tmp_path, capsys):
    learned().save(tmp_path / "agent")
    DAMAGES[name](tmp_path / "agent" / POLICY_FILE)
    with refused(ValueError, POLICY_FILE):
        saved_policy(tmp_path / "agent")
    assert_exits(main(["evaluate", str(tmp_path / "agent")]), capsys, POLICY_FILE)


def test_an_unknown_layer_is_named(tmp_path):
    learned().save(tmp_path / "agent")
    path = tmp_path / "agent" / "agent.json"
    path.write_text(path.read_text().replace('"dense"', '"attention"'))
    seal(tmp_path / "agent")
    with refused(ValueError, "attention"):
        saved_policy(tmp_path / "agent")
