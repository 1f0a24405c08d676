"""`ddpg-tf train --seeds`: each run in a directory of its own, and nothing done twice."""

import shutil

import pytest

from ddpg_tf.cli.main import main, parse
from ddpg_tf.cli.seeds import seeds_in, state_of
from ddpg_tf.run_files import saved_config
from tests.errors import assert_exits, refused

SIZES = {
    "total-steps": 60,
    "warmup-steps": 30,
    "update-every": 15,
    "batch-size": 8,
    "hidden-sizes": 8,
    "eval-every": 30,
    "eval-episodes": 1,
    "jit-compile": False,
}
SMALL = ["train", *(word for name, value in SIZES.items() for word in (f"--{name}", str(value)))]


@pytest.mark.parametrize(
    ("text", "seeds"),
    [("0-4", [0, 1, 2, 3, 4]), ("7", [7]), ("0,3,7-9", [0, 3, 7, 8, 9]), ("5-5, 1", [5, 1])],
)
def test_what_seeds_stand_for(text, seeds):
    assert seeds_in(text) == seeds


@pytest.mark.parametrize("text", ["", "a", "1-", "-1", "3-1", "0-2,2", "0;1", "1.5"])
def test_what_are_no_seeds(text):
    with refused(ValueError, "--seeds", repr(text)):
        seeds_in(text)


def test_runs_are_made_once_and_gone_on_with(tmp_path, capsys):
    several = [*SMALL, "--seeds", "0-1", "--run-dir", str(tmp_path / "both")]
    assert main(several) == 0
    runs = [tmp_path / "both" / name for name in ("s0", "s1")]
    whole = [(run / "metrics.csv").read_text() for run in runs]
    assert whole[0] != whole[1]
    # the second is cut off after its first evaluation
    shutil.rmtree(runs[1] / "checkpoints" / "step_000000060")
    header, first, _ = whole[1].splitlines(keepends=True)
    (runs[1] / "metrics.csv").write_text(header + first)
    modified = (runs[0] / "metrics.csv").stat().st_mtime_ns
    capsys.readouterr()
    assert main(several) == 0
    assert [(run / "metrics.csv").read_text() for run in runs] == whole
    assert (runs[0] / "metrics.csv").stat().st_mtime_ns == modified
    *_, last = capsys.readouterr().out.splitlines()
    assert parse(last.split()[1:]).run_dirs == tuple(runs)


def test_a_run_without_its_last_checkpoint_is_not_complete(tmp_path):
    """The row is written first, and the run may be killed before the agent is."""
    assert main([*SMALL, "--run-dir", str(tmp_path / "run")]) == 0
    config = saved_config(tmp_path / "run")
    assert state_of(tmp_path / "run", config) == "complete"
    shutil.rmtree(tmp_path / "run" / "checkpoints" / "step_000000060")
    assert state_of(tmp_path / "run", config) == "unfinished"
    assert state_of(tmp_path / "other", config) == "new"


@pytest.mark.whole
def test_with_more_steps_all_become_longer(tmp_path, capsys):
    several = [*SMALL, "--seeds", "0,1", "--run-dir"]
    assert main([*several, str(tmp_path / "short")]) == 0
    longer = ["--total-steps", "90"]
    assert main([*several, str(tmp_path / "short"), *longer]) == 0
    assert main([*several, str(tmp_path / "long"), *longer]) == 0
    for name in ("s0", "s1"):
        short, long = (tmp_path / kind / name / "metrics.csv" for kind in ("short", "long"))
        assert short.read_text() == long.read_text()
    capsys.readouterr()
    # they are not made shorter
    assert_exits(main([*several, str(tmp_path / "short")]), capsys, "total_steps", "90", "60")


def test_nothing_is_begun_that_does_not_fit(tmp_path, capsys):
    several = [*SMALL, "--seeds", "3-4", "--run-dir", str(tmp_path)]
    assert main([*SMALL, "--seed", "4", "--gamma", "0.5", "--run-dir", str(tmp_path / "s4")]) == 0
    capsys.readouterr()
    assert_exits(main(several), capsys, "s4", "gamma", "0.5", "0.99")
    assert not (tmp_path / "s3").exists()
    assert_exits(main([*several, "--seed", "2"]), capsys, "--seed 2", "--seeds")
