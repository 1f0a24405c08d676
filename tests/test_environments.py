"""Environments that are stepped together against the same ones, stepped one by one."""

import functools

import gymnasium as gym
import numpy as np
import pytest

from ddpg_tf import DDPGConfig
from ddpg_tf.environments.vector import Environments
from ddpg_tf.training.loop import TrainingRun
from tests.conftest import TwoEndings
from tests.errors import refused
from tests.strategies.bits import bits, same_bits

MODES = ("same_step", "next_step", "disabled")
KINDS = [("sync", 1), ("sync", 2), ("sync", 3), ("async", 2), ("async", 3)]


class Staggered(TwoEndings):
    """Two endings, out of step: the seed says with which episode to begin, and the reward depends
    on the action; every observation is the same array, changed in place."""

    def __init__(self):
        super().__init__()
        self.array = np.zeros(2, np.float32)

    def reset(self, *, seed=None, options=None):
        assert not options, "what an option means to an environment is its own affair"
        if seed is not None:
            self.episode = seed % 7
        return super().reset(seed=seed)

    def step(self, action):
        observation, reward, *rest = super().step(action)
        return observation, reward + float(action[0]), *rest

    def observation(self):
        self.array[:] = super().observation()
        return self.array


# gymnasium would warn of the shared array
gym.register("Staggered-v0", Staggered, disable_env_checker=True)


def make_pendulum():
    return gym.make("Pendulum-v1", max_episode_steps=5)


def play(make, kind, count, mode, steps, seed=3):
    """Step `count` environments with random actions; return all that came, step by step."""
    config = DDPGConfig(num_envs=count, vectorization=kind, autoreset=mode)
    environments = Environments(make, config, seed)
    space, generator = environments.vector.single_action_space, np.random.default_rng(0)
    try:
        return [
            environments.step(
                generator.uniform(space.low, space.high, (count, *space.shape)).astype(np.float32)
            )
            for _ in range(steps)
        ]
    finally:
        environments.close()


def by_hand(make, seed, actions):
    """The rows of one environment that is stepped with `actions` and reset when it is over."""
    environment, rows = make(), []
    observation = np.array(environment.reset(seed=seed)[0])
    for action in actions:
        following, reward, terminated, truncated, _ = environment.step(action)
        following = np.array(following)
        rows.append((observation, action, reward, following, terminated, truncated))
        over = terminated or truncated
        observation = np.array(environment.reset()[0]) if over else following
    environment.close()
    return [np.array(column) for column in zip(*rows, strict=True)]


@pytest.mark.parametrize("make", [Staggered, make_pendulum], ids=["two endings", "pendulum"])
@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize(("kind", "count"), KINDS, ids=[f"{n} {kind}" for kind, n in KINDS])
def test_together_they_do_what_each_does_alone(make, kind, count, mode):
    steps = play(make, kind, count, mode, 24)
    endings = []
    for index in range(count):
        mine = [
            [
                rows[step.indices == index]
                for rows in (*step.batch.arrays().values(), step.truncated)
            ]
            for step in steps
        ]
        columns = [np.concatenate(column) for column in zip(*mine, strict=True)]
        expected = by_hand(make, 3 + index, columns[1])
        for column, hand in zip(columns, expected, strict=True):
            np.testing.assert_array_equal(column, hand)
        endings.append((columns[4].sum(), columns[5].sum()))
        # a step that only resets is no transition; in the other modes there is none such
        resets = sum(index not in step.indices for step in steps)
        assert len(columns[0]) == 24 - resets
        assert (resets > 0) == (mode == "next_step")
    assert all(truncated > 0 for _, truncated in endings)
    assert all((terminated > 0) == (make is Staggered) for terminated, _ in endings)


def test_those_whose_episode_ended_are_named():
    # seeds 3, 4, 5: episodes 4 (of 4 steps), 5 (of 3) and 6 (of 4) come first
    steps = play(Staggered, "sync", 3, "same_step", 8)
    assert [list(step.ended) for step in steps] == [[], [], [1], [0, 2], [], [], [0, 1, 2], []]
    assert [list(step.indices[step.batch.terminated]) for step in steps[2:7]] == [
        [1],
        [],
        [],
        [],
        [0, 2],
    ]


# ---- whole trainings --------------------------------------------------------------------------

CONFIG = DDPGConfig(
    env_id="Staggered-v0",
    num_envs=3,
    total_steps=90,
    warmup_steps=30,
    batch_size=8,
    hidden_sizes=(4,),
    update_every=10,
    eval_every=30,
    eval_episodes=1,
    exploration="ou",
    noise_sigma=0.5,
    jit_compile=False,
)


class Watched:
    """A finished run: the transitions of each step, the rows and the explorer's news."""

    def __init__(self, **settings):
        run = TrainingRun(DDPGConfig(**(CONFIG.to_dict() | settings)))
        self.steps, self.reset, self.rows = [], [], []
        take, begin_episodes = run.take, run.explorer.begin_episodes
        run.take = lambda actions: self.steps.append(take(actions)) or self.steps[-1]
        run.explorer.begin_episodes = lambda i: self.reset.append(list(i)) or begin_episodes(i)
        self.rows = [moment.row for moment in run if moment.row]
        run.environments.close()
        self.replay = run.replay.contents().arrays()
        self.weights = [w for n in run.agent.networks.values() for w in n.get_weights()]


watched = functools.cache(Watched)


@pytest.mark.parametrize("mode", MODES)
def test_the_replay_holds_every_transition_in_order_and_the_rows_count_them(mode):
    run = watched(autoreset=mode)
    for name, column in run.replay.items():
        stored = np.concatenate([getattr(step.batch, name) for step in run.steps])
        np.testing.assert_array_equal(column, np.float32(stored))
    ended = [list(step.ended) for step in run.steps]
    # in next_step an episode begins with the step after the one that ended the last
    assert run.reset == ([[], *ended[:-1]] if mode == "next_step" else ended)

    unfinished, done, episodes, returns, rows = np.zeros(3), 0, 0, [], iter(run.rows)
    for step in run.steps:
        for index, reward, over in zip(
            step.indices, step.batch.rewards, step.batch.terminated | step.truncated, strict=True
        ):
            unfinished[index] += reward
            if over:
                episodes += 1
                returns.append(unfinished[index])
                unfinished[index] = 0
        before, done = done, done + len(step.indices)
        if done // 30 > before // 30:
            row = next(rows)
            assert row["step"] == done
            assert row["episodes"] == episodes > 0
            assert row["train_return_mean"] == pytest.approx(np.mean(returns), rel=1e-12)
            learned = done - 30 if done >= 90 else (done - 30) // 10 * 10
            assert row["updates"] == learned
            returns = []
    assert 90 <= done <= 92 and next(rows, None) is None


def test_noise_begins_anew_only_where_an_episode_ended():
    run = TrainingRun(CONFIG)
    noise = run.explorer.noise
    for step in range(1, 30):
        run.explorer.actions(run.environments.observations, step)
    before = noise.x.copy()
    run.explorer.begin_episodes(np.array([1]))
    run.environments.close()
    assert (noise.x[1] == 0).all() and (before != 0).all()
    np.testing.assert_array_equal(noise.x[[0, 2]], before[[0, 2]])


@pytest.mark.parametrize("mode", ["same_step", "next_step"])
def test_sync_and_async_train_to_the_same_bits(mode):
    sync, processes = watched(autoreset=mode), watched(autoreset=mode, vectorization="async")
    assert same_bits(sync.weights, processes.weights)
    assert {name: bits(a) for name, a in sync.replay.items()} == {
        name: bits(a) for name, a in processes.replay.items()
    }
    assert repr(sync.rows) == repr(processes.rows)  # repr: NaN is not equal to itself


def test_resetting_at_once_or_by_the_loop_is_the_same_run():
    assert same_bits(watched(autoreset="same_step").weights, watched(autoreset="disabled").weights)


# ---- images -----------------------------------------------------------------------------------


class Pictures(gym.Env):
    """Observes a red left half and a white right half; knows one action."""

    observation_space = gym.spaces.Box(0, 255, (8, 12, 3), np.uint8)
    action_space = gym.spaces.Box(-1.0, 1.0, (1,), np.float32)

    def reset(self, *, seed=None, options=None):
        return self.picture(), {}

    def step(self, action):
        return self.picture(), 0.0, False, False, {}

    def picture(self):
        picture = np.full((8, 12, 3), 255, np.uint8)
        picture[:, :6, 1:] = 0
        return picture


gym.register("Pictures-v0", Pictures, max_episode_steps=10)


@pytest.fixture
def resizing():
    """Skip without what gymnasium resizes images with."""
    pytest.importorskip("cv2", reason="OpenCV is not installed: .[box2d]")


@pytest.mark.usefixtures("resizing")
def test_a_run_learns_from_images_that_wrappers_make_vectors_of():
    wrappers = ("ResizeObservation((4, 4))", "GrayscaleObservation", "FlattenObservation")
    run = Watched(env_id="Pictures-v0", wrappers=wrappers)
    assert run.replay["observations"].shape == (90, 16)
    assert run.rows[-1]["updates"] == 60


def unequipped():
    raise ImportError("no engine here")


gym.register("Unequipped-v0", unequipped)


@pytest.mark.parametrize(
    ("env_id", "names"),
    [
        ("Pendulm-v1", ["'Pendulm-v1'"]),
        ("Unequipped-v0", ["'Unequipped-v0'", "no engine here"]),
        ("Pictures-v0", ["observations"]),
    ],
)
def test_what_cannot_be_made_or_observed_is_refused_in_one_line(env_id, names):
    with refused((ValueError, TypeError), *names):
        TrainingRun(DDPGConfig.from_dict(CONFIG.to_dict() | {"env_id": env_id}))
