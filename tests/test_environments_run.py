"""All of gymnasium's environments with continuous actions train; the others are refused in a line.

The environments are those that gymnasium's own registry lists, in their latest version.
"""

import gymnasium as gym
import numpy as np
import pytest

from ddpg_tf import DDPGConfig, train
from tests.errors import refused
from tests.sizes import small_version

FAMILIES = ("gymnasium.envs.classic_control", "gymnasium.envs.box2d", "gymnasium.envs.mujoco")
STEPS = 300
GREY_VECTORS = ("ResizeObservation((12, 12))", "GrayscaleObservation", "FlattenObservation")


def latest_environments():
    """The ids of the families' environments, each in its latest version."""
    latest = {}
    for spec in gym.registry.values():
        if str(spec.entry_point).startswith(FAMILIES):
            latest[spec.name] = max(latest.get(spec.name, spec), spec, key=lambda s: s.version)
    return sorted(spec.id for spec in latest.values())


def test_the_registry_has_what_is_expected_of_it():
    expected = {"Pendulum-v1", "LunarLanderContinuous-v3", "CarRacing-v3", "HalfCheetah-v5"}
    assert expected <= set(latest_environments())
    assert sum(env_id.endswith("-v5") for env_id in latest_environments()) == 11
    assert "HalfCheetah-v4" not in latest_environments()


@pytest.mark.slow
@pytest.mark.parametrize("env_id", small_version(latest_environments(), 8))
def test_it_trains_or_is_refused(env_id, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)  # MuJoCo logs its warnings to a file
    try:
        with gym.make(env_id) as environment:
            spaces = environment.observation_space, environment.action_space
    except (gym.error.DependencyNotInstalled, ModuleNotFoundError) as missing:
        pytest.skip(str(missing))
    is_image = len(spaces[0].shape) == 3
    if is_image:
        pytest.importorskip("cv2", reason="OpenCV is not installed: .[box2d]")
    config = DDPGConfig(
        env_id=env_id,
        wrappers=GREY_VECTORS if is_image else None,
        max_episode_steps=STEPS // 3,
        total_steps=STEPS,
        warmup_steps=STEPS // 2,
        batch_size=16,
        hidden_sizes=(16,),
        eval_every=STEPS,
        eval_episodes=1,
        jit_compile=False,
    )
    if isinstance(spaces[1], gym.spaces.Discrete):
        with refused(TypeError, "actions"):
            train(config)
        return
    moments = []
    result = train(config, callbacks=[moments.append])
    (row,) = result.history
    assert (row["step"], row["updates"]) == (STEPS, STEPS // 2)
    assert np.isfinite([row["eval_return_mean"], row["critic_loss"], row["q"]]).all()
    stored = moments[-1].replay.contents().arrays()
    assert len(stored["actions"]) == STEPS
    # every action that was taken lies in the environment's own space, and no two are the same
    assert all(spaces[1].contains(action) for action in stored["actions"])
    assert len(np.unique(stored["actions"], axis=0)) > STEPS // 2
