"""Environments from ids, specs and functions, and what a run's config keeps of them."""

import json
import subprocess
import sys
from functools import partial

import gymnasium as gym
import numpy as np
import pytest
from gymnasium.spaces import Box
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes

from ddpg_tf import DDPG, DDPGConfig, evaluate, resume, train
from ddpg_tf.cli.arguments import mapping_of
from ddpg_tf.cli.main import main, parse
from ddpg_tf.cli.train import default_directory
from ddpg_tf.environments.description import with_environment
from ddpg_tf.environments.make import DEFAULT_LIMIT, make_environment
from ddpg_tf.environments.spaces import action_bounds, observation_size
from ddpg_tf.environments.vector import Environments
from ddpg_tf.startup import note_once
from ddpg_tf.training.lockstep import compare
from tests.environments import worlds
from tests.environments.worlds import OwnSpace, Scaled, Walk, short_walk
from tests.errors import assert_exits, refused

CONFIG = DDPGConfig(
    total_steps=40,
    warmup_steps=40,
    batch_size=8,
    hidden_sizes=(4,),
    eval_every=20,
    eval_episodes=1,
    jit_compile=False,
)
WORLDS = "tests.environments.worlds"


@pytest.fixture(autouse=True)
def nothing_told_yet():
    note_once.cache_clear()


def with_settings(**settings):
    return DDPGConfig(**CONFIG.to_dict() | settings)


def first_steps(environment, steps=3):
    """The first observation and the rewards of some steps from seed 0."""
    observation, _ = environment.reset(seed=0)
    rewards = [environment.step(np.float32([0.5]))[1] for _ in range(steps)]
    return observation.tolist(), rewards


# ---- what it can be made from -----------------------------------------------------------------

SPECS = {
    "plain": gym.spec("ShortWalk-v0"),
    "arguments": gym.make("ShortWalk-v0", pull=0.25).spec,
    "limit": gym.make("ShortWalk-v0", max_episode_steps=7).spec,
    "wrapper": Scaled(gym.make("ShortWalk-v0"), factor=3.0).spec,
    "gymnasium's": gym.make("Pendulum-v1", g=9.5).spec,
}


@pytest.mark.parametrize(
    "source",
    ["ShortWalk-v0", f"{WORLDS}:ShortWalk-v0", f"{WORLDS}:short_walk", short_walk, SPECS["plain"]],
    ids=["id", "module:id", "module:function", "function", "spec"],
)
def test_an_id_a_spec_and_a_function_make_the_same(source):
    with make_environment(source) as made, short_walk() as expected:
        assert first_steps(made) == first_steps(expected)


def test_a_class_can_be_named_too():
    with make_environment(f"{WORLDS}:Walk", env_kwargs={"pull": 0.5}) as made:
        assert first_steps(made) == first_steps(Walk(pull=0.5))


def test_arguments_and_wrappers_in_their_order():
    wrappers = (f"{WORLDS}:Scaled(2.0)", "RescaleAction(min_action=-2.0, max_action=2.0)")
    with make_environment("ShortWalk-v0", env_kwargs={"pull": 0.5}, wrappers=wrappers) as made:
        by_hand = Scaled(Walk(pull=0.5), 2.0)
        assert made.action_space.high == 2
        observation, _ = made.reset(seed=0)
        assert observation.tolist() == by_hand.reset(seed=0)[0].tolist()
        assert made.step(np.float32([1.0]))[1] == by_hand.step(np.float32([0.5]))[1]


# ---- what is written down ---------------------------------------------------------------------


@pytest.mark.parametrize("name", SPECS)
def test_a_spec_is_written_down(name):
    spec = SPECS[name]
    config, made_by = with_environment(DDPGConfig(), spec)
    assert made_by is None
    again = DDPGConfig.from_dict(json.loads(json.dumps(config.to_dict())))
    assert again == config and hash(again) == hash(config)
    made = make_environment(
        again.env_id,
        env_kwargs=again.env_kwargs,
        wrappers=again.wrappers or (),
        max_episode_steps=again.max_episode_steps,
    )
    with made, gym.make(spec) as expected:
        assert first_steps(made) == first_steps(expected)
        assert made.spec.max_episode_steps == spec.max_episode_steps


def test_a_wrapper_s_argument_that_json_cannot_hold_is_not():
    limit = np.float32([2.0])
    spec = gym.wrappers.RescaleAction(gym.make("ShortWalk-v0"), -limit, limit).spec
    config, made_by = with_environment(DDPGConfig(), spec)
    assert made_by is spec and config.env_id == "<spec ShortWalk-v0>"


def test_a_run_is_read_back_with_arguments_and_wrappers(tmp_path):
    config = with_settings(
        env_id=f"{WORLDS}:Walk",
        env_kwargs={"pull": 0.5},
        wrappers=[f"{WORLDS}:Scaled(2.0)"],
        max_episode_steps=5,
    )
    result = train(config, tmp_path / "run")
    saved = json.loads((tmp_path / "run" / "config.json").read_text())
    assert saved["env_kwargs"] == {"pull": 0.5} and saved["max_episode_steps"] == 5
    again = DDPG.load(tmp_path / "run")
    assert again.config == config
    returns = evaluate(again, config.env_id, 2)
    assert list(returns) == list(evaluate(result.agent, config.env_id, 2))
    walk = gym.wrappers.TimeLimit(Scaled(Walk(pull=0.5), 2.0), 5)
    assert list(returns) == list(evaluate(DDPG.load(tmp_path / "run"), lambda **_: walk, 2) / 2)
    longer = resume(tmp_path / "run", 60)
    assert longer.history[-1]["step"] == 60


def test_a_function_is_asked_for_again(tmp_path, capsys):
    first = train(CONFIG, tmp_path / "run", env=short_walk)
    saved = json.loads((tmp_path / "run" / "config.json").read_text())
    assert saved["env_id"] == "<function short_walk>"
    with refused(ValueError, "<function short_walk>", "env=", "evaluate(", "--env-id"):
        resume(tmp_path / "run", 60)
    assert main(["evaluate", str(tmp_path / "run")]) == 2
    assert_exits(2, capsys, "<function short_walk>", "--env-id")
    assert resume(tmp_path / "run", 60, env=short_walk).history[-1]["step"] == 60
    by_name = ["--env-id", f"{WORLDS}:short_walk"]
    assert main(["evaluate", str(tmp_path / "run"), "--episodes", "1", *by_name]) == 0
    longer = ["--resume", str(tmp_path / "run"), "--total-steps", "80"]
    assert main(["train", *longer, *by_name]) == 0
    assert first.agent.config.env_id == "<function short_walk>"


def test_compare_takes_a_function():
    config = with_settings(warmup_steps=20, update_every=10, env_id="nothing of that name")
    result = compare(config, (8,), ("mean_q",), env=short_walk)
    assert result["config"]["env_id"] == "<function short_walk>"
    assert len(result["groups"][0]["runs"]["mean_q"]["eval_returns"]) == 2


def test_several_workers_need_what_each_can_make():
    with refused(ValueError, "workers", "<function short_walk>", "env_id"):
        train(with_settings(workers=2), env=short_walk)


# ---- the command line -------------------------------------------------------------------------


def test_the_current_folder_is_on_the_path_for_the_console_script(tmp_path):
    (tmp_path / "my_world.py").write_text("")
    program = (
        "import sys, os\n"
        "sys.path[:] = [path for path in sys.path if path not in ('', os.getcwd())]\n"
        "from ddpg_tf.cli.main import main\n"
        "main(['--version'])\n"
        "import my_world\n"
    )
    # without a program's own folder on the path, as the console script is run
    assert subprocess.run([sys.executable, "-c", program], cwd=tmp_path).returncode == 0


def test_arguments_are_python_literals():
    assert mapping_of(["g=9.81", "on=True", "name=walk", "sizes=[1, 2]", "x=a=b"]) == {
        "g": 9.81,
        "on": True,
        "name": "walk",
        "sizes": [1, 2],
        "x": "a=b",
    }
    command = parse(
        ["train", "--env-kwargs", "g=9.5", "--wrappers", "TimeLimit(3)", "--max-episode-steps", "9"]
    )
    config = command.config
    assert (config.env_kwargs, config.wrappers) == ({"g": 9.5}, ("TimeLimit(3)",))
    assert config.max_episode_steps == 9


def test_an_argument_without_a_value(capsys):
    assert_exits(main(["train", "--env-kwargs", "g"]), capsys, "--env-kwargs", "'g'")


@pytest.mark.parametrize(
    "env_id", ["odd:Walk-v0", "ALE/Pong-v5", "a.b:c", "nul", "com1.x", "dot.", 'a<b>|"c"?*', ":"]
)
def test_a_default_directory_has_a_legal_name(env_id):
    folder = default_directory(DDPGConfig(env_id=env_id), None).parts
    assert len(folder) == 3 and folder[0] == "runs"
    assert not set(folder[1]) & set('<>:"/\\|?*') and folder[1][-1] not in ". "
    assert folder[1].split(".")[0].lower() not in {"con", "prn", "aux", "nul", "com1", "lpt1"}
    assert default_directory(DDPGConfig(), None).parts[1] == "Pendulum-v1"


# ---- limits -----------------------------------------------------------------------------------


@pytest.mark.parametrize("limit", [None, 15])
def test_an_episode_without_end_is_cut_off_and_told_of_once(limit, capsys):
    config = with_settings(env_id="EndlessWalk-v0", max_episode_steps=limit, eval_episodes=2)
    result = train(config)
    told = capsys.readouterr().err
    expected = DEFAULT_LIMIT if limit is None else limit
    assert told.count("\n") == (limit is None)
    if limit is None:
        assert "EndlessWalk-v0" in told and f"{DEFAULT_LIMIT:,}" in told
    assert result.history[-1]["episodes"] == 40 // expected


@pytest.mark.parametrize("autoreset", ["same_step", "next_step", "disabled"])
@pytest.mark.parametrize("kind", ["sync", "async"])
def test_it_counts_as_truncated_in_training_too(kind, autoreset, capfd, monkeypatch):
    monkeypatch.setattr("ddpg_tf.environments.make.DEFAULT_LIMIT", 6)
    config = DDPGConfig(num_envs=2, vectorization=kind, autoreset=autoreset)
    environments = Environments(partial(make_environment, "EndlessWalk-v0"), config, seed=0)
    try:
        steps = [environments.step(np.zeros((2, 1), np.float32)) for _ in range(6)]
    finally:
        environments.close()
    assert [list(step.truncated) for step in steps] == [[False, False]] * 5 + [[True, True]]
    assert not any(step.batch.terminated.any() for step in steps)
    assert capfd.readouterr().err.count("EndlessWalk-v0") == 1


def test_no_limit_of_its_own_is_changed():
    for source, limit in (("Pendulum-v1", 200), ("ShortWalk-v0", 20), (short_walk, 20)):
        with make_environment(source) as environment:
            environment.reset(seed=0)
            action = np.zeros(1, np.float32)
            lasted = [environment.step(action)[3] for _ in range(limit)]
        assert lasted == [False] * (limit - 1) + [True]


# ---- shapes -----------------------------------------------------------------------------------


@given(
    shape=array_shapes(min_dims=0, max_dims=3, max_side=3),
    dtype=st.sampled_from([np.float16, np.float32, np.float64]),
    seed=st.integers(0, 2**16),
)
def test_actions_of_any_shape_are_flattened_and_given_back(shape, dtype, seed):
    generator = np.random.default_rng(seed)
    low = generator.uniform(-3, 0, shape)
    space = Box(np.array(low, dtype), np.array(low + 2, dtype), shape, dtype)
    own = OwnSpace(space)
    with make_environment(lambda: own) as made:
        low, high = action_bounds(made.action_space)
        np.testing.assert_array_equal(made.action_space.low, space.low.ravel())
        made.reset(seed=0)
        action = generator.uniform(low, high).astype(np.float32)
        made.step(action)
    (got,) = own.got
    assert np.shape(got) == shape
    np.testing.assert_array_equal(np.ravel(got), action.astype(np.asarray(got).dtype))
    if len(shape) != 1:
        assert got.dtype == dtype and space.contains(got)


@pytest.mark.parametrize("shape", [(), (2, 2)])
def test_a_run_with_actions_of_another_shape(shape):
    environments = []

    def make():
        environments.append(gym.wrappers.TimeLimit(OwnSpace(Box(-1, 1, shape)), 10))
        return environments[-1]

    agent = train(CONFIG, env=make).agent
    assert agent.action_size == np.prod(shape)
    got = [action for each in environments for action in each.unwrapped.got]
    assert len(got) == 40 + 2 * 10
    assert all(each.shape == shape and each.dtype == np.float32 for each in got)


def test_dict_observations_are_flattened_and_told_of_once(capsys):
    config = with_settings(env_id="Parts-v0")
    assert train(config).agent.observation_size == 2 + 3 + 1
    told = capsys.readouterr().err
    assert told.count("\n") == 1 and "Parts-v0" in told and "FlattenObservation" in told


@pytest.mark.parametrize(
    ("space", "size"),
    [(Box(-1, 1, ()), 1), (Box(-1, 1, (2, 3)), 6), (gym.spaces.Discrete(4), 4)],
    ids=["scalar", "matrix", "discrete"],
)
def test_observations_of_other_shapes(space, size):
    with make_environment(lambda: OwnSpace(observation_space=space)) as made:
        assert observation_size(made.observation_space) == size
        assert made.observation_space.contains(made.reset(seed=0)[0])


def test_images_are_left_alone():
    space = Box(0, 255, (8, 8, 3), np.uint8)
    with make_environment(lambda: OwnSpace(observation_space=space)) as made:
        assert made.observation_space == space


# ---- advice that works when it is followed ----------------------------------------------------


@pytest.mark.parametrize(
    "space",
    [Box(-np.inf, np.inf, (2,)), Box(np.float32([-1, -np.inf]), np.float32([np.inf, 3]))],
    ids=["unbounded", "half bounded"],
)
def test_the_wrapper_that_is_advised_for_actions_without_bounds(space):
    with refused(ValueError, wrapper := "ddpg_tf.environments.wrappers:BoundedActions(-1.0, 1.0)"):
        action_bounds(space)
    with make_environment(lambda: OwnSpace(space), wrappers=(wrapper,)) as made:
        low, high = action_bounds(made.action_space)
        made.reset(seed=0)
        made.step(high)
    np.testing.assert_array_equal(low, np.where(np.isfinite(space.low), space.low, -1))
    np.testing.assert_array_equal(high, np.where(np.isfinite(space.high), space.high, 1))


@pytest.mark.parametrize("space", [worlds.PARTS, Box(0, 255, (8, 8, 3), np.uint8)])
def test_the_wrapper_that_is_advised_for_observations(space):
    with refused(TypeError, "FlattenObservation"):
        observation_size(space)
    wrapped = make_environment(
        lambda: OwnSpace(observation_space=space), wrappers=("FlattenObservation",)
    )
    with wrapped:
        assert observation_size(wrapped.observation_space) == gym.spaces.flatdim(space)


@pytest.mark.parametrize("shape", [(), (2, 2)])
def test_the_wrapper_that_is_advised_for_actions_of_other_shapes(shape):
    with refused(TypeError, wrapper := "ddpg_tf.environments.wrappers.FlatActions"):
        action_bounds(Box(-1, 1, shape))
    text = ":".join(wrapper.rsplit(".", 1))
    with make_environment(lambda: OwnSpace(Box(-1, 1, shape)), wrappers=(text,)) as made:
        assert action_bounds(made.action_space)[0].shape == (np.prod(shape, dtype=int),)
