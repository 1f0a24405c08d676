"""Steps on disk: what went in comes out, in how many bytes; episodes that are played again."""

from dataclasses import replace

import gymnasium as gym
import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from ddpg_tf import DDPGConfig, resume, train
from ddpg_tf.batch import Batch
from ddpg_tf.environments.vector import Environments, Transitions
from ddpg_tf.storage import packed
from ddpg_tf.training.steps import arrays_of, joined, read_steps, steps_of, write_steps
from tests.conftest import TwoEndings
from tests.environments import worlds
from tests.test_resuming import assert_same_run, cut_off

MODES = ("next_step", "same_step", "disabled")


def episodes_of(generator, n, steps, dtype=np.float64):
    """Steps of n environments whose episodes end at random, one or two of them reset in between."""
    observations = generator.normal(size=(n, 3)).astype(dtype)
    found = []
    for _ in range(steps):
        nexts = generator.normal(size=(n, 3)).astype(dtype)
        terminated, truncated = generator.random((2, n)) < 0.2
        stepped = np.flatnonzero(generator.random(n) < 0.8)
        actions = generator.normal(size=(n, 2)).astype(np.float32)
        batch = Batch(observations, actions, generator.normal(size=n), nexts, terminated)
        found.append(Transitions(batch.map(lambda a: a[stepped]), truncated[stepped], stepped))  # noqa: B023
        following = generator.normal(size=(n, 3)).astype(dtype)
        observations = np.where((terminated | truncated)[:, None], following, nexts)
    return found


@given(st.integers(0, 2**32 - 1), st.integers(1, 4), st.integers(1, 12))
@example(4, 1, 1)  # the environment was only reset: no row
def test_what_is_stored_comes_back_to_the_bit(seed, n, count):
    steps = episodes_of(np.random.default_rng(seed), n, count)
    again = list(steps_of(arrays_of(joined(steps, np.float32))).one_by_one())
    assert len(again) == len(steps)
    for one, other in zip(steps, again, strict=True):
        np.testing.assert_array_equal(one.indices, other.indices)
        np.testing.assert_array_equal(one.truncated, other.truncated)
        for name in ("actions", "rewards", "terminated"):
            a, b = getattr(one.batch, name), getattr(other.batch, name)
            assert a.dtype == b.dtype and a.tobytes() == b.tobytes()
        for name in ("observations", "next_observations"):
            a, b = getattr(one.batch, name), getattr(other.batch, name)
            assert a.astype(np.float32).tobytes() == b.tobytes()


def test_files_of_steps_follow_one_another(tmp_path):
    (tmp_path / "steps").mkdir()
    parts = [episodes_of(np.random.default_rng(seed), 2, 5) for seed in range(3)]
    files = {}
    for number, part in enumerate(parts):
        files |= write_steps(tmp_path, number, joined(part, np.float32))
    again = [steps.batch.rewards for steps in read_steps(tmp_path, files)]
    expected = [np.concatenate([each.batch.rewards for each in part]) for part in parts]
    assert all(map(np.array_equal, again, expected))


def test_a_million_steps_of_half_cheetah_take_110_mb_at_most():
    """17 observations, 6 actions, episodes of 1,000 steps, an evaluation each 5,000."""
    generator, steps = np.random.default_rng(0), []
    observations = generator.normal(size=(5_001, 1, 17))
    for t in range(5_000):
        actions = generator.normal(size=(1, 6)).astype(np.float32)
        over = (t + 1) % 1_000 == 0
        nexts = generator.normal(size=(1, 17)) if over else observations[t + 1]
        batch = Batch(observations[t], actions, np.zeros(1), nexts, np.zeros(1, bool))
        steps.append(Transitions(batch, np.array([over]), np.zeros(1, int)))
    assert 200 * len(packed(arrays_of(joined(steps, np.float32)))) < 110e6


# ---- the present episode ----------------------------------------------------------------------

CONFIG = DDPGConfig(
    env_id="ShortWalk-v0",
    num_envs=3,
    total_steps=150,
    warmup_steps=45,
    batch_size=16,
    hidden_sizes=(8,),
    update_every=15,
    eval_every=75,
    eval_episodes=1,
    jit_compile=False,
)


class Uneven(worlds.Walk):
    """A walk whose episodes end when chance will have it, so that several go on at once."""

    def step(self, action):
        *result, _, info = super().step(action)
        return *result, bool(self.np_random.random() < 0.15), info


@pytest.mark.parametrize("vectorization", ["sync", "async"])
@pytest.mark.parametrize("mode", MODES)
def test_environments_go_on_as_if_they_had_not_been_left(mode, vectorization):
    config = replace(CONFIG, autoreset=mode, vectorization=vectorization)
    generator = np.random.default_rng(1)
    taken = generator.uniform(-1, 1, (60, 3, 1)).astype(np.float32)
    before, after = (Environments(Uneven, config, seed=4) for _ in range(2))
    own = [[], [], []]
    lengths = set()
    for t, actions in enumerate(taken):
        transitions = before.step(actions)
        for row, index in enumerate(transitions.indices):
            own[index].append(transitions.batch.actions[row])
        if t % 7 == 6:
            place = before.place()
            lengths |= {*place["lengths"]}
            actions = [mine[len(mine) - n :] for mine, n in zip(own, place["lengths"], strict=True)]
            rewards = after.begin_again(place, actions)
            assert [len(each) for each in rewards] == place["lengths"]
            np.testing.assert_array_equal(after.observations, before.observations)
            if t > 30:
                break
    # some had only begun, others not
    assert 0 in lengths and max(lengths) > 3
    for actions in taken[:25]:
        one, other = (each.step(actions) for each in (before, after))
        for a, b in zip((*one.batch[:5], *one[1:]), (*other.batch[:5], *other[1:]), strict=True):
            np.testing.assert_array_equal(a, b)
        np.testing.assert_array_equal(before.begun, after.begun)
    for each in (before, after):
        each.close()


def counted(environment):
    """The class, which counts its steps in `taken`."""

    class Counted(environment):
        taken = 0

        def step(self, action):
            Counted.taken += 1
            return super().step(action)

    return Counted


def long_walk():
    return gym.wrappers.TimeLimit(COUNTED(), 20)


COUNTED = counted(worlds.Walk)


def test_only_the_present_episode_is_played_again(tmp_path, capsys):
    config = replace(CONFIG, num_envs=1, total_steps=120, eval_every=50)
    whole = train(config, tmp_path / "whole", env=long_walk).run_dir
    part = cut_off(whole, tmp_path / "part", 50)
    COUNTED.taken = 0
    resume(part, env=long_walk)
    # 10 steps of the third episode, then 70 that are new, and two evaluations
    assert COUNTED.taken == 10 + 70 + 2 * 20
    assert_same_run(whole, part)


def test_an_environment_that_remembers_is_played_from_its_beginning_and_a_line_says_so(
    tmp_path, capsys
):
    """TwoEndings counts its episodes."""
    config = replace(CONFIG, env_id="TwoEndings-v0", num_envs=2)
    whole = train(config, tmp_path / "whole", env=TwoEndings).run_dir
    part = cut_off(whole, tmp_path / "part", 76)
    capsys.readouterr()
    resume(part, env=TwoEndings)
    said = capsys.readouterr().err
    assert said.count("\n") == 1 and "all 76 steps" in said
    assert_same_run(whole, part)


def test_images_are_compressed():
    images = np.zeros((50, 1, 20, 20, 3), np.uint8)
    steps = [
        Transitions(
            Batch(image, np.zeros((1, 1), np.float32), np.zeros(1), image, np.zeros(1, bool)),
            np.zeros(1, bool),
            np.zeros(1, int),
        )
        for image in images
    ]
    arrays = arrays_of(joined(steps, np.uint8))
    assert len(packed(arrays, compressed=True)) < 0.1 * len(packed(arrays))
    np.testing.assert_array_equal(steps_of(arrays).batch.observations, images[:, 0])
