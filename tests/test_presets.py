"""The presets against the numbers of their sources, written here a second time."""

import keras
import numpy as np
import pytest
from gymnasium.spaces import Box

from ddpg_tf import DDPG, PRESETS, DDPGConfig
from ddpg_tf.presets import get_preset

SOURCES = {
    # arXiv 1509.02971, section 7
    "lillicrap": {
        "hidden_sizes": (400, 300),
        "action_layer": 1,
        "normalization": "batch",
        "actor_learning_rate": 1e-4,
        "critic_learning_rate": 1e-3,
        "optimizer": "adam",
        "critic_l2": 1e-2,
        "gamma": 0.99,
        "tau": 1e-3,
        "batch_size": 64,
        "buffer_size": 1_000_000,
        "exploration": "ou",
        "ou_theta": 0.15,
        "noise_sigma": 0.2,
        "ou_dt": 1.0,
    },
    # github.com/sfujim/TD3, OurDDPG.py and main.py
    "fujimoto": {
        "hidden_sizes": (256, 256),
        "actor_learning_rate": 3e-4,
        "critic_learning_rate": 3e-4,
        "optimizer": "adam",
        "critic_l2": 0.0,
        "gamma": 0.99,
        "tau": 5e-3,
        "batch_size": 256,
        "buffer_size": 1_000_000,
        "exploration": "gaussian",
        "noise_sigma": 0.1,
    },
    # github.com/openai/spinningup, ddpg.py
    "spinningup": {
        "hidden_sizes": (256, 256),
        "actor_learning_rate": 1e-3,
        "critic_learning_rate": 1e-3,
        "optimizer": "adam",
        "gamma": 0.99,
        "tau": 1 - 0.995,
        "batch_size": 100,
        "buffer_size": 1_000_000,
        "update_every": 50,
        "exploration": "gaussian",
        "noise_sigma": 0.1,
    },
}


def test_every_preset_has_a_source_here_and_says_its_own():
    assert set(PRESETS) == set(SOURCES)
    for preset in PRESETS.values():
        assert "Deviations:" in preset.__doc__


@pytest.mark.parametrize("name", SOURCES)
def test_the_numbers_are_the_source_s(name):
    config = get_preset(name)
    assert isinstance(config, DDPGConfig)
    for field, expected in SOURCES[name].items():
        value = getattr(config, field)
        assert value == (pytest.approx(expected) if isinstance(expected, float) else expected), (
            field
        )


@pytest.mark.parametrize("name", SOURCES)
def test_the_stated_deviations_are_the_config_s(name):
    config = PRESETS[name]()
    stated = (config.env_id, config.total_steps, config.warmup_steps, config.update_every)
    assert stated == ("Pendulum-v1", 10_000, 1_000, 50)


@pytest.mark.parametrize("name", SOURCES)
def test_a_preset_learns(name, make_batch):
    # narrow layers and no XLA: this is about the settings fitting together
    small = {"hidden_sizes": (12, 8), "jit_compile": False}
    config = DDPGConfig.from_dict(get_preset(name).to_dict() | small)
    agent = DDPG(Box(-np.inf, np.inf, (3,), np.float32), Box(-2, 2, (1,)), config)
    start = [model.get_weights() for model in (agent.actor, agent.critic)]
    measured = agent.learn(make_batch(0, (2, config.batch_size), 3, 1))
    assert all(np.isfinite(values).all() for values in measured.values())
    for model, before in zip((agent.actor, agent.critic), start, strict=True):
        after = model.get_weights()
        assert any(not np.array_equal(a, b) for a, b in zip(after, before, strict=True))


def test_the_paper_s_networks():
    agent = DDPG(Box(-1, 1, (3,)), Box(-2, 2, (1,)), get_preset("lillicrap"))
    dense = [layer for layer in agent.critic.layers if isinstance(layer, keras.layers.Dense)]
    assert [layer.kernel.shape for layer in dense] == [(3, 400), (401, 300), (300, 1)]


def test_an_unknown_preset():
    with pytest.raises(
        ValueError, match=r"unknown preset 'sb3'; .*lillicrap, fujimoto, spinningup"
    ):
        get_preset("sb3")
