"""Nothing lost, nothing silent: damage, full disks, links, two trainings at once, interruption."""

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from contextlib import nullcontext
from threading import Event

import numpy as np
import pytest

from ddpg_tf import DDPG, DDPGConfig, resume, train
from ddpg_tf.acting.saved import saved_policy
from ddpg_tf.agents.checkpoint import restore_agent
from ddpg_tf.cli.interruption import Interruption
from ddpg_tf.cli.main import main
from ddpg_tf.run_files import all_checkpoints, latest_checkpoint, saved_config
from ddpg_tf.startup import note_once
from ddpg_tf.storage import DamagedError, locked, whole_directory, write_file
from ddpg_tf.training.lockstep import all_the_same, compare, is_comparable
from ddpg_tf.training.loop import TrainingRun
from ddpg_tf.training.saved_run import saved_run
from tests.errors import assert_exits, assert_one_line_that_names, refused
from tests.sizes import WHOLE, small_version
from tests.test_resuming import CONFIG, assert_same_run, config_of, cut_off


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    """A run that nothing happened to."""
    return train(CONFIG, tmp_path_factory.mktemp("whole") / "run")


# ---- damage -----------------------------------------------------------------------------------


def flipped(data, generator):
    content = bytearray(data)
    content[generator.integers(len(content))] ^= 1 << int(generator.integers(8))
    return bytes(content)


def overwritten(data, generator):
    start = int(generator.integers(len(data)))
    noise = generator.bytes(int(generator.integers(1, 300)))
    return (data[:start] + noise + data[start + len(noise) :])[: len(data)]


DAMAGES = {
    "a bit": flipped,
    "cut short": lambda data, generator: data[: int(generator.integers(len(data)))],
    "longer": lambda data, generator: data + generator.bytes(7),
    "noise": overwritten,
    "zeros": lambda data, generator: bytes(len(data)),
    "gone": lambda data, generator: None,
}


def loaded(run_dir, agent):
    """All that evaluating, loading and resuming read of a run, in one value that can be compared.

    What `DDPG.load` and `resume` do besides, building an agent and environments, reads nothing.
    """
    observation = np.float32([0.1, 0.2, 0.3])
    actions = saved_policy(run_dir).policy()(observation)
    config, saved = saved_config(run_dir), saved_run(run_dir)
    restore_agent(agent, saved.checkpoint)
    weights = [w for network in agent.networks.values() for w in network.get_weights()]
    steps = [array for steps in saved.steps() for array in (*steps.batch[:5], *steps[1:])]
    values = [*weights, *saved.arrays.values(), *steps, actions]
    parts = b"".join(np.ascontiguousarray(value).tobytes() for value in values)
    return repr((config, saved.state, saved.history)), parts


def test_no_random_damage_is_silent_or_blamed_on_anything_else(whole, tmp_path, capsys):
    """1,000 in a whole run: each is named, or makes no difference to anything that is read."""
    generator = np.random.default_rng(11)
    run_dir = cut_off(whole.run_dir, tmp_path / "run", 72)
    earlier = cut_off(whole.run_dir, tmp_path / "earlier", 40)
    agent = whole.agent
    intact, before = loaded(run_dir, agent), loaded(earlier, agent)
    assert intact != before
    paths = [path for path in sorted(run_dir.rglob("*")) if path.is_file() and path.stat().st_size]
    paths = [path for path in paths if "tfevents" not in path.name and path.name != "metrics.csv"]
    outcomes = {"refused": 0, "the one before": 0, "no difference": 0}
    capsys.readouterr()
    for _ in range(1_000 if WHOLE else 20):
        path = paths[generator.integers(len(paths))]
        data, kind = path.read_bytes(), str(generator.choice(list(DAMAGES)))
        changed = DAMAGES[kind](data, generator)
        path.unlink()
        if changed is not None:
            path.write_bytes(changed)
        try:
            found = loaded(run_dir, agent)
            if found != intact:
                said = capsys.readouterr().err
                assert path.name in said, (path, kind, said)
                outcomes["the one before"] += 1
            else:
                outcomes["no difference"] += 1
        except DamagedError as damage:
            assert_one_line_that_names(str(damage), path)
            outcomes["refused"] += 1
        path.write_bytes(data)
        capsys.readouterr()
        # what was said once is said again for another damage
        note_once.cache_clear()
    assert all(outcomes.values()), outcomes


def test_a_damaged_newest_checkpoint_is_named_and_the_one_before_is_played(whole, tmp_path, capsys):
    run_dir = cut_off(whole.run_dir, tmp_path / "run", 105)
    newest = all_checkpoints(run_dir)[-1]
    (newest / "networks.npz").write_bytes(b"")
    assert main(["evaluate", str(run_dir), "--episodes", "1"]) == 0
    assert_one_line_that_names(
        capsys.readouterr().err, newest / "networks.npz", "step_000000070 is used"
    )
    assert int(DDPG.load(run_dir).updates) == 20
    with refused(DamagedError, newest / "networks.npz"):
        DDPG.load(newest)
    shutil.rmtree(run_dir / "checkpoints" / "step_000000035")
    (run_dir / "checkpoints" / "step_000000070" / "policy.npz").unlink()
    assert_exits(main(["evaluate", str(run_dir)]), capsys, newest.parent.parent, "no intact")


# ---- writing ----------------------------------------------------------------------------------


def test_a_file_is_the_old_one_or_the_new_one(tmp_path, monkeypatch):
    path = tmp_path / "file"
    write_file(path, b"old")

    def full(descriptor):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("ddpg_tf.storage.os.fsync", full)
    with pytest.raises(OSError):
        write_file(path, b"new")
    with pytest.raises(OSError), whole_directory(tmp_path / "new", "mark", "a thing") as folder:
        (folder / "mark").write_text("")
    assert path.read_bytes() == b"old" and [each.name for each in tmp_path.iterdir()] == ["file"]


def test_no_link_is_followed_out_of_a_run(whole, tmp_path):
    thesis = tmp_path / "thesis"
    thesis.mkdir()
    (thesis / "file").write_text("years of work")
    run_dir = cut_off(whole.run_dir, tmp_path / "run", 70)
    for name, target in {"videos": thesis, "metrics.csv": thesis / "file"}.items():
        kept = run_dir / name
        content = kept.read_bytes() if kept.is_file() else None
        kept.unlink(missing_ok=True)
        kept.symlink_to(target)
        with refused(ValueError, kept, "link"):
            resume(run_dir)
        kept.unlink()
        if content is not None:
            kept.write_bytes(content)
    # one that stays inside does no harm, nor one that is replaced as a whole
    (run_dir / "last").symlink_to(run_dir / "checkpoints" / "step_000000070")
    write_file_through = run_dir / "config.json.unfinished"
    write_file_through.symlink_to(run_dir / "metrics.csv")
    resume(run_dir)
    assert_same_run(whole.run_dir, run_dir)
    assert (thesis / "file").read_text() == "years of work"


def test_a_directory_is_trained_in_by_one_at_a_time(whole, tmp_path, capsys):
    run_dir = cut_off(whole.run_dir, tmp_path / "run", 70)
    (tmp_path / "new").mkdir()
    for held, arguments in (
        (run_dir, ["--resume", str(run_dir)]),
        (tmp_path / "new", ["--run-dir", str(tmp_path / "new")]),
    ):
        with locked(held):
            assert_exits(main(["train", *arguments]), capsys, held, "being trained")
    with TrainingRun(CONFIG) as run:
        run.record_to(tmp_path / "other")
        with refused(BlockingIOError, tmp_path / "other"), locked(tmp_path / "other"):
            pass
    with locked(tmp_path / "other"):
        pass


HOLDER = """
import os, sys, time
from ddpg_tf.storage import locked
with locked(sys.argv[1]):
    if os.fork() == 0:
        # the child: by now it has let go
        print("held", flush=True)
    time.sleep(60)
"""


def test_a_lock_dies_with_its_owner_whatever_its_children_do(tmp_path):
    command = [sys.executable, "-c", HOLDER, str(tmp_path)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, start_new_session=True) as holder:
        assert holder.stdout.readline() == b"held\n"
        with refused(BlockingIOError, tmp_path), locked(tmp_path):
            pass
        holder.kill()
        holder.wait()
        with locked(tmp_path):
            os.killpg(holder.pid, signal.SIGKILL)


def options(config=CONFIG, **changes):
    given = []
    for name, value in (config.to_dict() | changes).items():
        if value != getattr(DDPGConfig(), name):
            values = value if isinstance(value, tuple) else (value,)
            given += [f"--{name.replace('_', '-')}", *map(str, values)]
    return given


def test_a_disk_that_takes_no_more_is_told_and_the_last_checkpoint_is_intact(whole, tmp_path):
    """A limit on the size of files stands for the disk: metrics.csv outgrows it."""
    code = (
        "import sys, resource\n"
        "from ddpg_tf.cli.main import main\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (30_000, 30_000))\n"
        "sys.exit(main(sys.argv[1:]))\n"
    )
    run_dir = tmp_path / "run"
    long = options(env_id="Pendulum-v1", total_steps=3_000, eval_every=20, max_episode_steps=5)
    command = [sys.executable, "-c", code, "train", "--run-dir", str(run_dir), *long]
    done = subprocess.run(command, capture_output=True, text=True, timeout=300)
    assert done.returncode == 2
    assert_one_line_that_names(done.stderr, run_dir, "File too large", "--resume")
    assert latest_checkpoint(run_dir).name > "step_000000020"
    assert saved_run(run_dir) is not None


@pytest.mark.parametrize("number", [30, 28])
def test_what_cannot_be_written_in_mid_run_is_told_once(number, tmp_path, monkeypatch):
    def refuse(progress):
        if progress.step == 70 and progress.row:
            error = OSError(number, os.strerror(number), "x")
            monkeypatch.setattr("ddpg_tf.training.recorder.append", raising(error))

    with refused(OSError, tmp_path / "run", os.strerror(number), "--resume"):
        train(CONFIG, tmp_path / "run", callbacks=[refuse])
    assert latest_checkpoint(tmp_path / "run").name == "step_000000070"


def raising(error):
    def function(*arguments):
        raise error

    return function


def test_a_directory_that_is_removed_in_mid_run_is_not_made_again(tmp_path):
    def remove(progress):
        if progress.step == 70 and progress.row:
            shutil.rmtree(tmp_path / "run")

    with refused(OSError, tmp_path / "run", "No such file"):
        train(CONFIG, tmp_path / "run", callbacks=[remove])
    assert not (tmp_path / "run").exists()


def test_the_newest_checkpoints_and_the_best_are_kept(tmp_path):
    config = config_of(keep=2, eval_every=15, env_id="Pendulum-v1", max_episode_steps=5)
    run = train(config, tmp_path / "run")
    rows = {row["step"]: row["eval_return_mean"] for row in run.history}
    best = max(rows, key=rows.get)
    steps = [int(path.name[5:]) for path in all_checkpoints(run.run_dir)]
    assert steps == sorted({best, 90, 105}) and len(rows) == 7
    assert len(list((run.run_dir / "steps").iterdir())) == 7


# ---- interruption -----------------------------------------------------------------------------


def test_a_run_saved_between_two_evaluations_goes_on_to_the_same_bits(whole, tmp_path):
    class Left(BaseException):
        pass

    def leave(progress):
        if progress.step == 80:
            progress.run.save()
            raise Left

    with pytest.raises(Left):
        train(CONFIG, tmp_path / "run", callbacks=[leave])
    assert latest_checkpoint(tmp_path / "run").name == "step_000000080"
    result = resume(tmp_path / "run")
    metrics = (whole.run_dir / "metrics.csv").read_bytes()
    assert (tmp_path / "run" / "metrics.csv").read_bytes() == metrics
    for name, network in DDPG.load(whole.run_dir).networks.items():
        theirs = result.agent.networks[name].get_weights()
        assert all(map(np.array_equal, network.get_weights(), theirs))
    names = [path.name for path in all_checkpoints(tmp_path / "run")]
    assert names == [path.name for path in all_checkpoints(whole.run_dir)]


@pytest.mark.slow
@pytest.mark.parametrize("number", small_version([signal.SIGINT, signal.SIGTERM], 1))
def test_an_interrupted_command_saves_and_names_the_command_that_goes_on(number, tmp_path):
    given = options(env_id="Pendulum-v1", total_steps=10**7, eval_every=1_000)
    run_dir = tmp_path / "run"
    command = [sys.executable, "-m", "ddpg_tf.cli", "train", "--run-dir", str(run_dir), *given]
    process = subprocess.Popen(command, stderr=subprocess.PIPE, text=True)
    try:
        await_checkpoint(run_dir)
        process.send_signal(number)
        said = process.communicate(timeout=120)[1].splitlines()
    finally:
        process.kill()
    assert process.returncode == 128 + number
    assert f"ddpg-tf train --resume {run_dir}" in said[-1] and "interrupted" in said[-1]
    assert len(said) == 2
    saved = saved_run(run_dir)
    assert f"step {saved.step:,};" in said[-1]


def await_checkpoint(run_dir):
    deadline = time.monotonic() + 120
    while not all_checkpoints(run_dir):
        assert time.monotonic() < deadline
        time.sleep(0.1)


STUCK = """
import os, signal, sys, threading, time
from ddpg_tf.startup import ended_at_once, signals_heard
from ddpg_tf.cli.interruption import interruptible

def in_cpp():
    # the main thread does not come back to Python's handlers
    import ctypes
    ctypes.CDLL(None).sleep(60)

kind = sys.argv[1]
print("ready", flush=True)
if kind == "twice":
    with interruptible("wait", "all is intact"):
        end = time.monotonic() + 60
        while time.monotonic() < end:
            in_cpp()
with ended_at_once("nothing was done"):
    in_cpp()
    time.sleep(60)
"""


@pytest.mark.parametrize("kind", ["twice", "import"])
def test_it_ends_at_once_even_outside_python(kind):
    command = [sys.executable, "-c", STUCK, kind]
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True}
    with subprocess.Popen(command, **pipes) as process:
        assert process.stdout.readline() == "ready\n"
        time.sleep(0.3)
        process.send_signal(signal.SIGINT)
        if kind == "twice":
            assert "once more ends at once" in process.stderr.readline()
            process.send_signal(signal.SIGINT)
        assert process.wait(timeout=5) == 130
        intact = "all is intact" if kind == "twice" else "nothing was done"
        assert_one_line_that_names(process.stderr.read(), "interrupted", intact)


def test_runs_in_lockstep_that_are_interrupted_are_compared_as_far_as_they_went():
    interrupted, made = Event(), []

    def advance(steps):
        made.append(steps)
        if sum(made) >= 2 * 70:
            interrupted.set()

    result = compare(
        config_of(total_steps=10_000, buffer_size=10_000),
        (16,),
        ("mean_q", "surrogate"),
        advance,
        interrupted=interrupted,
    )
    assert is_comparable(result) and sum(made) == 2 * 70
    (group,) = result["groups"]
    assert group["steps"] == [35, 70] and all_the_same(group)
    interrupted.set()
    assert not is_comparable(compare(CONFIG, (16,), ("mean_q",), interrupted=interrupted))


@pytest.mark.whole
def test_an_interrupted_comparison_keeps_what_it_has(tmp_path, monkeypatch, capsys):
    heard, made = [], []

    def interruptible(*said):
        heard.append(Interruption(*said))
        return nullcontext(heard[0])

    def advance(steps):
        made.append(steps)
        # after the first updates, in both groups
        if sum(made) > 6 * 1_100 and not heard[0].asked.is_set():
            heard[0].hear(signal.SIGTERM)

    monkeypatch.setattr("ddpg_tf.cli.compare.interruptible", interruptible)
    monkeypatch.setattr("ddpg_tf.cli.compare.progress_bar", lambda *_: nullcontext(advance))
    out = tmp_path / "out"
    assert main(["compare", "--steps", "100000", "--out", str(out)]) == 143
    assert sum(made) < 20_000
    for group in json.loads((out / "compare.json").read_text())["groups"]:
        assert group["steps"][0] == 500
        assert all(run["differences"] for run in group["runs"].values())
    assert (out / "compare.png").is_file()
    assert str(out) in capsys.readouterr().err
