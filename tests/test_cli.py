"""The command line, as a user meets it: in a process of its own where output matters."""

import dataclasses
import json
import os
import pty
import shutil
import subprocess
import sys
from contextlib import redirect_stdout
from functools import cache, partial
from io import StringIO
from typing import Literal, get_args, get_origin, get_type_hints

import pytest
import tensorflow as tf
from matplotlib.figure import Figure

from ddpg_tf import __version__
from ddpg_tf.cli.main import COMMANDS, main, parse
from ddpg_tf.cli.plot import runs_in
from ddpg_tf.cli.train import default_directory
from ddpg_tf.config import DDPGConfig
from ddpg_tf.presets import get_preset

SMALL = ["--total-steps", "150", "--warmup-steps", "100", "--hidden-sizes", "8", "8"]
SMALL += ["--eval-every", "150", "--eval-episodes", "1", "--jit-compile", "False"]


def run(*arguments, cwd):
    command = [sys.executable, "-m", "ddpg_tf.cli", *arguments]
    return subprocess.run(command, cwd=cwd, capture_output=True, text=True, timeout=300)


@pytest.fixture(scope="module")
def trained(tmp_path_factory):
    """A small run made by the command line, and what the command printed."""
    folder = tmp_path_factory.mktemp("cli")
    return folder, run("train", *SMALL, "--run-dir", "run", cwd=folder)


def test_train_writes_a_run_and_says_nothing_but_its_result(trained):
    folder, done = trained
    assert done.returncode == 0, done.stderr
    assert done.stderr == ""
    assert done.stdout.count("\n") == 1
    names = {path.name for path in (folder / "run").iterdir()}
    assert {"config.json", "metrics.csv", "checkpoints"} <= names
    assert any(name.startswith("events.out.tfevents") for name in names)


def test_evaluate_and_plot_read_the_run(trained, capsys, monkeypatch):
    folder, _ = trained
    monkeypatch.chdir(folder)
    assert main(["evaluate", "run", "--episodes", "2"]) == 0
    assert "2 episodes" in capsys.readouterr().out
    assert main(["plot", "run", "--out", "learning.png"]) == 0
    assert (folder / "learning.png").read_bytes().startswith(b"\x89PNG")


def test_a_second_run_does_not_overwrite_the_first(trained, capsys, monkeypatch):
    folder, _ = trained
    monkeypatch.chdir(folder)
    before = (folder / "run" / "metrics.csv").read_bytes()
    assert main(["train", *SMALL, "--run-dir", "run"]) == 2
    assert "holds a run already" in capsys.readouterr().err
    assert (folder / "run" / "metrics.csv").read_bytes() == before


def test_preset_is_where_the_fields_start_from():
    command = parse(["train", "--preset", "lillicrap", "--tau", "0.5"])
    assert command.config.tau == 0.5
    assert command.config.hidden_sizes == get_preset("lillicrap").hidden_sizes
    assert parse(["train", "--preset=lillicrap"]).config == get_preset("lillicrap")


def test_the_one_line_is_plain_without_unicode_too(tmp_path):
    command = [sys.executable, "-m", "ddpg_tf.cli", "train", "--gamma", "1.5"]
    environment = os.environ | {"PYTHONIOENCODING": "ascii"}
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, env=environment)
    assert (done.returncode, done.stderr.count("\n")) == (2, 1)
    assert done.stderr.startswith("ddpg-tf: gamma must be ") and done.stderr.isascii()


def test_plot_of_a_run_without_an_evaluation_and_of_runs_of_one_name(trained, capsys, monkeypatch):
    folder, _ = trained
    monkeypatch.chdir(folder)
    (folder / "young").mkdir(exist_ok=True)
    (folder / "young" / "metrics.csv").write_text("")
    assert main(["plot", "young"]) == 2
    assert "no evaluation yet" in capsys.readouterr().err
    assert [path.name for path in (folder / "young").iterdir()] == ["metrics.csv"]
    shutil.copytree(folder / "run", folder / "other" / "run", dirs_exist_ok=True)
    drawn = []
    monkeypatch.setattr(
        "ddpg_tf.training.figures.learning_figure", lambda curves: drawn.extend(curves) or Figure()
    )
    assert main(["plot", "run", "other/run", "--out", "two.png"]) == 0
    assert [curve.label for curve in drawn] == ["run", "other/run"]
    assert runs_in(folder / "other") == [folder / "other" / "run"]


def test_a_run_s_default_directory_is_named_after_its_preset():
    names = [
        str(default_directory(command.config, command.preset))
        for command in (
            parse(["train", "--seed", "3"]),
            parse(["train", "--algorithm", "td3"]),
            parse(["train", "--preset", "lillicrap", "--strategy", "get_updates"]),
        )
    ]
    assert names == [
        "runs/Pendulum-v1/ddpg-mean_q-s3",
        "runs/Pendulum-v1/td3-mean_q-s0",
        "runs/Pendulum-v1/lillicrap-get_updates-s0",
    ]


def test_what_cannot_be_written_is_said_before_the_work(tmp_path, capsys, monkeypatch):
    monkeypatch.setattr("ddpg_tf.cli.output.os.access", lambda path, mode: path != tmp_path)
    assert main(["compare", "--out", str(tmp_path / "new" / "compare")]) == 2
    assert f"{str(tmp_path)!r} cannot be written to" in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == []


def test_a_run_that_ends_with_its_warm_up_says_so(tmp_path, capsys):
    assert main(["train", *SMALL, "--warmup-steps", "150", "--run-dir", str(tmp_path / "run")]) == 0
    error = capsys.readouterr().err
    assert error.count("\n") == 1 and "nothing will be learned; lower --warmup-steps" in error


def test_limits_of_the_machine_get_one_line(capsys, monkeypatch):
    def raise_it(error):
        def parse_and_fail(arguments):
            raise error

        monkeypatch.setattr("ddpg_tf.cli.main.parse", parse_and_fail)
        assert main([]) == 2
        return capsys.readouterr().err

    said = raise_it(tf.errors.ResourceExhaustedError(None, None, "failed to\nallocate"))
    assert said.startswith("ddpg-tf: not enough memory; make hidden_sizes") and "allocate" in said
    assert said.count("\n") == 1
    assert "not enough memory" in raise_it(MemoryError())
    assert raise_it(OSError(13, "Permission denied", "runs/x")) == (
        "ddpg-tf: cannot use 'runs/x': Permission denied\n"
    )


def test_the_command_line_computes_with_tensorflow_whatever_keras_was_set_to(trained):
    folder, _ = trained
    environment = os.environ | {"KERAS_BACKEND": "numpy"}
    command = [sys.executable, "-m", "ddpg_tf.cli", "evaluate", "run", "--episodes", "1"]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, env=environment)
    assert (done.returncode, done.stderr) == (0, "")


WITHOUT_TENSORFLOW = """
import contextlib, io, sys
from ddpg_tf.cli.main import main

for arguments, expected in [
    (["plot", "run", "--out", "without.png"], 0),
    (["train", "--help"], 0),
    (["plot", "nowhere"], 2),
    (["evaluate", "nowhere"], 2),
    (["train", "--gamma", "1.5"], 2),
    (["train", "--strategy", "bogus"], 2),
    (["train", "--resume", "nowhere"], 2),
    (["compare", "--out", "run/metrics.csv"], 2),
    (["diagnose", "nothing"], 2),
]:
    code = None
    with contextlib.redirect_stdout(io.StringIO()):
        try:
            code = main(arguments)
        except SystemExit as help_was_shown:
            code = help_was_shown.code
    assert code == expected, (arguments, code)
    assert "tensorflow" not in sys.modules, arguments
"""


def test_tensorflow_is_imported_only_where_it_is_used(trained):
    folder, _ = trained
    command = [sys.executable, "-c", WITHOUT_TENSORFLOW]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


@cache
def help_of(command):
    with redirect_stdout(StringIO()) as printed, pytest.raises(SystemExit) as stopped:
        main([command, "--help"])
    assert stopped.value.code == 0
    return printed.getvalue()


@pytest.mark.parametrize("command", COMMANDS)
def test_help_shows_a_worked_example(command):
    assert f"ddpg-tf {command} " in help_of(command).replace("usage: ddpg-tf", "")


def test_help_of_train_names_every_field_with_its_meaning():
    text = " ".join(help_of("train").replace("│", " ").split())
    for field in dataclasses.fields(DDPGConfig):
        assert f"--{field.name.replace('_', '-')} " in text, field.name
    for name, hint in get_type_hints(DDPGConfig, include_extras=True).items():
        if get_origin(hint) is Literal:
            option = f"--{name.replace('_', '-')} {{{','.join(get_args(hint))}}}"
            assert option.replace(" ", "") in text.replace(" ", "")


def test_processes_of_a_run_that_cannot_start_leave_no_noise(trained):
    """The environments are made by then; the one line is still all that is seen."""
    folder, _ = trained
    many = ["--num-envs", "2", "--vectorization", "async", "--run-dir", "run"]
    done = run("train", *SMALL, *many, cwd=folder)
    assert (done.returncode, done.stdout, done.stderr.count("\n")) == (2, "", 1), done.stderr
    assert "holds a run already" in done.stderr


@pytest.mark.whole
def test_compare_reports_what_it_measured(tmp_path, capsys, monkeypatch):
    monkeypatch.chdir(tmp_path)
    # what is reported does not depend on the size of the networks
    small = partial(DDPGConfig, hidden_sizes=(16,), jit_compile=False)
    monkeypatch.setattr("ddpg_tf.cli.compare.DDPGConfig", small)
    assert main(["compare", "--steps", "1050", "--batch-sizes", "64", "100"]) == 0
    result = json.loads((tmp_path / "runs/compare/compare.json").read_text())
    equal, unequal = result["groups"]
    assert all(run["same_weights"] for run in equal["runs"].values())
    assert not unequal["runs"]["output_gradients"]["same_weights"]
    assert (tmp_path / "runs/compare/compare.png").read_bytes().startswith(b"\x89PNG")
    assert "at batch 64 all 3 strategies had the same bits" in capsys.readouterr().out


def test_without_arguments_it_prints_its_help(capsys):
    with pytest.raises(SystemExit) as ended:
        main([])
    assert ended.value.code == 0
    printed = capsys.readouterr()
    assert printed.err == ""
    assert [name for name in COMMANDS if name not in printed.out] == []


def test_its_version(capsys):
    assert main(["--version"]) == 0
    assert capsys.readouterr().out == f"ddpg-tf {__version__}\n"


@pytest.mark.parametrize("arguments", ["train --help", ""])
def test_a_reader_that_goes_away_is_no_error(arguments, tmp_path):
    command = f"{sys.executable} -m ddpg_tf.cli {arguments} | head -n 1; echo ${{PIPESTATUS[0]}}"
    done = subprocess.run(["bash", "-c", command], cwd=tmp_path, capture_output=True, text=True)
    first, status = done.stdout.splitlines()
    assert first.startswith("usage: ddpg-tf") and int(status) in (0, 141)
    assert done.stderr == ""


@pytest.mark.parametrize("variables", [{}, {"NO_COLOR": "1"}])
def test_help_has_colours_unless_they_are_not_wanted(variables):
    ours, theirs = pty.openpty()
    environment = os.environ | {"TERM": "xterm"} | variables
    command = [sys.executable, "-m", "ddpg_tf.cli", "plot", "--help"]
    done = subprocess.run(command, stdout=theirs, stderr=theirs, env=environment)
    os.close(theirs)
    assert done.returncode == 0
    assert (b"\x1b[" in os.read(ours, 2**16)) == (not variables)
