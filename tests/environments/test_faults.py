"""What an environment does wrong is caught in the step in which it comes, and named."""

import json
from functools import partial
from pathlib import Path

import gymnasium as gym
import numpy as np
import pytest
from gymnasium.spaces import Box, Dict, Discrete, Tuple

import ddpg_tf
from ddpg_tf import DDPG, DDPGConfig, evaluate, resume, train
from ddpg_tf.cli.main import main
from ddpg_tf.environments.faults import (
    FaultyEnvironmentError,
    observation_complaint,
    reset_complaint,
    step_complaint,
)
from ddpg_tf.named import LIBRARIES
from ddpg_tf.run_files import all_checkpoints, resumable_checkpoints
from ddpg_tf.training.loop import TrainingRun
from tests.environments import worlds
from tests.errors import assert_one_line_that_names, refused

CONFIG = DDPGConfig(
    total_steps=60,
    warmup_steps=20,
    batch_size=8,
    hidden_sizes=(4,),
    update_every=5,
    eval_every=20,
    eval_episodes=1,
    max_episode_steps=10,
    jit_compile=False,
)
NAN = np.float32([0, np.nan, 0])
FAULTS = {
    # what a step gives in place of (o, r, terminated, truncated, info), and what must be named
    "nan": (lambda o, *rest: (NAN, *rest), ["nan", "component 1"]),
    "infinity": (lambda o, *rest: (o + np.inf, *rest), ["inf", "component 0"]),
    "too large for float32": (lambda o, *rest: (np.float64(o) + 1e200, *rest), ["1e+200"]),
    "other shape": (lambda o, *rest: (np.zeros(4), *rest), ["(4,)", "(3,)"]),
    "matrix": (lambda o, *rest: (o[None], *rest), ["(1, 3)", "(3,)"]),
    "none": (lambda o, *rest: (None, *rest), ["None"]),
    "string": (lambda o, *rest: ("left", *rest), ["'left'"]),
    "ragged": (lambda o, *rest: ([[1.0], [1.0, 2.0], 3.0], *rest), ["list of 3"]),
    "array reward": (lambda o, r, *rest: (o, np.array([r]), *rest), ["reward"]),
    "nan reward": (lambda o, r, *rest: (o, np.nan, *rest), ["reward", "nan"]),
    "infinite reward": (lambda o, r, *rest: (o, -np.inf, *rest), ["reward", "-inf"]),
    "no reward": (lambda o, r, *rest: (o, None, *rest), ["reward", "None"]),
    "reward as text": (lambda o, r, *rest: (o, "1.0", *rest), ["reward", "'1.0'"]),
    "terminated none": (lambda o, r, d, *rest: (o, r, None, *rest), ["terminated", "None"]),
    "terminated array": (lambda o, r, d, *rest: (o, r, np.array([d]), *rest), ["terminated"]),
    "truncated text": (lambda o, r, d, t, i: (o, r, d, "no", i), ["truncated", "'no'"]),
    "info": (lambda o, r, d, t, i: (o, r, d, t, None), ["info", "None"]),
    "older gym": (lambda o, r, d, t, i: (o, r, d, i), ["4 values", "terminated, truncated"]),
    "nothing": (lambda *all: None, ["None"]),
}


def run_with(make, **settings):
    with TrainingRun(DDPGConfig(**CONFIG.to_dict() | settings), env=make) as run:
        for _ in run:
            pass


@pytest.mark.parametrize("name", FAULTS)
def test_a_wrong_step_is_named_in_the_step_in_which_it_comes(name):
    fault, named = FAULTS[name]
    make = partial(worlds.Faulty, fault, at=5)
    with refused(FaultyEnvironmentError, "<class Faulty>", "returned", "in step 5 of", *named):
        run_with(make)


def test_in_the_warm_up_too_and_nothing_wrong_is_stored():
    with (
        TrainingRun(CONFIG, env=partial(worlds.Faulty, FAULTS["nan"][0], at=7)) as run,
        refused(FaultyEnvironmentError, "in step 7 of"),
    ):
        for _ in run:
            pass
    assert len(run.replay) == 6
    assert all(np.isfinite(column).all() for column in run.replay.contents().arrays().values())


@pytest.mark.parametrize("autoreset", ["same_step", "next_step", "disabled"])
@pytest.mark.parametrize("kind", ["sync", "async"])
def test_of_several_environments(kind, autoreset, capfd):
    settings = {"num_envs": 2, "vectorization": kind, "autoreset": autoreset}
    make = partial(worlds.Faulty, FAULTS["older gym"][0], at=9)
    with refused(FaultyEnvironmentError, "step returned 4 values", "17 to 18"):
        run_with(make, max_episode_steps=100, **settings)
    assert capfd.readouterr().err == ""


def test_a_slip_in_an_environment_s_process_comes_with_its_traceback(capfd):
    def slip(*result):
        raise KeyError("speed")

    settings = {"num_envs": 2, "vectorization": "async"}
    with pytest.raises(FaultyEnvironmentError) as caught:
        run_with(partial(worlds.Faulty, slip, at=9), max_episode_steps=100, **settings)
    assert_one_line_that_names(str(caught.value), "KeyError", "speed")
    assert "in slip" in caught.value.trace and "ddpg_tf" not in caught.value.trace
    assert capfd.readouterr().err == ""


@pytest.mark.parametrize(
    ("fault", "named"),
    [
        (lambda o: o, ["info"]),
        (lambda o: (o, 3), ["info"]),
        (lambda o: (NAN, {}), ["nan", "component 1"]),
        (lambda o: None, ["None"]),
    ],
    ids=["older gym", "no info", "nan", "none"],
)
def test_a_wrong_reset_is_named(fault, named):
    with refused(FaultyEnvironmentError, "reset returned", "in step 10 of", *named):
        run_with(partial(worlds.FaultyReset, fault))


def test_a_reset_that_takes_no_seed():
    with refused(FaultyEnvironmentError, "reset", "seed"):
        run_with(worlds.SeedlessReset)


def test_in_an_evaluation_the_episode_is_named():
    seeds = iter(range(3))  # the third environment is the first evaluation's

    def make():
        return worlds.Faulty(FAULTS["nan"][0], at=15) if next(seeds, 2) == 2 else worlds.Walk()

    with refused(FaultyEnvironmentError, "in step 5 of episode 2", "after step 20"):
        run_with(make, eval_episodes=3)


def test_evaluate_names_it_too():
    spaces = worlds.Walk.observation_space, worlds.Walk.action_space
    agent = DDPG(*spaces, DDPGConfig(hidden_sizes=(4,), max_episode_steps=10))
    with refused(FaultyEnvironmentError, "nan", "in step 4 of episode 3"):
        evaluate(agent, partial(worlds.Faulty, FAULTS["nan"][0], at=24), episodes=5)


def test_what_was_learned_is_saved_and_a_mended_environment_goes_on_to_the_same_bits(tmp_path):
    faulty = partial(worlds.Faulty, FAULTS["nan"][0], at=37)
    with pytest.raises(FaultyEnvironmentError) as caught:
        train(CONFIG, tmp_path / "run", env=faulty)
    assert_one_line_that_names(str(caught.value), "step 37 ", "evaluate", "resume")
    assert int(caught.value.agent.updates) == 15
    names = [path.name for path in all_checkpoints(tmp_path / "run")]
    assert names == ["step_000000020", "step_000000036"]
    assert [path.name for path in resumable_checkpoints(tmp_path / "run")] == names[:1]
    agent = DDPG.load(tmp_path / "run")
    assert int(agent.updates) == 15  # three blocks of 5 after the warm-up
    assert np.isfinite(evaluate(agent, worlds.Walk, episodes=1)).all()

    resumed = resume(tmp_path / "run", env=worlds.Walk)
    whole = train(CONFIG, env=worlds.Walk)
    assert repr(resumed.history) == repr(whole.history)
    for name, network in whole.agent.networks.items():
        for a, b in zip(
            network.get_weights(), resumed.agent.networks[name].get_weights(), strict=True
        ):
            np.testing.assert_array_equal(a, b)


def test_a_fault_in_the_replay_of_a_resumption(tmp_path):
    # nothing is learned; at least eight steps of the present episode are played again
    settings = {"total_steps": 28, "eval_every": 28, "warmup_steps": 60}
    train(DDPGConfig(**CONFIG.to_dict() | settings), tmp_path / "run", env=worlds.Walk)
    with refused(FaultyEnvironmentError, "step 7 "):
        resume(tmp_path / "run", 60, env=partial(worlds.Faulty, FAULTS["nan"][0], at=7))
    assert resume(tmp_path / "run", 60, env=worlds.Walk).history[-1]["step"] == 60


SLIP = """
import gymnasium as gym
from tests.environments.worlds import Walk

class Slip(Walk):
    def step(self, action):
        if self.steps == 26:
            return self.speed
        return super().step(action)

gym.register("Slip-v0", Slip, max_episode_steps=20)
"""


def test_on_the_command_line_the_user_s_own_traceback_stands_below_the_line(
    tmp_path, monkeypatch, capsys
):
    (tmp_path / "slipping.py").write_text(SLIP)
    monkeypatch.chdir(tmp_path)
    options = [
        *("--env-id", "slipping:Slip-v0", "--run-dir", "run", "--total-steps", "60"),
        *("--warmup-steps", "20", "--update-every", "5", "--batch-size", "8"),
        *("--hidden-sizes", "4", "--eval-episodes", "1", "--jit-compile", "False"),
    ]
    assert main(["train", *options]) == 2
    line, *trace = capsys.readouterr().err.splitlines()
    assert_one_line_that_names(line, "slipping:Slip-v0", "AttributeError", "step 27 ", "run")
    assert trace[0].startswith("Traceback")
    files = [text for text in trace if text.lstrip().startswith("File ")]
    assert "slipping.py" in files[0] and not any("ddpg_tf" in text for text in files)
    assert (
        json.loads((tmp_path / "run" / "config.json").read_text())["env_id"] == "slipping:Slip-v0"
    )
    assert main(["evaluate", "run", "--episodes", "1"]) == 0


def test_a_slip_in_the_making_and_in_a_wrapper_of_one_s_own():
    def make():
        return worlds.Walk().no_such_thing

    with refused(FaultyEnvironmentError, "make", "AttributeError"):
        run_with(make)
    with pytest.raises(FaultyEnvironmentError) as caught:
        run_with(worlds.Walk, wrappers=("tests.environments.worlds:Broken",))
    assert_one_line_that_names(str(caught.value), "ValueError", "in step 1 of")
    assert "worlds.py" in caught.value.trace


# ---- each kind by itself --------------------------------------------------------------------

PARTS = Dict(place=Box(-1, 1, (2,)), goal=Discrete(3), pair=Tuple([Box(0, 1, ()), Discrete(2)]))
RIGHT = {"place": np.float32([0, 0]), "goal": 2, "pair": (0.5, 1)}


@pytest.mark.parametrize(
    ("changed", "named"),
    [
        ({}, None),
        ({"place": np.float32([0, np.nan])}, "observation['place']"),
        ({"goal": 3}, "observation['goal']"),
        ({"pair": (np.nan, 1)}, "observation['pair'][0]"),
        ({"pair": (0.5,)}, "observation['pair']"),
        ({"more": 1}, "place, goal, pair"),
    ],
    ids=["right", "nan", "discrete", "nested", "length", "keys"],
)
def test_the_part_of_an_observation_is_named(changed, named):
    complaint = observation_complaint(RIGHT | changed, PARTS)
    assert complaint is None if named is None else named in " ".join(complaint)


@pytest.mark.parametrize("reward", [1, 1.0, np.float32(1), np.int64(1), np.array(1.0), True])
def test_all_that_is_one_number_is_a_reward(reward):
    observation = np.zeros(3, np.float32)
    space = worlds.Walk.observation_space
    assert step_complaint((observation, reward, np.bool_(0), False, {}), space) is None


@pytest.mark.parametrize("observation", [[0.0, 1.0, 2.0], np.float64([0, 1, 2]), np.arange(3)])
def test_all_that_are_numbers_of_the_shape_are_an_observation(observation):
    assert reset_complaint((observation, {}), worlds.Walk.observation_space) is None


def test_a_run_that_learned_nothing_leaves_nothing_and_can_be_started_again(tmp_path):
    settings = {"max_episode_steps": 4, "total_steps": 40, "warmup_steps": 20, "eval_every": 40}
    config = DDPGConfig(**settings, batch_size=4, hidden_sizes=(4,), jit_compile=False)
    wrong = partial(worlds.Faulty, FAULTS["nan"][0], 5)
    (tmp_path / "run").mkdir()
    (tmp_path / "run" / "notes.txt").write_text("mine")
    for run_dir in (tmp_path / "new", tmp_path / "run"):
        with refused(FaultyEnvironmentError, "step 5"):
            train(config, run_dir, env=wrong)
    assert not (tmp_path / "new").exists()
    assert [path.name for path in (tmp_path / "run").iterdir()] == ["notes.txt"]
    assert len(train(config, tmp_path / "run", env=worlds.Walk).history) == 1


def test_the_advice_for_an_environment_from_a_function_can_be_followed(tmp_path):
    settings = {"max_episode_steps": 4, "total_steps": 40, "warmup_steps": 8, "eval_every": 20}
    config = DDPGConfig(
        **settings, update_every=4, batch_size=4, hidden_sizes=(4,), jit_compile=False
    )
    run_dir = tmp_path / "run"
    with refused(FaultyEnvironmentError, "resume(", "env=", "--resume", "--env-id"):
        train(config, run_dir, env=partial(worlds.Faulty, FAULTS["nan"][0], 30))
    assert resume(run_dir, env=worlds.Walk).history[-1]["step"] == 40


@pytest.mark.parametrize("given", [np.zeros((2, 2, 3)), np.zeros((2, 2, 3), np.int64)])
def test_bytes_are_not_made_of_other_numbers(given):
    """NumPy would refuse them later, somewhere in Gymnasium."""
    came, wanted = reset_complaint((given, {}), Box(0, 255, (2, 2, 3), np.uint8))
    assert str(given.dtype) in came and "uint8" in wanted


def test_code_beside_a_library_is_the_user_s(tmp_path):
    """gymnasium_robotics is not gymnasium, and a folder may be called importlib."""
    for library in (gym.__file__, ddpg_tf.__file__, str(tmp_path / "importlib" / "x")):
        file = f"{Path(library).parent}_more/code.py"
        assert not file.startswith(LIBRARIES)
    assert gym.__file__.startswith(LIBRARIES) and ddpg_tf.__file__.startswith(LIBRARIES)


@pytest.mark.parametrize("name", ["observations", "actions", "rewards", "next_observations"])
@pytest.mark.parametrize("value", [np.nan, np.inf])
def test_an_agent_refuses_a_batch_that_is_not_finite(make_batch, name, value):
    agent = DDPG(Box(-1, 1, (3,)), Box(-1, 1, (2,)), DDPGConfig(hidden_sizes=(4,)))
    before = agent.actor.get_weights()
    batch = make_batch(0, 8)
    batch[name].flat[5] = value
    place = ", ".join(map(str, np.unravel_index(5, batch[name].shape)))
    with refused(ValueError, f"{name}[{place}]", value):
        agent.update(batch)
    for a, b in zip(before, agent.actor.get_weights(), strict=True):
        np.testing.assert_array_equal(a, b)


def test_gymnasium_s_own_checker_does_not_come_first(capfd):
    """A function may make it with gymnasium.make, which wraps it in more checks and noise."""
    gym.register("FaultyWalk-v0", partial(worlds.Faulty, FAULTS["older gym"][0], at=1))
    with refused(FaultyEnvironmentError, "4 values", "in step 1 of"):
        run_with(lambda: gym.make("FaultyWalk-v0"))
    assert capfd.readouterr().err == ""
