"""Films show the episodes that they say they show, and change nothing."""

import sys
from pathlib import Path
from typing import ClassVar

import gymnasium as gym
import numpy as np
import pytest

from ddpg_tf import DDPG, DDPGConfig, evaluate, train
from ddpg_tf.cli.main import main
from ddpg_tf.environments.video import record_videos, require_video
from ddpg_tf.runs import resume
from ddpg_tf.training.loop import TrainingRun
from ddpg_tf.training.recorder import is_recorded
from tests.conftest import TwoEndings
from tests.errors import assert_exits, refused


class Painted(TwoEndings):
    """Each frame is of one grey: 40 for each step so far. The reward follows the seed."""

    metadata: ClassVar = {"render_modes": ["rgb_array"], "render_fps": 5}

    def __init__(self, render_mode=None):
        super().__init__()
        self.render_mode = render_mode

    def step(self, action):
        observation, reward, terminated, truncated, info = super().step(action)
        return observation, reward + self.np_random.normal(), terminated, truncated, info

    def render(self):
        return np.full((32, 48, 3), 40 * self.count, np.uint8)


class Undrawable(Painted):
    """Promises pictures, and cannot draw them."""

    def render(self):
        raise RuntimeError("no display\nhas been found")


for environment in (Painted, Undrawable):
    gym.register(f"{environment.__name__}-v0", environment)

CONFIG = DDPGConfig(
    env_id="Painted-v0",
    total_steps=40,
    warmup_steps=20,
    batch_size=8,
    hidden_sizes=(4,),
    update_every=5,
    eval_every=10,
    eval_episodes=2,
    jit_compile=False,
)


def with_settings(**settings):
    return DDPGConfig.from_dict(CONFIG.to_dict() | settings)


def greys(path):
    """The mean grey of each frame of a video, and its frames a second."""
    moviepy = pytest.importorskip("moviepy", reason="videos need moviepy (the extra `video`)")
    with moviepy.VideoFileClip(str(path)) as clip:
        return [frame.mean() for frame in clip.iter_frames()], clip.fps


def names(folder):
    return sorted(path.name for path in Path(folder).iterdir())


@pytest.fixture(scope="module")
def recorded(tmp_path_factory):
    """A run with a video at every other evaluation."""
    pytest.importorskip("moviepy", reason="videos need moviepy (the extra `video`)")
    return train(with_settings(record_every=20), tmp_path_factory.mktemp("video") / "run")


@pytest.fixture(scope="module")
def plain(tmp_path_factory):
    """The same run without videos."""
    return train(CONFIG, tmp_path_factory.mktemp("plain") / "run")


def test_recording_changes_nothing_that_is_learned_or_measured(recorded, plain):
    # repr: NaN is not equal to itself, its text is
    assert repr(recorded.history) == repr(plain.history)
    metrics = [(result.run_dir / "metrics.csv").read_bytes() for result in (recorded, plain)]
    assert metrics[0] == metrics[1]
    for name, network in recorded.agent.networks.items():
        for one, other in zip(
            network.get_weights(), plain.agent.networks[name].get_weights(), strict=True
        ):
            np.testing.assert_array_equal(one, other)
    assert not (plain.run_dir / "videos").exists()


def test_the_first_episode_of_every_other_evaluation_is_recorded(recorded):
    config, run_dir = recorded.agent.config, recorded.run_dir
    seed = TrainingRun(config).evaluation_seed
    expected = []
    for step in (20, 40):
        agent = DDPG.load(run_dir / "checkpoints" / f"step_{step:09d}")
        first = evaluate(agent, config.env_id, 1, seed)[0]
        expected.append(f"step_{step:09d}_return_{first:.1f}.mp4")
        row = next(row for row in recorded.history if row["step"] == step)
        # both of the evaluation's returns follow from its mean and deviation
        distance = abs(first - row["eval_return_mean"])
        assert distance == pytest.approx(row["eval_return_std"])
    assert names(run_dir / "videos") == expected


def test_a_video_shows_the_episode_from_its_first_observation_to_its_last(recorded):
    path = next((recorded.run_dir / "videos").iterdir())
    shades, fps = greys(path)
    # the first episode takes 3 steps; compression may shift a shade by a few
    assert shades == pytest.approx([0, 40, 80, 120], abs=6)
    assert fps == 5


def test_videos_of_a_resumed_run(recorded, tmp_path):
    def stop(moment):
        if moment.step == 30:
            raise KeyboardInterrupt

    run_dir = tmp_path / "run"
    with pytest.raises(KeyboardInterrupt):
        train(recorded.agent.config, run_dir, callbacks=[stop])
    assert len(names(run_dir / "videos")) == 1
    resume(run_dir)
    assert names(run_dir / "videos") == names(recorded.run_dir / "videos")
    metrics = [(path / "metrics.csv").read_bytes() for path in (run_dir, recorded.run_dir)]
    assert metrics[0] == metrics[1]


def test_evaluate_records_the_episodes_that_it_reports(plain, capsys):
    pytest.importorskip("moviepy", reason="videos need moviepy (the extra `video`)")
    arguments = ["evaluate", str(plain.run_dir), "--episodes", "2", "--seed", "7"]
    assert main([*arguments]) == 0
    without = capsys.readouterr()
    assert main([*arguments, "--video"]) == 0
    output = capsys.readouterr()
    assert output.out.startswith(without.out) and output.err == ""
    folder = plain.run_dir / "videos"
    assert str(folder) in output.out
    returns = evaluate(plain.agent, CONFIG.env_id, 2, seed=7)
    assert names(folder) == [
        f"step_000000040_seed_7_episode_{index:03d}_return_{total:.1f}.mp4"
        for index, total in enumerate(returns)
    ]
    # the second episode takes 4 steps
    assert [len(greys(folder / name)[0]) for name in names(folder)] == [4, 5]


def test_a_video_again_takes_the_place_of_the_first(plain, tmp_path):
    pytest.importorskip("moviepy", reason="videos need moviepy (the extra `video`)")
    first, second = (record_videos(plain.agent, ["it"], 1, tmp_path) for _ in range(2))
    np.testing.assert_array_equal(first, second)
    assert names(tmp_path) == [f"it_return_{first[0]:.1f}.mp4"]


@pytest.mark.parametrize(
    ("evaluations", "recorded"),
    [
        ([10, 20, 30, 40, 45], [20, 40]),
        # environments that are stepped together step over the multiples
        ([14, 21, 35, 42, 43], [21, 42]),
        ([50, 100], [50, 100]),
    ],
)
def test_when_a_video_is_made(evaluations, recorded):
    pairs = list(zip([0, *evaluations], evaluations, strict=False))
    assert [step for before, step in pairs if is_recorded(20, before, step)] == recorded
    assert not any(is_recorded(None, *pair) for pair in pairs)


# ---- mistakes ---------------------------------------------------------------------------------


def test_an_environment_without_pictures():
    pytest.importorskip("moviepy", reason="videos need moviepy (the extra `video`)")
    with refused(ValueError, "TwoEndings-v0", "rgb_array"):
        require_video("TwoEndings-v0")
    with refused(ValueError, "Undrawable-v0", "no display has been found"):
        require_video("Undrawable-v0")
    require_video("Painted-v0")


def test_without_moviepy(plain, tmp_path, monkeypatch, capsys):
    monkeypatch.setitem(sys.modules, "moviepy", None)
    with refused(ValueError, "moviepy"):
        require_video("Painted-v0")
    before = names(plain.run_dir)
    assert_exits(main(["evaluate", str(plain.run_dir), "--video"]), capsys, "moviepy")
    assert names(plain.run_dir) == before
    with refused(ValueError, "moviepy"):
        train(with_settings(record_every=20), tmp_path / "run")
    assert list(tmp_path.iterdir()) == []
    # what writes nothing to disk records nothing
    assert train(with_settings(record_every=20, total_steps=20)).run_dir is None


@pytest.mark.parametrize("option", [["--episodes", "0"], ["--seed", "-1"]])
def test_nothing_is_recorded_for_a_wrong_option(plain, option, capsys):
    before = names(plain.run_dir)
    status = main(["evaluate", str(plain.run_dir), "--video", *option])
    assert_exits(status, capsys, option[0][2:], option[1])
    assert names(plain.run_dir) == before
