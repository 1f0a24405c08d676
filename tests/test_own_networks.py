"""Networks of one's own: built from the spaces, named in config.json, found again by that name."""

import json
import re
import sys
from pathlib import Path

import keras
import numpy as np
import pytest
from gymnasium.spaces import Box

import ddpg_tf
from ddpg_tf import DDPG, DDPGConfig, train
from ddpg_tf.cli.main import main
from ddpg_tf.named import imported, name_of
from ddpg_tf.runs import resume
from ddpg_tf.strategies import STRATEGIES
from tests.errors import assert_exits, refused
from tests.sizes import small_version

SMALL = {
    "total_steps": 60,
    "warmup_steps": 20,
    "batch_size": 16,
    "update_every": 10,
    "eval_every": 30,
    "eval_episodes": 1,
    "jit_compile": False,
}

MODULE = """
import keras

def actor(observation_space, action_space):
    return keras.Sequential([
        keras.Input(observation_space.shape),
        keras.layers.Dense(7, "elu"),
        keras.layers.Dense(action_space.shape[0], "tanh"),
        keras.layers.Rescaling(action_space.high.tolist()),
    ])

def critic(observation_space, action_space, width=5):
    observations, actions = map(keras.Input, (observation_space.shape, action_space.shape))
    x = keras.layers.Concatenate()([observations, actions])
    x = keras.layers.Dense(width, "elu")(x)
    return keras.Model([observations, actions], keras.layers.Dense(1)(x))

def nothing(observation_space, action_space):
    pass

def too_wide(observation_space, action_space):
    return keras.Sequential([keras.Input(observation_space.shape), keras.layers.Dense(4)])

NUMBER = 3
"""


@pytest.fixture
def module(tmp_path, monkeypatch):
    """A module of the user's, on the path, and the folder that it lies in."""
    (tmp_path / "own_networks_of_a_user.py").write_text(MODULE)
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.chdir(tmp_path)
    yield "own_networks_of_a_user"
    sys.modules.pop("own_networks_of_a_user", None)


def own(module):
    return {"actor": f"{module}:actor", "critic": f"{module}:critic"}


def weights(agent):
    return [w for network in agent.networks.values() for w in network.get_weights()]


def assert_same_bits(one, other):
    assert len(one) == len(other)
    assert all(map(np.array_equal, one, other))


def test_a_function_or_its_name_make_the_same_run_and_config(module, tmp_path):
    code = imported("module", f"{module}:actor"), imported("module", f"{module}:critic")
    by_function = train(DDPGConfig(**SMALL), tmp_path / "a", actor=code[0], critic=code[1])
    by_name = train(DDPGConfig(**SMALL, **own(module)), tmp_path / "b")
    assert_same_bits(weights(by_function.agent), weights(by_name.agent))
    for name in ("config.json", "metrics.csv"):
        assert (tmp_path / "a" / name).read_bytes() == (tmp_path / "b" / name).read_bytes()
    saved = json.loads((tmp_path / "a" / "config.json").read_text())
    assert (saved["actor"], saved["critic"]) == (f"{module}:actor", f"{module}:critic")
    assert [layer.units for layer in by_name.agent.actor.layers[:2]] == [7, 1]


def test_initial_weights_follow_from_the_seed_alone(module):
    spaces = Box(-1, 1, (3,)), Box(-2, 2, (1,))
    np.random.seed(1)
    state = np.random.get_state()[1].copy()
    first, again = (DDPG(*spaces, DDPGConfig(**SMALL, **own(module))) for _ in range(2))
    other = DDPG(*spaces, DDPGConfig(**SMALL, **own(module), seed=1))
    assert_same_bits(weights(first), weights(again))
    assert not np.array_equal(weights(first)[0], weights(other)[0])
    assert np.array_equal(np.random.get_state()[1], state)


@pytest.mark.parametrize("strategy", small_version(STRATEGIES, 2))
def test_every_strategy_trains_td3_with_them(strategy, module):
    config = DDPGConfig(**SMALL | {"total_steps": 40}, algorithm="td3", strategy=strategy)
    networks = own(module)
    start = DDPG.class_for("td3")(Box(-1, 1, (3,)), Box(-2, 2, (1,)), config, **networks)
    result = train(config, **networks)
    assert result.agent.second_critic.layers[3].units == 5
    moved = zip(weights(result.agent), weights(start), strict=True)
    assert all(not np.array_equal(now, before) for now, before in moved)


def test_evaluate_and_resume_need_nothing_more(module, tmp_path, capsys):
    arguments = [f"--{k.replace('_', '-')}={v}" for k, v in (SMALL | own(module)).items()]
    assert main(["train", *arguments, "--run-dir", "run"]) == 0
    metrics = (tmp_path / "run" / "metrics.csv").read_bytes()
    capsys.readouterr()
    assert main(["evaluate", "run", "--episodes", "1"]) == 0
    last = tmp_path / "run" / "checkpoints" / "step_000000060"
    for path in last.iterdir():
        path.unlink()
    last.rmdir()
    assert main(["train", "--resume", "run"]) == 0
    assert (tmp_path / "run" / "metrics.csv").read_bytes() == metrics


def test_what_has_no_name_is_asked_for_again(module, tmp_path, capsys):
    models = {
        "actor": imported("actor", f"{module}:actor")(Box(-1, 1, (3,)), Box(-2, 2, (1,))),
        "critic": lambda *spaces: imported("critic", f"{module}:critic")(*spaces),
    }
    result = train(DDPGConfig(**SMALL), tmp_path / "run", **models)
    with refused(ValueError, "actor=", "DDPG.load", "resume"):
        DDPG.load(tmp_path / "run")
    with refused(ValueError, "critic=", "DDPG.load", "resume"):
        resume(tmp_path / "run", 90, actor=models["actor"])
    assert_exits(main(["evaluate", "run"]), capsys, "actor")
    agent = DDPG.load(tmp_path / "run", **models)
    assert_same_bits(weights(agent), weights(result.agent))
    with refused(ValueError, "workers", "actor", "module:function"):
        train(DDPGConfig(**SMALL, workers=2), **models)


def test_a_resumed_run_with_models_has_the_same_bits(module, tmp_path):
    def critic(*spaces):
        return imported("critic", f"{module}:critic")(*spaces)

    whole = train(DDPGConfig(**SMALL), tmp_path / "run", critic=critic)
    metrics = (tmp_path / "run" / "metrics.csv").read_bytes()
    last = tmp_path / "run" / "checkpoints" / "step_000000060"
    last.rename(tmp_path / "elsewhere")
    again = resume(tmp_path / "run", critic=critic)
    assert_same_bits(weights(again.agent), weights(whole.agent))
    assert (tmp_path / "run" / "metrics.csv").read_bytes() == metrics


@pytest.mark.parametrize(
    ("name", "error", "named"),
    [
        ("own_networks", ValueError, "module:"),
        ("no_such_module_here:actor", ValueError, "no_such_module_here"),
        ("{module}:no_such_function", ValueError, "no_such_function"),
        ("{module}:NUMBER", TypeError, "int"),
        ("{module}:nothing", TypeError, "nothing"),
        ("{module}:too_wide", ValueError, "(5, 4)"),
    ],
)
def test_a_wrong_name_is_refused_in_one_line_before_anything_is_written(
    name, error, named, module, tmp_path, capsys
):
    name = name.format(module=module)
    with refused(error, "actor", named):
        DDPG(Box(-1, 1, (3,)), Box(-2, 2, (1,)), DDPGConfig(actor=name))
    assert_exits(main(["train", "--actor", name, "--run-dir", "run"]), capsys, named)
    assert not (tmp_path / "run").exists()


def test_names():
    assert name_of(train) == "ddpg_tf.runs:train"
    assert imported("loader", "ddpg_tf.agents.ddpg:DDPG.load") == DDPG.load
    assert imported("loader", name_of(DDPG.act)) is DDPG.act
    for unnamed in (lambda: 0, 3, keras.Sequential([]), None):
        assert name_of(unnamed) is None


@pytest.mark.parametrize(
    ("code", "raised"),
    [
        ("import no_such_package_at_all", "ModuleNotFoundError"),
        ("def actor(observations, actions):\n    return 1 / 0", "ZeroDivisionError"),
        ("def actor(observations, actions):\n    raise ValueError('of mine')", "of mine"),
        ("def actor(observations, actions) return 3", "SyntaxError"),
    ],
)
def test_an_error_in_the_user_s_code_shows_its_own_traceback(
    code, raised, tmp_path, monkeypatch, capsys
):
    (tmp_path / "faulty_networks.py").write_text(code)
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.chdir(tmp_path)
    sys.modules.pop("faulty_networks", None)
    assert main(["train", "--actor", "faulty_networks:actor", "--run-dir", "run"]) == 2
    line, *trace = capsys.readouterr().err.strip().splitlines()
    assert line.startswith("ddpg-tf: ") and "actor" in line
    assert raised in trace[-1]
    assert raised == "SyntaxError" or trace[0].startswith("Traceback")
    assert sum("faulty_networks.py" in line for line in trace) == 1
    assert not any("ddpg_tf" in line for line in trace)
    assert not (tmp_path / "run").exists()


def test_the_page_s_networks_fit_its_environment(tmp_path, monkeypatch):
    page = Path(ddpg_tf.__file__).parents[1] / "tutorials" / "own_networks.md"
    (code,) = re.findall(r"```python\n(.*?)```", page.read_text(), re.DOTALL)
    (tmp_path / "networks_of_the_page.py").write_text(code)
    monkeypatch.syspath_prepend(tmp_path)
    spaces = Box(0, 255, (84, 84, 3), np.uint8), Box(np.float32([-1, 0, 0]), np.float32([1, 1, 1]))
    names = {role: f"networks_of_the_page:{role}" for role in ("actor", "critic")}
    agent = DDPG(*spaces, DDPGConfig(**SMALL, **names))
    picture = np.random.default_rng(0).integers(256, size=(84, 84, 3), dtype=np.uint8)
    assert spaces[1].contains(agent.act(picture))
    assert agent.actor.count_params() > 3e5
