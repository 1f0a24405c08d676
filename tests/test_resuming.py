"""A run that was cut off and resumed against one that was not: same bytes, same bits."""

import json
import os
import pkgutil
import shutil
import signal
import subprocess
import sys
from functools import cache
from itertools import product

import gymnasium as gym
import numpy as np
import pytest

from ddpg_tf import DDPG, DDPGConfig, train
from ddpg_tf.cli.main import main
from ddpg_tf.run_files import all_checkpoints, saved_config
from ddpg_tf.runs import resume
from ddpg_tf.storage import DamagedError, seal
from ddpg_tf.training.saved_run import saved_run
from tests.conftest import TwoEndings
from tests.errors import assert_exits, assert_one_line_that_names, refused
from tests.sizes import small_version

# Pendulum with short episodes: random first states, and many of them
PENDULUM = "gymnasium.envs.classic_control.pendulum:PendulumEnv"
gym.register("ShortPendulum-v0", PENDULUM, max_episode_steps=25)

CONFIG = DDPGConfig(
    env_id="ShortPendulum-v0",
    total_steps=105,
    warmup_steps=45,
    batch_size=16,
    hidden_sizes=(8,),
    update_every=10,
    eval_every=35,
    eval_episodes=1,
    jit_compile=False,
)

VARIANTS = {
    "pull, annealed, several steps": {
        "exploration": "pull",
        "ou_mean": 0.5,
        "noise_sigma_final": 0.0,
        "n_step": 3,
        "buffer_size": 30,
        "adam_epsilon_place": "pytorch",
    },
    "Ornstein-Uhlenbeck, schedule": {"exploration": "ou", "learning_rate_schedule": "linear"},
    "parameter noise": {
        "exploration": "parameter",
        "normalization": "layer",
        "noise_sigma_final": 0.05,
        "parameter_noise_adapt_every": 20,
    },
    "all moments": {
        "algorithm": "td3",
        "num_envs": 2,
        "normalize_observations": True,
        "normalize_returns": True,
        "pop_art": True,
    },
    "TD3": {"algorithm": "td3", "policy_delay": 3, "actor_warmup_steps": 60, "buffer_size": 40},
    "three environments": {"num_envs": 3, "autoreset": "next_step", "normalization": "batch"},
}


def config_of(**settings):
    return DDPGConfig.from_dict(CONFIG.to_dict() | settings)


def arrays_in(checkpoint):
    """Everything that a checkpoint holds, by name."""
    found = {}
    for path in sorted(checkpoint.glob("*.npz")):
        with np.load(path) as archive:
            found |= {f"{path.name}/{name}": archive[name] for name in archive}
    return found


def assert_same_run(one, other):
    """The same rows to the byte, and checkpoints of the same steps that hold the same bits."""
    assert (one / "metrics.csv").read_bytes() == (other / "metrics.csv").read_bytes()
    assert (one / "config.json").read_bytes() == (other / "config.json").read_bytes()
    left, right = all_checkpoints(one), all_checkpoints(other)
    assert [path.name for path in left] == [path.name for path in right]
    for a, b in zip(left, right, strict=True):
        assert {path.name for path in a.iterdir()} == {path.name for path in b.iterdir()}
        assert (a / "run.json").read_text() == (b / "run.json").read_text()
        first, second = arrays_in(a), arrays_in(b)
        assert first.keys() == second.keys() and len(first) > 20
        for name in first:
            assert first[name].tobytes() == second[name].tobytes(), (a.name, name)


def cut_off(run_dir, copy, step):
    """A copy of a finished run as it was when it had got just past `step`."""
    shutil.copytree(run_dir, copy)
    for checkpoint in all_checkpoints(copy):
        if int(checkpoint.name.removeprefix("step_")) > step:
            shutil.rmtree(checkpoint)
    return copy


@pytest.fixture(scope="module")
def trained(tmp_path_factory):
    """A function (settings) -> the directory of a run, made once: only a copy may be changed."""

    @cache
    def run_dir(**settings):
        return train(config_of(**settings), tmp_path_factory.mktemp("trained") / "run").run_dir

    return run_dir


@pytest.fixture(scope="module")
def whole(trained):
    """The plain run, never cut off."""
    return trained()


@pytest.mark.parametrize("variant", small_version(VARIANTS, 2))
def test_a_resumed_run_is_the_uninterrupted_one_to_the_bit(variant, tmp_path):
    config = config_of(**VARIANTS[variant])
    result = train(config, tmp_path / "whole")
    # two checkpoints are left; an episode was going on, and there had been updates
    part = cut_off(result.run_dir, tmp_path / "part", 72)
    assert len(all_checkpoints(part)) == 2
    again = resume(part)
    assert_same_run(result.run_dir, part)
    assert repr(again.history) == repr(result.history)
    for name, network in result.agent.networks.items():
        for one, other in zip(network.weights, again.agent.networks[name].weights, strict=True):
            np.testing.assert_array_equal(one.numpy(), other.numpy())


def test_a_run_may_be_cut_off_again_and_again(whole, tmp_path):
    part = cut_off(whole, tmp_path / "first", 35)
    resume(part)
    part = cut_off(part, tmp_path / "second", 70)
    resume(part)
    assert_same_run(whole, part)


class Killed(BaseException):
    """What stands for SIGKILL here: nothing catches it."""


MOMENTS = {
    "before the first checkpoint": ("ddpg_tf.training.loop.TrainingRun.take", 20),
    "while the second checkpoint is written": ("ddpg_tf.training.recorder.write_run_state", 2),
    "before the second checkpoint gets its name": ("ddpg_tf.storage.os.replace", 6),
    "before the second row is written": ("ddpg_tf.training.recorder.RunRecorder._write", 2),
    "while learning": ("ddpg_tf.agents.ddpg.DDPG.learn_then_act", 5),
}


@pytest.mark.parametrize("moment", small_version(MOMENTS, 3))
def test_whenever_it_was_killed_it_goes_on_to_the_same_end(moment, whole, tmp_path, monkeypatch):
    name, count = MOMENTS[moment]
    owner, _, attribute = name.rpartition(".")
    original, calls = pkgutil.resolve_name(name), []

    def killed(*args, **kwargs):
        calls.append(1)
        if len(calls) == count:
            raise Killed
        return original(*args, **kwargs)

    monkeypatch.setattr(pkgutil.resolve_name(owner), attribute, killed)
    with pytest.raises(Killed):
        train(CONFIG, tmp_path / "part")
    monkeypatch.undo()
    assert len(all_checkpoints(tmp_path / "part")) < 3
    resume(tmp_path / "part")
    assert_same_run(whole, tmp_path / "part")
    leftovers = [path.name for path in (tmp_path / "part" / "checkpoints").iterdir()]
    assert not any("unfinished" in name for name in leftovers)


KILLER = f"""
import os, signal, sys
import gymnasium
from ddpg_tf.agents import ddpg
gymnasium.register("ShortPendulum-v0", {PENDULUM!r}, max_episode_steps=25)
learn = ddpg.DDPG.learn_then_act

def killed(self, batch):
    if int(self.updates) >= 20:
        os.kill(os.getpid(), signal.SIGKILL)
    return learn(self, batch)

ddpg.DDPG.learn_then_act = killed
from ddpg_tf.cli.main import main
sys.exit(main(sys.argv[1:]))
"""


@pytest.mark.slow
def test_the_command_line_resumes_a_process_that_was_killed(whole, tmp_path, capsys):
    command = [sys.executable, "-c", KILLER, "train", "--run-dir", str(tmp_path / "part")]
    for name, value in CONFIG.to_dict().items():
        if value != getattr(DDPGConfig(), name):
            values = value if isinstance(value, tuple) else (value,)
            command += [f"--{name.replace('_', '-')}", *map(str, values)]
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)}
    done = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, timeout=300)
    assert done.returncode == -signal.SIGKILL, done.stderr
    assert [path.name for path in all_checkpoints(tmp_path / "part")][-1] == "step_000000070"
    assert main(["train", "--resume", str(tmp_path / "part")]) == 0
    assert capsys.readouterr().err == ""
    assert_same_run(whole, tmp_path / "part")


# ---- mistakes ---------------------------------------------------------------------------------


class Moody(TwoEndings):
    """The same actions do not have the same effect: rewards depend on how often it was made."""

    made = 0

    def __init__(self):
        super().__init__()
        Moody.made += 1
        self.mood = Moody.made

    def step(self, action):
        observation, reward, *rest = super().step(action)
        return observation, reward + self.mood, *rest


gym.register("Moody-v0", Moody)


def test_an_environment_that_does_not_do_the_same_again_is_refused(tmp_path, capsys):
    part = cut_off(
        train(config_of(env_id="Moody-v0"), tmp_path / "whole").run_dir, tmp_path / "part", 70
    )
    before = {path: path.read_bytes() for path in part.rglob("*") if path.is_file()}
    assert main(["train", "--resume", str(part)]) == 2
    note, line = capsys.readouterr().err.splitlines()
    assert note.startswith("note: Moody-v0") and "all 70 steps" in note
    assert_one_line_that_names(line, "Moody-v0", "did not answer the same actions")
    assert before == {path: path.read_bytes() for path in part.rglob("*") if path.is_file()}


def test_a_complete_run_and_no_run_get_one_line(whole, tmp_path, capsys):
    before = (whole / "metrics.csv").read_bytes()
    assert main(["train", "--resume", str(whole)]) == 0
    printed = capsys.readouterr()
    assert printed.err == ""
    assert_one_line_that_names(printed.out, whole, 105, "--total-steps")
    assert (whole / "metrics.csv").read_bytes() == before
    nowhere = tmp_path / "nowhere"
    assert_exits(main(["train", "--resume", str(nowhere)]), capsys, nowhere)
    assert list(tmp_path.iterdir()) == []


DAMAGES = {
    "cut short": lambda path: path.write_bytes(path.read_bytes()[:15]),
    "empty": lambda path: path.write_bytes(b""),
    "gone": lambda path: path.unlink(),
    "another kind": lambda path: path.write_text('["not", "what", "was", "written"]'),
}


@pytest.mark.parametrize(
    ("name", "damage"), [*product(["run.json"], DAMAGES), ("run.npz", "gone"), ("steps", "empty")]
)
def test_a_damaged_file_is_named_and_the_checkpoint_before_goes_on(
    name, damage, whole, tmp_path, capsys
):
    part = cut_off(whole, tmp_path / "part", 70)
    path = all_checkpoints(part)[-1] / name
    if name == "steps":
        path = part / "steps" / "step_000000070.npz"
    DAMAGES[damage](path)
    saved = saved_run(part)
    assert_one_line_that_names(capsys.readouterr().err, path, "step_000000035")
    assert saved.checkpoint.name == "step_000000035" and len(saved.history) == 1
    if name != "run.json":
        resume(part)
        assert_same_run(whole, part)


@pytest.mark.parametrize("name", ["state.npz", "steps"])
def test_without_an_intact_checkpoint_it_is_refused_and_nothing_is_changed(name, whole, tmp_path):
    part = cut_off(whole, tmp_path / "part", 70)
    paths = [checkpoint / name for checkpoint in all_checkpoints(part)]
    if name == "steps":
        paths = [part / "steps" / "step_000000035.npz"]
    for path in paths:
        path.write_bytes(b"other")
    before = {path: path.read_bytes() for path in part.rglob("*") if path.is_file()}
    with refused(DamagedError, paths[-1]):
        resume(part)
    assert before == {path: path.read_bytes() for path in part.rglob("*") if path.is_file()}


def test_rows_that_were_lost_or_edited_are_written_again(whole, tmp_path, capsys):
    part = cut_off(whole, tmp_path / "part", 70)
    text = (part / "metrics.csv").read_bytes()
    (part / "metrics.csv").write_bytes(text.replace(b"35", b"34", 1))
    resume(part)
    assert_one_line_that_names(capsys.readouterr().err, part / "metrics.csv", "2 rows")
    assert_same_run(whole, part)


@pytest.mark.parametrize("damage", ["cut short", "empty", "another kind"])
def test_a_damaged_config_is_named(damage, whole, tmp_path):
    part = cut_off(whole, tmp_path / "part", 70)
    DAMAGES[damage](part / "config.json")
    with refused(ValueError, part / "config.json"):
        resume(part)


EDITS = {"gamma": 0.5, "total_steps": 150, "env_id": "Pendulum-v1"}


@pytest.mark.parametrize("field", EDITS)
@pytest.mark.parametrize("sealed", [True, False])
def test_a_config_that_was_edited_is_refused_and_the_field_named(field, sealed, whole, tmp_path):
    path = cut_off(whole, tmp_path / "part", 70) / "config.json"
    values = json.loads(path.read_text()) | {field: EDITS[field]}
    if not sealed:
        # as of an older version, where only the length may differ from the checkpoint's
        del values["sha256"]
    path.write_text(json.dumps(values))
    if field == "total_steps" and not sealed:
        assert saved_config(path.parent).total_steps == 150
        return
    remedy = "--total-steps" if field == "total_steps" else "set it back"
    with refused(DamagedError, path, field, EDITS[field], getattr(CONFIG, field), remedy):
        resume(path.parent)


def test_a_config_that_was_edited_before_the_first_checkpoint_is_refused(whole, tmp_path):
    path = cut_off(whole, tmp_path / "part", 0) / "config.json"
    path.write_text(path.read_text().replace('"seed": 0', '"seed": 1'))
    with refused(DamagedError, path):
        resume(path.parent)
    path.unlink()
    with refused(FileNotFoundError, path.parent):
        resume(path.parent)


def test_a_run_of_an_earlier_version_is_refused(whole, tmp_path):
    part = cut_off(whole, tmp_path / "part", 72)
    for checkpoint in all_checkpoints(part):
        (checkpoint / "run.json").write_text('{"step": 70}')
        seal(checkpoint)
    before = (part / "metrics.csv").read_bytes()
    with refused(ValueError, part, "earlier version", "evaluate", "--init-from"):
        resume(part)
    assert (part / "metrics.csv").read_bytes() == before


def test_earlier_checkpoints_are_not_needed(whole, tmp_path):
    part = cut_off(whole, tmp_path / "part", 70)
    shutil.rmtree(all_checkpoints(part)[0])
    resume(part)
    assert (part / "metrics.csv").read_bytes() == (whole / "metrics.csv").read_bytes()


def test_a_buffer_that_something_else_went_into_is_not_gone_on_with(tmp_path):
    def meddle(progress):
        if progress.step == 50:
            progress.replay.extend(progress.replay.contents(0, 3))

    part = cut_off(
        train(CONFIG, tmp_path / "run", callbacks=[meddle]).run_dir, tmp_path / "part", 70
    )
    with refused(ValueError, part, "callback"):
        resume(part)


@pytest.mark.parametrize(
    "other",
    ["--batch-size 32", "--run-dir elsewhere", "--preset lillicrap", "--seed 0"],
    ids=["a field", "a directory", "a preset", "a default"],
)
def test_resume_takes_no_other_option(other, whole, capsys):
    status = main(["train", "--resume", str(whole), *other.split()])
    assert_exits(status, capsys, "--resume")


def test_what_a_checkpoint_says_of_the_run_can_be_read(whole):
    state = json.loads((all_checkpoints(whole)[1] / "run.json").read_text())
    assert state["step"] == 70
    assert list(state["files"]) == ["step_000000035.npz", "step_000000070.npz"]
    with np.load(whole / "steps" / "step_000000070.npz") as arrays:
        assert arrays["actions"].shape == (35, 1) and arrays["observations"].shape == (35, 3)


# ---- lengthening ------------------------------------------------------------------------------

LENGTHS = {
    # 97 - 45 = 52: two steps are left over, and the evaluation is not due
    "a block that is not full": (97, 150, {}),
    # 35, 70, 105: an evaluation is due at the old end, and a block is full
    "a whole block, an evaluation that is due": (105, 150, {}),
    # 95 - 45 = 50: nothing is left over, but the evaluation is not due
    "an evaluation between two": (95, 150, {}),
    "no evaluation before the end": (30, 75, {"warmup_steps": 20}),
    "three environments, TD3, a small buffer": (
        *(100, 160),
        {"num_envs": 3, "algorithm": "td3", "buffer_size": 40, "normalize_observations": True},
    ),
    "annealed noise on the weights": (
        *(97, 150),
        {
            "exploration": "parameter",
            "normalization": "layer",
            "noise_sigma_final": 0.05,
            "noise_anneal_steps": 90,
            "parameter_noise_adapt_every": 20,
        },
    ),
}


@pytest.mark.parametrize("case", small_version(LENGTHS, 1))
def test_a_lengthened_run_is_the_long_one_to_the_bit(case, trained, tmp_path):
    first, whole, settings = LENGTHS[case]
    long = trained(**settings, total_steps=whole)
    short = shutil.copytree(trained(**settings, total_steps=first), tmp_path / "short")
    result = resume(short, whole)
    assert_same_run(long, short)
    assert (
        result.history[-1]["step"]
        == json.loads((all_checkpoints(long)[-1] / "run.json").read_text())["step"]
    )


def test_the_old_end_can_still_be_played_and_does_not_count(trained, tmp_path):
    short = shutil.copytree(trained(total_steps=97), tmp_path / "short")
    resume(short, 105)
    names = {path.name for path in (short / "checkpoints").iterdir()}
    assert names == {"step_000000035", "step_000000070", "step_000000105", "end_000000097"}
    assert int(DDPG.load(short / "checkpoints" / "end_000000097").updates) == 52


@pytest.mark.parametrize("moment", small_version(["config", "checkpoint"], 1))
def test_a_lengthened_run_that_was_killed_goes_on_to_the_same_end(
    moment, trained, tmp_path, monkeypatch
):
    short = shutil.copytree(trained(total_steps=97), tmp_path / "short")
    name = {"config": "set_aside", "checkpoint": "write_agent"}[moment]

    def killed(*arguments):
        raise Killed

    monkeypatch.setattr(f"ddpg_tf.training.recorder.{name}", killed)
    with pytest.raises(Killed):
        resume(short, 105)
    monkeypatch.undo()
    assert json.loads((short / "config.json").read_text())["total_steps"] == 105
    resume(short)
    assert_same_run(trained(), short)


def test_a_run_is_lengthened_by_the_command_line(trained, whole, tmp_path, capsys):
    short = shutil.copytree(trained(total_steps=97), tmp_path / "short")
    assert main(["train", "--resume", str(short), "--total-steps", "105"]) == 0
    assert capsys.readouterr().err == ""
    assert_same_run(whole, short)


def test_a_schedule_of_another_length_is_said(tmp_path, capsys):
    config = config_of(total_steps=70, learning_rate_schedule="linear")
    short = train(config, tmp_path / "short").run_dir
    result = resume(short, 105)
    said = capsys.readouterr().err
    assert_one_line_that_names(said, "learning_rate_schedule", 105)
    # 25 updates of 60 were made: the schedule goes on from there
    assert float(result.agent.actor_optimizer.learning_rate) == pytest.approx(0, abs=1e-9)
    assert int(result.agent.updates) == 60


@pytest.mark.parametrize("total", [105, 50])
def test_no_more_than_what_was_done_is_refused(total, whole, capsys):
    before = {path: path.read_bytes() for path in whole.rglob("*") if path.is_file()}
    with refused(ValueError, "total_steps", total, 105):
        resume(whole, total)
    arguments = ["train", "--resume", str(whole), "--total-steps", str(total)]
    assert_exits(main(arguments), capsys, total, 105)
    assert before == {path: path.read_bytes() for path in whole.rglob("*") if path.is_file()}
