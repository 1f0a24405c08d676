"""The presets against the numbers of their sources, written here a second time, and at work.

`test_it_runs_on_its_environment` takes a few hundred steps of each preset. For the real thing:

    DDPG_TF_WHOLE_TESTS=1 python -m pytest tests/test_presets.py -k environment
"""

import itertools
import re
from dataclasses import replace

import gymnasium as gym
import keras
import numpy as np
import pytest
from gymnasium.spaces import Box

from ddpg_tf import DDPG, PRESETS, DDPGConfig
from ddpg_tf.cli.main import main, parse
from ddpg_tf.presets import COMMON_DEPARTURES, get_preset
from ddpg_tf.training.loop import TrainingRun
from tests.sizes import WHOLE, small_version

STEPS = 2_000 if WHOLE else 350

OU = {"exploration": "ou", "ou_theta": 0.15, "ou_dt": 1.0}
GAUSSIAN = {"exploration": "gaussian", "noise_sigma": 0.1, "noise_sigma_final": None}
EPSILON = {"adam_epsilon": 1e-8, "adam_epsilon_place": "keras"}
PYTORCH = {"adam_epsilon": 1e-8, "adam_epsilon_place": "pytorch"}
RATES = {"optimizer": "adam", "actor_learning_rate": 1e-4, "critic_learning_rate": 1e-3}

SOURCES = {
    # arXiv 1509.02971, section 7
    "lillicrap": {
        "env_id": "Pendulum-v1",
        "strategy": "output_gradients",
        "hidden_sizes": (400, 300),
        "action_layer": 1,
        "normalization": "batch",
        **RATES,
        "critic_l2": 1e-2,
        "tau": 1e-3,
        "batch_size": 64,
        "buffer_size": 1_000_000,
        **OU,
        "noise_sigma": 0.2,
    },
    # github.com/pemami4911/deep-rl, ddpg.py
    "emami": {
        "env_id": "Pendulum-v1",
        "strategy": "output_gradients",
        "hidden_sizes": (400, 300),
        "action_layer": 1,
        "normalization": "batch",
        **RATES,
        "critic_l2": 0.0,
        "tau": 1e-3,
        "batch_size": 64,
        **OU,
        "ou_dt": 1e-2,
        "noise_sigma": 0.3,
        "noise_units": "environment",
        **EPSILON,
    },
    # github.com/yanpanlau/DDPG-Keras-Torcs, ddpg.py and CriticNetwork.py
    "lau": {
        "env_id": "ddpg_tf/TorcsView-v0",
        "strategy": "output_gradients",
        "hidden_sizes": (300, 600),
        "action_layer": 1,
        "normalization": "none",
        **RATES,
        "tau": 1e-3,
        "batch_size": 32,
        "buffer_size": 100_000,
        **EPSILON,
        "exploration": "pull",
        "ou_theta": (0.6, 1.0, 1.0),
        "ou_mean": (0.0, 0.5, -0.1),
        "noise_sigma": (0.3, 0.1, 0.05),
        "noise_units": "environment",
        "noise_sigma_final": 0.0,
        "noise_anneal_steps": 100_000,
    },
    # github.com/cyoon1729/Policy-Gradient-Methods, ddpg
    "yoon": {
        "env_id": "Pendulum-v1",
        "strategy": "mean_q",
        "hidden_sizes": (512, 128),
        "critic_hidden_sizes": (1024, 512, 300),
        "action_layer": 1,
        **RATES,
        "actor_learning_rate": 1e-3,
        "tau": 1e-2,
        "batch_size": 32,
        "buffer_size": 100_000,
        **OU,
        "noise_sigma": 0.3,
        "noise_units": "environment",
        **PYTORCH,
    },
    # github.com/keras-rl/keras-rl, examples/ddpg_pendulum.py and rl/random.py
    "keras_rl": {
        "env_id": "Pendulum-v1",
        "strategy": "get_updates",
        "hidden_sizes": (16, 16, 16),
        "critic_hidden_sizes": (32, 32, 32),
        "action_layer": 0,
        **RATES,
        "actor_learning_rate": 1e-3,
        "gradient_clip_norm": 1.0,
        "tau": 1e-3,
        "batch_size": 32,
        "buffer_size": 100_000,
        **OU,
        "ou_dt": 1e-2,
        "noise_sigma": 0.3,
        "noise_units": "environment",
        "adam_epsilon": 1e-7,
    },
    # github.com/ahoereth/ddpg, src/ddpg.py
    "hoereth": {
        "env_id": "LunarLanderContinuous-v3",
        "strategy": "output_gradients",
        "hidden_sizes": (100, 50),
        "action_layer": 1,
        "normalization": "none",
        **RATES,
        "critic_l2": 1e-2 / 2,
        "critic_l2_biases": True,
        **EPSILON,
        "tau": 1e-3,
        "batch_size": 64,
        "buffer_size": 1_000_000,
        **OU,
        "noise_sigma": 0.2,
        "noise_sigma_final": 0.0,
    },
    # github.com/openai/baselines, baselines/ddpg, the version with models.py
    "baselines": {
        "env_id": "HalfCheetah-v5",
        "strategy": "mean_q",
        "hidden_sizes": (64, 64),
        "action_layer": 1,
        "normalization": "layer",
        **RATES,
        "critic_l2": 1e-2 / 2,
        "critic_l2_biases": False,
        "update_order": "together",
        **EPSILON,
        "tau": 0.01,
        "batch_size": 64,
        "buffer_size": 1_000_000,
        "exploration": "parameter",
        "noise_sigma": 0.2,
        "parameter_noise_factor": 1.01,
        "parameter_noise_adapt_every": 50,
        "normalize_observations": True,
        "observation_clip": 5.0,
        "normalize_returns": False,
        "pop_art": False,
        "update_every": 100,
        "updates_per_step": 50 / 100,
        "eval_every": 20 * 100,
    },
    # shared by its author as a page on DDPG and TD3: class Skylark_DDPG
    "skylark": {
        "env_id": "Pendulum-v1",
        "algorithm": "ddpg",
        "strategy": "mean_q",
        "hidden_sizes": (256, 256),
        "action_layer": 0,
        **RATES,
        "actor_learning_rate": 1e-3,
        "tau": 0.02,
        "batch_size": 32,
        "buffer_size": 10_000,
        **GAUSSIAN,
        **PYTORCH,
    },
    # the same page: class Skylark_TD3
    "skylark_td3": {
        "env_id": "Pendulum-v1",
        "algorithm": "td3",
        "strategy": "mean_q",
        "policy_delay": 2,
        "hidden_sizes": (256, 256),
        "action_layer": 0,
        "optimizer": "adam",
        "actor_learning_rate": 3e-4,
        "critic_learning_rate": 3e-4,
        "tau": 5e-3,
        # given in torque, of which a half range has 2
        "target_noise_sigma": 0.2 / 2,
        "target_noise_clip": 0.5 / 2,
        "batch_size": 256,
        "buffer_size": 1_000_000,
        "warmup_steps": 1_000,
        **GAUSSIAN,
        **PYTORCH,
    },
    # github.com/sfujim/TD3, OurDDPG.py and main.py
    "fujimoto": {
        "env_id": "HalfCheetah-v5",
        "strategy": "mean_q",
        "hidden_sizes": (256, 256),
        "action_layer": 0,
        "optimizer": "adam",
        "actor_learning_rate": 3e-4,
        "critic_learning_rate": 3e-4,
        "critic_l2": 0.0,
        "tau": 5e-3,
        "batch_size": 256,
        "buffer_size": 1_000_000,
        **GAUSSIAN,
        **PYTORCH,
    },
    # github.com/openai/spinningup, ddpg.py
    "spinningup": {
        "env_id": "HalfCheetah-v5",
        "strategy": "mean_q",
        "hidden_sizes": (256, 256),
        "action_layer": 0,
        **RATES,
        "actor_learning_rate": 1e-3,
        "tau": 1 - 0.995,
        "batch_size": 100,
        "buffer_size": 1_000_000,
        "update_every": 50,
        **GAUSSIAN,
        **PYTORCH,
    },
}

WITHOUT_DEFECTS = {"lillicrap", "fujimoto", "spinningup"}
"""The presets whose published code is repeated as it is."""

# letter -> the presets that it does not apply to, because the source does the same or says nothing
DOES_NOT_DEPART = {
    "A": set(),
    "B": {"baselines", "spinningup"},  # they make their updates in blocks themselves
    "C": {"lillicrap"},
    # they do the same, or have no terminal mask or no time limit at all, or do not say
    "D": {*("lillicrap", "lau", "yoon", "skylark", "skylark_td3", "fujimoto", "spinningup")},
    "E": set(SOURCES) - {"emami", "lau"},
    "F": set(SOURCES) - {"emami", "lau", "keras_rl"},
}
PLACE = re.compile(r"\.(py|ipynb)\b.*|^(section|equation|table) [\w.]+")


def test_every_preset_has_a_source_here():
    assert list(PRESETS) == list(SOURCES)


@pytest.mark.parametrize("name", PRESETS)
def test_a_preset_says_where_it_comes_from_and_where_it_departs(name):
    preset = PRESETS[name]
    assert len(preset.facts) >= 4 and preset.departures and preset.version
    assert bool(preset.defects) == (name not in WITHOUT_DEFECTS)
    letters = [letter for letter, others in DOES_NOT_DEPART.items() if name not in others]
    assert list(preset.common_departures) == letters
    facts = [*preset.facts, *preset.defects, *preset.departures]
    assert all(re.search(r"\.\)?$", fact.text) and "\n" not in fact.text for fact in facts)
    text = str(preset)
    parts = [preset.source, preset.version, *(COMMON_DEPARTURES[letter] for letter in letters)]
    assert all(part in text for part in [*parts, *map(str, facts)])


@pytest.mark.parametrize("name", PRESETS)
def test_every_fact_has_its_place_in_the_source(name):
    preset = PRESETS[name]
    spoken_of = [fact for fact in preset.departures if "Published" in fact.text]
    for fact in [*preset.facts, *preset.defects, *spoken_of]:
        assert PLACE.search(fact.where), fact.text
        assert re.search(rf"(?m)^\d+\. .*{re.escape(fact.where)}", str(preset))


def test_departures_common_to_several_presets_are_each_in_use():
    assert set(COMMON_DEPARTURES) == set(DOES_NOT_DEPART)
    assert set("".join(preset.common_departures for preset in PRESETS.values())) == set(
        COMMON_DEPARTURES
    )


@pytest.mark.parametrize("name", PRESETS)
def test_the_numbers_are_the_source_s(name):
    config = get_preset(name)
    assert isinstance(config, DDPGConfig)
    assert config.gamma == 0.99
    for field, expected in SOURCES[name].items():
        value = getattr(config, field)
        assert value == (pytest.approx(expected) if isinstance(expected, float) else expected), (
            field
        )


# how a fact names a number of the config; the fields that it names, in order
FIGURES = {
    r"Adam with (\S+) \(actor\) and (\S+) \(critic\)": (
        "actor_learning_rate",
        "critic_learning_rate",
    ),
    r"Adam with (\S+) for (?:both|all)": ("actor_learning_rate", "critic_learning_rate"),
    r"\bgamma ([\d.e-]+\d)": ("gamma",),
    r"\btau ([\d.e-]+\d)": ("tau",),
    r"batches of (\d+)": ("batch_size",),
    r"replay buffer of ([\de]+)": ("buffer_size",),
    r"Hidden layers of (\d+) and (\d+)": ("hidden_sizes",),
    r"[Aa]n actor of (\d+)(?:, (\d+))? and (\d+)": ("hidden_sizes",),
    r"a critic of (\d+), (\d+) and (\d+)": ("critic_hidden_sizes",),
    r"[Nn]oise with theta ([\d.]+\d)": ("ou_theta",),
    r"\bdt ([\d.e-]+\d)": ("ou_dt",),
    r"clipped to \+-(\d+)": ("observation_clip",),
    r"factor of ([\d.]+\d)": ("parameter_noise_factor",),
    r"Target noise of ([\d.]+\d), clipped at ([\d.]+\d)": (
        "target_noise_sigma",
        "target_noise_clip",
    ),
    r"Gaussian noise of ([\d.]+\d)": ("noise_sigma",),
    r"Updates in blocks of (\d+)": ("update_every",),
}


@pytest.mark.parametrize("name", PRESETS)
def test_figures_in_the_facts_are_the_config_s(name):
    config, found = get_preset(name), set()
    text = " ".join(fact.text for fact in PRESETS[name].facts)
    for pattern, fields in FIGURES.items():
        for match in re.finditer(pattern, text):
            # one number may stand for several fields
            named = [float(number) for number in match.groups() if number]
            values = np.ravel([getattr(config, field) for field in fields])
            assert np.allclose(named, values, rtol=1e-12, atol=0), pattern
            found.update(fields)
    assert {"actor_learning_rate", "critic_learning_rate", "gamma", "batch_size"} <= found
    assert {"hidden_sizes", "tau", "buffer_size"} <= found


@pytest.mark.parametrize("name", PRESETS)
def test_the_first_departure_is_the_length_of_the_config_s_run(name):
    config, (ours, published) = (
        get_preset(name),
        PRESETS[name].departures[0].text.split("Published: "),
    )
    assert config.env_id in ours
    numbers = [int(number.replace(",", "")) for number in re.findall(r"\b\d[\d,]*\b(?=[ .])", ours)]
    assert numbers == [config.total_steps] + [config.warmup_steps] * (config.warmup_steps > 0)
    assert published


@pytest.mark.parametrize("name", ["keras_rl", "hoereth"])
def test_annealing_ends_with_the_run_where_the_source_s_does(name):
    config = get_preset(name)
    assert config.warmup_steps + config.noise_anneal_steps == config.total_steps


def test_an_unknown_preset():
    with pytest.raises(ValueError) as caught:
        get_preset("sb3")
    assert all(name in str(caught.value) for name in ["sb3", *PRESETS])
    assert "\n" not in str(caught.value)


# ---- on the command line ------------------------------------------------------------------------


@pytest.mark.parametrize("name", PRESETS)
def test_the_command_line_knows_it(name):
    command = parse(["train", "--preset", name])
    assert command.preset == name
    assert command.config == get_preset(name)


@pytest.mark.parametrize(
    ("name", "other"), small_version(itertools.pairwise([*PRESETS, "lillicrap"]), 4)
)
def test_every_field_can_be_overridden(name, other):
    """Every field on one line makes one preset another."""
    arguments = []
    for field, value in get_preset(other).to_dict().items():
        if field == "env_kwargs":
            assert value == {}
            continue
        values = value if isinstance(value, tuple) else [value]
        arguments += [f"--{field.replace('_', '-')}", *map(str, values)]
    assert parse(["train", "--preset", name, *arguments]).config == get_preset(other)


def test_a_preset_s_environment_needs_what_is_installed(monkeypatch, capsys, tmp_path):
    monkeypatch.chdir(tmp_path)

    def missing(*args, **kwargs):
        raise gym.error.DependencyNotInstalled('run `pip install "gymnasium[box2d]"`')

    monkeypatch.setattr(gym, "make", missing)
    assert main(["train", "--preset", "hoereth"]) == 2
    error = capsys.readouterr().err
    assert "LunarLanderContinuous-v3" in error and "gymnasium[box2d]" in error
    assert error.count("\n") == 1
    assert list(tmp_path.iterdir()) == []


# ---- at work ------------------------------------------------------------------------------------


def test_the_paper_s_networks():
    agent = DDPG(Box(-1, 1, (3,)), Box(-2, 2, (1,)), get_preset("lillicrap"))
    dense = [layer for layer in agent.critic.layers if isinstance(layer, keras.layers.Dense)]
    assert [layer.kernel.shape for layer in dense] == [(3, 400), (401, 300), (300, 1)]


def shortened(config, steps):
    """The same with fewer steps, of which a good part still learns; compiled in a whole run."""
    warmup = min(config.warmup_steps, steps * 6 // 7)
    return replace(
        config,
        total_steps=steps,
        warmup_steps=warmup,
        actor_warmup_steps=min(config.actor_warmup_steps, warmup + 10),
        eval_every=steps,
        eval_episodes=1,
        jit_compile=WHOLE,
    )


@pytest.mark.slow
@pytest.mark.parametrize("name", small_version(PRESETS, 4))
def test_it_runs_on_its_environment(name, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)  # MuJoCo logs its warnings to a file
    config = shortened(get_preset(name), STEPS)
    try:
        gym.make(config.env_id).close()
    except (gym.error.DependencyNotInstalled, ModuleNotFoundError) as missing:
        pytest.skip(f"{config.env_id}: {missing}")
    with TrainingRun(config) as run:
        start = {key: network.get_weights() for key, network in run.agent.networks.items()}
        (row,) = [progress.row for progress in run if progress.row is not None]
    assert row["step"] == STEPS
    assert row["updates"] == (STEPS - config.warmup_steps) * config.updates_per_step
    assert all(np.isfinite(row[key]) for key in ("eval_return_mean", "critic_loss", "q"))
    for key, network in run.agent.networks.items():
        weights = network.get_weights()
        assert all(np.isfinite(weight).all() for weight in weights), key
        pairs = zip(weights, start[key], strict=True)
        assert any(not np.array_equal(after, before) for after, before in pairs), key
