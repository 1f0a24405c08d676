"""One's own loop: callbacks, stopping, the iterator, the best evaluation, and the bar."""

import csv
import re
import shutil
import traceback
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from ddpg_tf import DDPG, DDPGConfig, TrainingRun, resume, train
from ddpg_tf.cli.main import main
from ddpg_tf.cli.train import closing_line, on_bar
from ddpg_tf.run_files import all_checkpoints
from ddpg_tf.storage import seal
from ddpg_tf.training.history import best_checkpoint, read_metrics
from tests.conftest import TwoEndings
from tests.errors import assert_exits, assert_one_line_that_names, refused
from tests.sizes import small_version

CONFIG = DDPGConfig(
    env_id="TwoEndings-v0",
    total_steps=60,
    warmup_steps=20,
    batch_size=8,
    hidden_sizes=(4,),
    optimizer="sgd",
    update_every=5,
    eval_every=20,
    eval_episodes=2,
    jit_compile=False,
)
RETURN = 63.0
"""What every policy gets here: the mean of 36 and 90, see TwoEndings."""


def weights(agent):
    return [w for network in agent.networks.values() for w in network.get_weights()]


def same(one, other):
    return all(np.array_equal(a, b) for a, b in zip(one, other, strict=True))


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    """The run that nothing stops."""
    return train(CONFIG, tmp_path_factory.mktemp("whole") / "run")


# ---- callbacks --------------------------------------------------------------------------------


def test_a_callback_is_called_after_each_block_and_each_evaluation(whole):
    seen = []
    result = train(CONFIG, callbacks=[seen.append])
    assert [progress.step for progress in seen] == list(range(5, 61, 5))
    assert [progress.step for progress in seen if progress.row] == [20, 40, 60]
    # no updates in the warm-up
    assert [progress.metrics is None for progress in seen] == [True] * 4 + [False] * 8
    assert all(progress.agent is result.agent for progress in seen)
    assert same(weights(result.agent), weights(whole.agent))


def stop_at(step):
    def callback(progress):
        if progress.step >= step:
            progress.stop()

    return callback


@pytest.mark.parametrize(
    ("step", "rows"), small_version([(30, [20, 30]), (40, [20, 40]), (15, [15])], 1)
)
def test_a_stopped_run_is_evaluated_saved_and_goes_on_to_the_same_weights(
    step, rows, whole, tmp_path
):
    result = train(CONFIG, tmp_path / "run", callbacks=[stop_at(step)])
    assert [row["step"] for row in result.history] == rows
    assert result.run_dir == tmp_path / "run"
    assert repr(read_metrics(result.run_dir)) == repr(result.history)
    assert same(weights(DDPG.load(result.run_dir)), weights(result.agent))
    assert int(result.agent.updates) == max(step - 20, 0)
    again = resume(result.run_dir)
    assert same(weights(again.agent), weights(whole.agent))
    steps = [row["step"] for row in again.history]
    assert steps == sorted({*rows, 20, 40, 60} - {s for s in (20, 40, 60) if s < rows[0]})


def test_an_error_in_a_callback_shows_its_own_traceback_and_leaves_the_run_saved(whole, tmp_path):
    def mistaken(progress):
        if progress.step == 35:
            raise RuntimeError("a mistake of my own")

    with pytest.raises(RuntimeError, match="a mistake of my own") as caught:
        train(CONFIG, tmp_path / "run", callbacks=[mistaken])
    shown = "".join(traceback.format_exception(caught.value))
    assert __file__ in shown and "in mistaken" in shown
    assert [path.name for path in all_checkpoints(tmp_path / "run")][-1] == "step_000000035"
    assert same(weights(resume(tmp_path / "run").agent), weights(whole.agent))


@pytest.mark.whole
def test_a_callback_stops_several_workers(tmp_path):
    config = replace(CONFIG, env_id="Pendulum-v1", workers=2, total_steps=1_000_000)
    seen = []
    result = train(config, tmp_path / "run", callbacks=[seen.append, stop_at(35)])
    assert [row["step"] for row in result.history] == [20, 35]
    assert [(p.step, p.row is None) for p in seen[-2:]] == [(35, True), (35, False)]
    assert int(result.agent.updates) == 15
    ended = train(replace(config, stop_at_return=-1e9), tmp_path / "other")
    assert [row["step"] for row in ended.history] == [20]


# ---- stop at a return -------------------------------------------------------------------------


def test_a_run_ends_when_it_reaches_a_return(tmp_path, capsys):
    config = replace(CONFIG, stop_at_return=RETURN)
    result = train(config, tmp_path / "run")
    assert [row["step"] for row in result.history] == [20]
    high = train(replace(CONFIG, stop_at_return=RETURN + 0.1))
    assert [row["step"] for row in high.history] == [20, 40, 60]
    # complete, but it can be made longer, until the next evaluation that reaches it
    assert main(["train", "--resume", str(result.run_dir)]) == 0
    assert_one_line_that_names(capsys.readouterr().out, "stop_at_return", 20)
    assert main(["train", "--resume", str(result.run_dir), "--total-steps", "60"]) == 0
    assert [row["step"] for row in read_metrics(result.run_dir)] == [20, 40]


# ---- the iterator -----------------------------------------------------------------------------


def test_one_s_own_loop_is_the_run(whole, tmp_path):
    with TrainingRun(CONFIG) as run:
        run.record_to(tmp_path / "run")
        for progress in run:
            if progress.step == 30:
                break
        # it goes on where it was left
        rest = [progress.step for progress in run]
    assert rest == list(range(35, 61, 5))
    assert same(weights(run.result.agent), weights(whole.agent))
    metrics = (tmp_path / "run" / "metrics.csv").read_bytes()
    assert metrics == (whole.run_dir / "metrics.csv").read_bytes()


def test_an_evaluation_at_any_time_is_recorded_once(tmp_path):
    with TrainingRun(replace(CONFIG, total_steps=30)) as run:
        run.record_to(tmp_path / "run")
        before = run.evaluate()
        assert (before["step"], before["eval_return_mean"]) == (0, RETURN)
        assert run.history == []
        for progress in run:
            if progress.step == 10:
                row = run.evaluate()
                assert run.evaluate() is row
            if progress.step == 20:
                assert run.evaluate() is progress.row
        assert set(row) > set(before)
    assert [row["step"] for row in read_metrics(tmp_path / "run")] == [10, 20, 30]
    assert len(all_checkpoints(tmp_path / "run")) == 3


@pytest.mark.parametrize("num_envs", [1, 2])
def test_a_function_that_gives_the_same_environment_again_is_refused(num_envs):
    environment = TwoEndings()
    with refused(ValueError, "new environment"):
        TrainingRun(replace(CONFIG, num_envs=num_envs), env=lambda: environment)


PAGE = Path(__file__).parents[1] / "tutorials" / "your_own_loop.md"
EXAMPLES = re.findall(r"^```python\n(.*?)^```$", PAGE.read_text(), re.M | re.S)


def test_the_examples_on_the_page_run(tmp_path, monkeypatch):
    """One after the other, as they stand, but with settings that make them short."""
    monkeypatch.chdir(tmp_path)
    short = {
        name: getattr(CONFIG, name)
        for name in ("hidden_sizes", "optimizer", "eval_episodes", "jit_compile")
    } | {"total_steps": 40, "warmup_steps": 20, "eval_every": 20, "batch_size": 8}

    def shortened(**settings):
        return DDPGConfig(**{**settings, **short})

    names = {"DDPGConfig": shortened}
    assert len(EXAMPLES) >= 5
    for code in EXAMPLES:
        code = re.sub(r"import DDPGConfig, ", "import ", code)
        code = re.sub(r"\btotal_steps=\d[\d_]*", "total_steps=60", code)
        exec(compile(code, PAGE.name, "exec"), names)
    assert names["result"].history[-1]["step"] == 40
    assert read_metrics("runs/stopped")[-1]["step"] == 60
    assert {path.name for path in (tmp_path / "runs").iterdir()} >= {"stopped", "mine", "after"}


# ---- the best evaluation ----------------------------------------------------------------------


def with_returns(run_dir, returns):
    """Write other returns of evaluations into a run's checkpoints."""
    for checkpoint in all_checkpoints(run_dir):
        with (checkpoint / "history.csv").open(newline="") as file:
            rows = list(csv.DictReader(file))
        for row, value in zip(rows, returns, strict=False):
            row["eval_return_mean"] = value
        with (checkpoint / "history.csv").open("w", newline="") as file:
            writer = csv.DictWriter(file, list(rows[0]))
            writer.writeheader()
            writer.writerows(rows)
        seal(checkpoint)


@pytest.mark.parametrize(
    ("returns", "best"),
    [([-3, -1, -2], 40), ([-1, -1, -2], 20), (["nan", -7, -5], 60), (["nan", -5, "nan"], 40)],
)
def test_the_best_evaluation_is_found_in_the_checkpoints(returns, best, whole, tmp_path):
    run_dir = shutil.copytree(whole.run_dir, tmp_path / "run")
    with_returns(run_dir, returns)
    assert best_checkpoint(run_dir).name == f"step_{best:09d}"


def test_evaluate_plays_the_best(whole, tmp_path, capsys):
    run_dir = shutil.copytree(whole.run_dir, tmp_path / "run")
    with_returns(run_dir, [-3, -1, -2])
    # a row without a checkpoint, as a kill may leave it, does not count
    shutil.rmtree(all_checkpoints(run_dir)[2])
    assert main(["evaluate", str(run_dir), "--best", "--episodes", "2"]) == 0
    assert "step_000000040" in capsys.readouterr().out
    checkpoint = all_checkpoints(run_dir)[0]
    assert_exits(main(["evaluate", str(checkpoint), "--best"]), capsys, checkpoint)
    assert_exits(main(["evaluate", str(tmp_path), "--best"]), capsys, tmp_path)
    # whatever metrics.csv says
    (run_dir / "metrics.csv").write_text("")
    assert best_checkpoint(run_dir).name == "step_000000040"
    (checkpoint.parent / "step_000000040" / "networks.npz").write_bytes(b"")
    assert best_checkpoint(run_dir).name == "step_000000020"
    assert_one_line_that_names(capsys.readouterr().err, "step_000000040/networks.npz", "left out")
    shutil.rmtree(run_dir / "checkpoints")
    with refused(ValueError, run_dir):
        best_checkpoint(run_dir)


def test_the_closing_line_names_the_best_if_it_was_not_the_last():
    rows = [{"step": s, "eval_return_mean": r} for s, r in ((1000, -150.0), (2000, -200.0))]
    said = closing_line(rows, Path("runs/x"), CONFIG)
    assert "-150.0" in said and "1,000" in said and "--best" in said and "\n" not in said
    reached = closing_line(rows[:1], Path("runs/x"), replace(CONFIG, stop_at_return=-151))
    assert "--best" not in reached
    assert "stop_at_return" in reached and "-151" in reached


# ---- the bar ----------------------------------------------------------------------------------


@pytest.mark.parametrize("warmup", [20, 0])
def test_the_bar_says_what_is_going_on_until_there_is_a_return(warmup):
    said = []
    show = on_bar(
        lambda steps, note=None: said.append((steps, note)),
        replace(CONFIG, warmup_steps=warmup, batch_size=4),
    )
    train(replace(CONFIG, warmup_steps=warmup, batch_size=4), callbacks=[show])
    notes = [note for _, note in said]
    assert sum(steps for steps, _ in said) == 60
    first = warmup // 5
    assert notes[:first] == ["warm-up"] * first
    # one block is learned from in the call that compiles
    assert notes[first] == "compiling"
    assert not {"warm-up", "compiling"} & set(notes[first + 1 :])
    assert notes[-1] == f"return {RETURN}"
