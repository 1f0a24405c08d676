"""The exported policy against `act`: both files, with the library's own networks and others."""

import re
import shutil
import warnings
from contextlib import redirect_stdout
from io import StringIO
from pathlib import Path

import gymnasium as gym
import keras
import numpy as np
import pytest
import tensorflow as tf
from gymnasium.spaces import Box

import ddpg_tf
from ddpg_tf import DDPGConfig, make_agent, train
from ddpg_tf.acting.moments import RunningMoments
from ddpg_tf.agents.export import normalized
from ddpg_tf.cli.main import main
from tests.errors import refused
from tests.sizes import small_version

ACTIONS = Box(np.float32([-0.1, 500.0]), np.float32([0.3, 3000.0]))
PAGE = Path(ddpg_tf.__file__).parents[1] / "tutorials" / "use_the_policy.md"


def own_actor(observation_space, action_space):
    """Beyond its bounds most of the time, with layers that NumPy does not evaluate here."""
    return keras.Sequential(
        [
            keras.Input(observation_space.shape),
            keras.layers.Reshape((-1, 1)),
            keras.layers.Conv1D(4, 2, activation="gelu"),
            keras.layers.Flatten(),
            keras.layers.Dropout(0.5),
            keras.layers.Dense(2),
            keras.layers.Rescaling([1.0, 5000.0]),
        ]
    )


VARIANTS = {
    "own network": {"actor": f"{__name__}:own_actor"},
    "layer norm": {"normalization": "layer"},
    "TD3, normalised observations": {
        "algorithm": "td3",
        "normalize_observations": True,
        "observation_clip": 2.0,
    },
    "batch norm": {"normalization": "batch"},
}


def shaken(settings, size=4):
    """An agent with arbitrary weights and moments."""
    config = DDPGConfig(hidden_sizes=(16, 8), jit_compile=False, **settings)
    agent = make_agent(Box(-np.inf, np.inf, (size,)), ACTIONS, config)
    generator = np.random.default_rng(0)
    for variable in agent.actor.weights:
        if variable.dtype == "float32":
            variable.assign(generator.uniform(0.1, 0.6, variable.shape))
    agent.observe(generator.normal([0, 5, -30, 1e4], [1, 0.1, 40, 0.01], (50, 4)))
    return agent


def lite(path):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # that the interpreter moves to a package of its own
        interpreter = tf.lite.Interpreter(str(path / "policy.tflite"))
    run = interpreter.get_signature_runner()
    return lambda observations: run(observations=observations)["actions"]


@pytest.mark.parametrize("variant", small_version(VARIANTS, 2))
def test_both_files_are_the_policy(variant, tmp_path, capfd):
    agent = shaken(VARIANTS[variant])
    capfd.readouterr()
    agent.export(tmp_path / "policy")
    assert capfd.readouterr() == ("", "")
    generator = np.random.default_rng(1)
    spread = [1, 0.1, 40, 0.01] if agent.observation_moments else [1, 1, 1, 1]
    centre = [0, 5, -30, 1e4] if agent.observation_moments else [0, 0, 0, 0]
    observations = np.float32(generator.normal(centre, np.multiply(3, spread), (40, 4)))
    expected = np.stack([agent.act(observation) for observation in observations])
    half_range = (ACTIONS.high - ACTIONS.low) / 2
    loaded = tf.saved_model.load(str(tmp_path / "policy"))
    served = loaded.signatures["serving_default"](observations=tf.constant(observations))
    for actions in (
        loaded(observations),
        served["actions"],
        lite(tmp_path / "policy")(observations),
    ):
        assert np.abs((actions - expected) / half_range).max() <= 1e-5
    assert np.ptp(expected, axis=0).min() > 0
    if variant == "own network":
        raw = agent.actor(observations).numpy()
        assert not (ACTIONS.low <= raw).all() or not (raw <= ACTIONS.high).all()


def test_a_mean_far_from_zero_keeps_its_digits():
    """Float32 has about seven digits: 12345.6789 in one piece is off by a fifth of this std."""
    moments = RunningMoments(2)
    moments.update(np.array([[12345.6789, -1], [12345.6809, 1], [12345.6799, 2]]))
    rows = np.float32(12345.68 + np.linspace(-0.01, 0.01, 20))[:, np.newaxis] * [1, 0.0001]
    rows = rows.astype(np.float32)
    compiled = tf.function(lambda x: normalized(x, moments.mean, moments.std, 5.0))
    found = compiled(tf.constant(rows)).numpy()
    np.testing.assert_allclose(found, moments.normalize(rows, 5.0), atol=1e-4)


def test_it_is_a_snapshot_that_replaces_another_one(tmp_path):
    agent = shaken({})
    agent.export(tmp_path / "policy")
    first = tf.saved_model.load(str(tmp_path / "policy"))
    observation = np.ones(4, np.float32)
    before = agent.act(observation)
    agent.actor.set_weights([0 * w for w in agent.actor.get_weights()])
    np.testing.assert_allclose(first(observation[np.newaxis])[0], before, rtol=1e-5)
    agent.export(str(tmp_path / "policy"))
    second = tf.saved_model.load(str(tmp_path / "policy"))
    np.testing.assert_allclose(
        second(observation[np.newaxis])[0], agent.act(observation), rtol=1e-5
    )
    assert [path.name for path in tmp_path.iterdir()] == ["policy"]


def test_nothing_else_is_replaced(tmp_path):
    (tmp_path / "thesis.tex").write_text("years of work")
    with refused(FileExistsError, tmp_path):
        shaken({}).export(tmp_path)
    assert (tmp_path / "thesis.tex").read_text() == "years of work"


@pytest.fixture(scope="module")
def exported(tmp_path_factory):
    """A folder with a trained run and its exported policy, the agent, and what export printed."""
    folder = tmp_path_factory.mktemp("exported")
    config = DDPGConfig(
        total_steps=40,
        warmup_steps=20,
        batch_size=16,
        eval_every=40,
        eval_episodes=1,
        hidden_sizes=(8,),
        jit_compile=False,
        normalize_observations=True,
    )
    agent = train(config, folder / "run").agent
    with pytest.MonkeyPatch.context() as patch, redirect_stdout(StringIO()) as printed:
        patch.chdir(folder)
        assert main(["export", "run"]) == 0
    shutil.copytree(folder / "run" / "policy", folder / "policy")
    return folder, agent, printed.getvalue()


def test_the_page_plays_the_policy_literally(exported, monkeypatch, capsys):
    folder, agent, _ = exported
    monkeypatch.chdir(folder)
    play, with_lite, with_numpy = re.findall(r"```python\n(.*?)```", PAGE.read_text(), re.DOTALL)
    assert "ddpg_tf" not in play + with_lite
    assert len(play.strip().splitlines()) <= 20
    exec(compile(play, str(PAGE), "exec"), {})
    printed = float(capsys.readouterr().out.split()[-1])
    environment = gym.make("Pendulum-v1")
    observation, _ = environment.reset(seed=0)
    total, over = 0.0, False
    while not over:
        observation, reward, terminated, truncated, _ = environment.step(agent.act(observation))
        total, over = total + reward, terminated or truncated
    assert printed == pytest.approx(total, abs=0.1)
    names = {}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        exec(compile(with_lite, str(PAGE), "exec"), names)
    np.testing.assert_allclose(names["act"](observation), agent.act(observation), atol=2e-5)
    agent.save("runs/Pendulum-v1/ddpg-mean_q-s0")
    exec(compile(with_numpy, str(PAGE), "exec"), names)
    np.testing.assert_array_equal(names["policy"](observation), agent.act(observation))


def test_the_command_names_both_files(exported):
    folder, _, printed = exported
    assert "run/policy/policy.tflite" in printed and "[n, 3]" in printed
    assert (folder / "run" / "policy" / "saved_model.pb").is_file()
