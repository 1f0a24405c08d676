"""Runs of a study: each is what its command says, and an interrupted one comes to the same end."""

import shutil

import numpy as np
import pytest

from comparisons.runs import (
    EPISODES,
    TIMES,
    Trial,
    complete,
    completed,
    config_of,
    curve,
    random_returns,
)
from ddpg_tf import DDPG, DDPGConfig, evaluate, train

COMMAND = (
    "ddpg-tf train --total-steps 80 --warmup-steps 20 --batch-size 8 --hidden-sizes 8 "
    "--update-every 10 --eval-every 20 --eval-episodes 1 --jit-compile False"
)
CONFIG = DDPGConfig(
    total_steps=80,
    warmup_steps=20,
    batch_size=8,
    hidden_sizes=(8,),
    update_every=10,
    eval_every=20,
    eval_episodes=1,
    jit_compile=False,
)


class Idle(DDPG):
    """An agent whose actor never learns."""

    def _actor_step(self, observations, due=None):
        return lambda: -1.0


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    """A run that nothing interrupted: its directory and its result."""
    run_dir = tmp_path_factory.mktemp("runs") / "whole"
    return run_dir, complete(Trial(COMMAND, run_dir, 2))


def test_a_command_is_what_it_says(whole):
    assert config_of(COMMAND) == CONFIG
    _, result = whole
    agent, history, _ = train(CONFIG)
    assert result["steps"] == [20, 40, 60, 80] == [row["step"] for row in history]
    assert result["eval_returns"] == [row["eval_return_mean"] for row in history]
    assert result["returns"] == evaluate(agent, "Pendulum-v1", 2).tolist()
    assert result["lengths"] == [200, 200]
    assert len(result["seconds"]) == 4 and all(seconds > 0 for seconds in result["seconds"])


def test_a_complete_run_is_only_read(whole, monkeypatch):
    run_dir, result = whole
    for name in ("TrainingRun", "resume", "episodes_of"):
        monkeypatch.setattr(f"comparisons.runs.{name}", lambda *_, **__: pytest.fail("made again"))
    assert complete(Trial(COMMAND, run_dir, 2)) == result


def interrupt(self, progress):
    if progress.step >= 50:
        raise KeyboardInterrupt


def cut_off(run_dir, agent_class=None):
    """Leave a run of which 40 of its 80 steps are saved."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("comparisons.runs.Stopwatch.__call__", interrupt)
        with pytest.raises(KeyboardInterrupt):
            complete(Trial(COMMAND, run_dir, 2, agent_class))
    (run_dir / TIMES).write_text("20,1.5\n40,2.5\n")


def test_an_interrupted_run_is_brought_to_the_same_end(whole, tmp_path):
    cut_off(tmp_path / "cut")
    again = complete(Trial(COMMAND, tmp_path / "cut", 2))
    for name in ("steps", "eval_returns", "returns", "lengths"):
        assert again[name] == whole[1][name]
    assert again["seconds"][:2] == [1.5, 2.5] and len(again["seconds"]) == 4


def test_the_agent_of_a_longer_run_plays_its_own_episodes(whole, tmp_path):
    shutil.copytree(whole[0], tmp_path / "longer")
    command = COMMAND.replace("--total-steps 80", "--total-steps 120")
    longer = complete(Trial(command, tmp_path / "longer", 2))
    assert longer["steps"] == [20, 40, 60, 80, 100, 120]
    assert longer["returns"] == complete(Trial(command, tmp_path / "new", 2))["returns"]
    assert longer["returns"] != whole[1]["returns"]


def test_times_that_are_unknown_are_none(whole, tmp_path):
    run_dir, _ = whole
    shutil.copytree(run_dir, tmp_path / "copy")
    (tmp_path / "copy" / TIMES).write_text("20,1.5\n40,2.5\n80,3.5\n")
    assert curve(tmp_path / "copy")["seconds"] == [1.5, 2.5, None, 3.5]
    (tmp_path / "copy" / TIMES).unlink()
    assert curve(tmp_path / "copy")["seconds"] == [None] * 4


def test_a_run_of_which_nothing_was_saved_begins_anew(whole, tmp_path):
    run_dir = tmp_path / "cut"
    run_dir.mkdir()
    (run_dir / "config.json").write_bytes((whole[0] / "config.json").read_bytes())
    (run_dir / "metrics.csv").write_text("")
    assert complete(Trial(COMMAND, run_dir, 2))["returns"] == whole[1]["returns"]


def test_another_class_is_trained_and_begins_anew(whole, tmp_path):
    cut_off(tmp_path / "cut", Idle)
    first = complete(Trial(COMMAND, tmp_path / "cut", 2, Idle))
    assert first["returns"] != whole[1]["returns"] and first["steps"] == whole[1]["steps"]
    # an actor that never learns does what it did at first
    before = DDPG.load(tmp_path / "cut/checkpoints/step_000000020").actor.get_weights()
    after = DDPG.load(tmp_path / "cut").actor.get_weights()
    assert all(map(np.array_equal, before, after))


def test_a_directory_of_another_run_is_refused(whole):
    run_dir, _ = whole
    with pytest.raises(ValueError, match="seed 0 and not 1") as caught:
        complete(Trial(f"{COMMAND} --seed 1", run_dir, 2))
    assert "\n" not in str(caught.value)


def test_results_come_in_the_order_of_the_trials(whole):
    run_dir, _ = whole
    with completed([Trial(COMMAND, run_dir, episodes) for episodes in (2, 1)], 1) as results:
        assert [len(each["returns"]) for each in results] == [2, 1]
    assert (run_dir / EPISODES.format(1, 80)).is_file()


def test_random_actions_leave_the_pendulum_down():
    returns = random_returns("Pendulum-v1", 3)
    # hanging down at rest costs pi^2 a step: 200 steps cost 1974 at most about
    assert returns.shape == (3,) and (returns > -1_974).all() and returns.mean() < -800
    assert np.array_equal(returns, random_returns("Pendulum-v1", 3))
