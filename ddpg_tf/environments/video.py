"""Videos of a policy, made by Gymnasium's RecordVideo and moviepy."""

import warnings
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
from gymnasium.wrappers import RecordVideo

from ddpg_tf.config import DDPGConfig
from ddpg_tf.environments.evaluation import episodes_of
from ddpg_tf.environments.make import Source, environment_for, label_of
from ddpg_tf.environments.screen import tell_that_there_is_no_screen


def record_videos(
    agent, names: list[str], seed: int, folder: Path, made_by: Source | None = None
) -> np.ndarray:
    """Record one episode for each name; their returns, [episodes].

    made_by: what makes the environment in place of the config's env_id. The episodes are those that
    `evaluate` plays from the same seed. The videos go to folder/NAME_return_RETURN.mp4 when all
    have been made.
    """
    folder.mkdir(parents=True, exist_ok=True)
    with TemporaryDirectory(dir=folder) as unfinished:
        environment = RecordVideo(
            environment_for(agent.config, made_by, render_mode="rgb_array"),
            f"{unfinished}/videos",
            episode_trigger=lambda _: True,
            name_prefix="video",
        )
        with environment:
            played = episodes_of(agent.policy(), environment, len(names), seed)
            returns = np.array([episode.total for episode in played])
        for index, (name, total) in enumerate(zip(names, returns, strict=True)):
            finished = folder / f"{name}_return_{total:.1f}.mp4"
            Path(unfinished, "videos", f"video-episode-{index}.mp4").replace(finished)
    return returns


def require_video(env_id: Source, config: DDPGConfig | None = None) -> None:
    """Raise ValueError, saying what is missing, unless the environment can be recorded here.

    env_id: an id, a spec or a function; config: says the rest, such as its wrappers.
    One frame is drawn: only then does it show what a renderer lacks.
    """
    try:
        import moviepy  # noqa: F401
    except ImportError:
        raise ValueError(
            "videos need moviepy; install: pip install moviepy 'gymnasium[classic-control]'"
        ) from None
    tell_that_there_is_no_screen()
    config, name = config or DDPGConfig(), label_of(env_id)
    with environment_for(config, env_id) as environment:
        modes = environment.metadata.get("render_modes") or ["none"]
    if "rgb_array" not in modes:
        raise ValueError(
            f"{name} cannot be recorded: it has no render mode rgb_array, but {', '.join(modes)}"
        )
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            draw_one_frame(env_id, config)
    except Exception as error:
        reason = " ".join(str(error).split())
        raise ValueError(
            f"{name} cannot be drawn on this machine ({reason}); record it on one with a "
            "screen, or leave videos out"
        ) from error


def draw_one_frame(env_id: Source, config: DDPGConfig) -> None:
    """Raise whatever the environment's renderer raises."""
    with environment_for(config, env_id, render_mode="rgb_array") as environment:
        environment.reset(seed=0)
        environment.render()
