"""Turns taken ahead of time: the same bits, whoever looks at whatever moment."""

from dataclasses import replace
from functools import lru_cache

import gymnasium as gym
import keras
import numpy as np
import pytest
import tensorflow as tf
from hypothesis import given
from hypothesis import strategies as st

from ddpg_tf import DDPG, TD3, DDPGConfig, TrainingRun, resume, train
from ddpg_tf.batch import Batch
from ddpg_tf.environments.faults import FaultyEnvironmentError
from ddpg_tf.replay import ReplayBuffer
from ddpg_tf.training import ahead
from tests.sizes import small_version

CONFIG = DDPGConfig(
    seed=5,
    total_steps=171,
    warmup_steps=41,
    batch_size=4,
    hidden_sizes=(6,),
    # as large as Adam's would be; its moments have a case of their own
    optimizer="sgd",
    actor_learning_rate=0.1,
    critic_learning_rate=0.1,
    update_every=1,
    eval_every=57,
    eval_episodes=1,
    jit_compile=False,
)


class Walk(gym.Env):
    """s' = s / 2 + a; the reward is -s'^2. An episode terminates at |s'| > 1.5, or is cut off."""

    observation_space = gym.spaces.Box(-np.inf, np.inf, (1,), np.float32)
    action_space = gym.spaces.Box(-1, 1, (1,), np.float32)
    faulty_after = 10**6

    def __init__(self):
        self.taken = 0

    def reset(self, *, seed=None, options=None):
        super().reset(seed=seed)
        self.steps = 0
        self.state = self.np_random.uniform(-1, 1, 1).astype(np.float32)
        return self.state, {}

    def step(self, action):
        self.steps, self.taken = self.steps + 1, self.taken + 1
        self.state = (self.state / 2 + action).astype(np.float32)
        reward = -float(self.state[0] ** 2)
        if self.taken > self.faulty_after:
            reward = np.nan
        return self.state, reward, bool(abs(self.state[0]) > 1.5), self.steps == 11, {}


class Broken(Walk):
    """The same, with a reward that is NaN in the hundredth step."""

    faulty_after = 99


def state_of(agent: DDPG) -> list[np.ndarray]:
    """All that the agent has learned."""
    return [variable.numpy() for variable in agent.all_variables]


def assert_same(ours: list, theirs: list) -> None:
    for one, other in zip(ours, theirs, strict=True):
        np.testing.assert_array_equal(one, other, strict=True)


def refuse_to_be_ahead(run: TrainingRun) -> None:
    """Let every turn be taken when it comes, by the agent itself where that has the same bits.

    XLA rounds the update of a call that makes one alone in another way.
    """
    run.agent  # noqa: B018
    run.ahead.possible &= run.config.jit_compile


def calls_of(monkeypatch) -> list[int]:
    """Updates in each call of `learn_ahead` from here on."""
    calls, learn_ahead = [], DDPG.learn_ahead

    def counted(self, batches, most):
        calls.append(len(batches.rewards))
        return learn_ahead(self, batches, most)

    monkeypatch.setattr(DDPG, "learn_ahead", counted)
    return calls


@lru_cache
def in_turn(config: DDPGConfig) -> tuple[list, TrainingRun]:
    """The agent's state after each of the run's steps, each turn taken as it came; the run.

    Many tests compare with the same one, which ends before they begin.
    """
    states = [None] * (config.total_steps + 1)
    with TrainingRun(config, env=Walk) as run:
        refuse_to_be_ahead(run)
        for progress in run:
            states[progress.step] = state_of(progress.agent)
    return states, run


SETTINGS = {
    "a buffer that overflows": {"buffer_size": 37},
    "a buffer of a few batches": {"buffer_size": 7},
    "a turn every third step": {"update_every": 3, "updates_per_step": 2.0},
    "by XLA": {"jit_compile": True},
    "Adam, half an update a step": {
        "optimizer": "adam",
        "update_every": 2,
        "updates_per_step": 0.5,
    },
    "td3 whose actor waits": {"algorithm": "td3", "actor_warmup_steps": 90},
    "batch norm": {"normalization": "batch"},
    "td3 by XLA": {"jit_compile": True, "algorithm": "td3"},
    "Pop-Art, late targets": {
        "normalize_returns": True,
        "pop_art": True,
        "target_update_every": 3,
    },
    "both before either, Ornstein-Uhlenbeck noise": {
        "update_order": "together",
        "exploration": "ou",
    },
    "the symbolic way, next_step": {"strategy": "get_updates", "autoreset": "next_step"},
}


@pytest.mark.parametrize("name", small_version(SETTINGS, 3))
def test_a_run_is_the_same_to_the_last_bit(name, monkeypatch):
    config = replace(CONFIG, **SETTINGS[name])
    states, run = in_turn(config)
    calls = calls_of(monkeypatch)
    result = train(config, env=Walk)
    assert_same(state_of(result.agent), states[-1])
    # NaN equals NaN here
    np.testing.assert_equal(result.history, run.history)
    assert len(result.history) == 3
    # of seven transitions a batch of four often draws the one to come
    assert max(calls) > config.updates_after(config.update_every) or config.buffer_size == 7
    assert sum(calls) == int(result.agent.updates.numpy())


@pytest.mark.parametrize("algorithm", ["ddpg", "td3"])
def test_whoever_looks_finds_the_agent_as_it_is_after_the_step(algorithm, monkeypatch):
    config = CONFIG if algorithm == "ddpg" else replace(CONFIG, algorithm="td3", optimizer="adam")
    states, _ = in_turn(config)
    calls = calls_of(monkeypatch)
    with TrainingRun(config, env=Walk) as run:
        for progress in run:
            if progress.step in (44, 60, 99, 100, 101, 140):
                assert_same(state_of(run.agent_for_now), states[progress.step])
        assert max(calls) > 3
        assert_same(state_of(run.agent), states[-1])


def test_after_a_look_that_may_last_nothing_is_ahead(monkeypatch):
    states, _ = in_turn(CONFIG)
    calls = calls_of(monkeypatch)
    with TrainingRun(CONFIG, env=Walk) as run:
        for progress in run:
            if progress.step == 100:
                agent = run.agent
                before = len(calls)
            if progress.step >= 100:
                assert_same(state_of(agent), states[progress.step])
    assert max(calls[:before]) > 3
    assert set(calls[before:]) == {1}


def test_an_evaluation_between_two_others_is_that_of_its_step(tmp_path):
    def evaluated(directory, watched):
        with TrainingRun(CONFIG, env=Walk) as run:
            run.record_to(directory)
            if watched:
                refuse_to_be_ahead(run)
            for progress in run:
                if progress.step == 101:
                    run.evaluate()
        return run.history

    histories = evaluated(tmp_path / "one", False), evaluated(tmp_path / "other", True)
    np.testing.assert_equal(*histories)
    for directory in ("one", "other"):
        resume(tmp_path / directory, CONFIG.total_steps + 30, env=Walk)
    last = [state_of(DDPG.load(tmp_path / directory)) for directory in ("one", "other")]
    assert_same(*last)


def test_a_fault_saves_the_agent_of_the_step_before_it(tmp_path):
    states, _ = in_turn(CONFIG)
    with pytest.raises(FaultyEnvironmentError) as raised:
        train(CONFIG, tmp_path / "run", env=Broken)
    saved = DDPG.load(tmp_path / "run" / "checkpoints" / "step_000000099")
    assert_same(state_of(saved), states[99])
    assert_same(state_of(raised.value.agent), states[99])


@pytest.mark.parametrize("count", small_version([3, 100], 1), ids=str)
def test_transitions_that_a_callback_stores_are_drawn_from_at_once(count):
    """It holds the buffer from before the run: nobody sees it look."""

    def trained(watched):
        with TrainingRun(replace(CONFIG, buffer_size=100), env=Walk) as run:
            replay = run.replay_for_now
            if watched:
                refuse_to_be_ahead(run)
            for progress in run:
                if progress.step in (60, 61, 100):
                    numbers = np.random.default_rng(progress.step).standard_normal((3, count, 1))
                    one = np.ones(count)
                    replay.extend(Batch(numbers[0], numbers[1], one, numbers[2], 0 * one))
        return run

    one, other = trained(False), trained(True)
    np.testing.assert_equal(one.history, other.history)
    assert_same(state_of(one.agent), state_of(other.agent))


@pytest.mark.parametrize("moment", ["before", "after"])
@pytest.mark.parametrize("call", [0, 4])
def test_an_interruption_leaves_the_agent_as_it_was_after_the_last_step(moment, call, monkeypatch):
    states, _ = in_turn(CONFIG)
    learn_ahead, calls = DDPG.learn_ahead, []

    def interrupted(self, batches, most):
        calls.append(None)
        if len(calls) == call + 1:
            if moment == "after":
                learn_ahead(self, batches, most)
            raise KeyboardInterrupt
        return learn_ahead(self, batches, most)

    monkeypatch.setattr(DDPG, "learn_ahead", interrupted)
    with TrainingRun(CONFIG, env=Walk) as run:
        generator = run.generators["replay"]
        with pytest.raises(KeyboardInterrupt):
            for progress in run:
                last, drawn = progress.step, generator.bit_generator.state
        updates = int(run.agent_for_now.updates.numpy())
        assert updates == max(run.step - 1 - CONFIG.warmup_steps, 0)
        if updates:
            assert last == run.step - 1
            assert_same(state_of(run.agent), states[last])
            # what was drawn for turns that have not come is drawn again
            assert generator.bit_generator.state == drawn


def test_an_update_that_fails_does_so_in_its_own_step(monkeypatch):
    one_update = DDPG.one_update

    def checked(self, batch):
        fine = tf.debugging.assert_less(self.updates, np.int64(60))
        with tf.control_dependencies([fine]):
            return one_update(self, batch.map(tf.identity))

    monkeypatch.setattr(DDPG, "one_update", checked)
    with TrainingRun(CONFIG, env=Walk) as run:
        with pytest.raises(tf.errors.InvalidArgumentError):
            for _ in run:
                pass
        assert run.step == CONFIG.warmup_steps + 61
        assert int(run.agent.updates.numpy()) == 60


def test_what_somebody_changes_at_a_look_is_not_taken_back():
    def trained(watched):
        with TrainingRun(CONFIG, env=Walk) as run:
            if watched:
                refuse_to_be_ahead(run)
            for progress in run:
                if progress.step == 70:
                    run.agent_for_now.critic_optimizer.learning_rate = 0.3
                if progress.step == 74:
                    run.agent_for_now  # noqa: B018
        return state_of(run.agent)

    assert_same(trained(False), trained(True))


class Wide(Walk):
    """As many components as HalfCheetah-v5 has."""

    observation_space = gym.spaces.Box(-np.inf, np.inf, (17,), np.float32)
    action_space = gym.spaces.Box(-1, 1, (6,), np.float32)

    def reset(self, *, seed=None, options=None):
        super().reset(seed=seed)
        self.state = self.np_random.uniform(-1, 1, 17).astype(np.float32)
        return self.state, {}

    def step(self, action):
        self.steps += 1
        self.state = (self.state / 2 + np.resize(action, 17)).astype(np.float32)
        return self.state, -float(np.square(self.state).sum()), False, self.steps == 20, {}


@pytest.mark.parametrize("algorithm", small_version(["ddpg", "td3"], 1))
def test_under_xla_a_look_changes_nothing(algorithm):
    """A call that makes one update alone is rounded otherwise with these sizes."""
    sizes = {"hidden_sizes": (16,), "batch_size": 32, "critic_learning_rate": 0.001}
    config = replace(CONFIG, algorithm=algorithm, jit_compile=True, optimizer="adam", **sizes)
    one = train(config, env=Wide)
    other = train(config, env=Wide, callbacks=[lambda progress: progress.agent])
    np.testing.assert_equal(one.history, other.history)
    assert_same(state_of(one.agent), state_of(other.agent))


def test_who_looks_often_waits_for_few_updates_in_vain(monkeypatch):
    calls = calls_of(monkeypatch)
    with TrainingRun(CONFIG, env=Walk) as run:
        for _ in run:
            run.agent_for_now  # noqa: B018
    assert sum(calls) < 2 * (CONFIG.total_steps - CONFIG.warmup_steps)


class OfOnesOwn(DDPG):
    """An agent that might hold anything."""


def an_actor(*spaces) -> keras.Model:
    return keras.Sequential([keras.Input((1,)), keras.layers.Dense(1, "tanh")])


NEVER = {
    "several environments": ({"num_envs": 2}, {}),
    "n-step returns": ({"n_step": 3}, {}),
    "normalised observations": ({"normalize_observations": True}, {}),
    "noise on weights": ({"exploration": "parameter"}, {}),
    "blocks": ({"update_every": 50}, {}),
    "a network that its owner holds": ({}, {"actor": an_actor()}),
    "a function that may hold it": ({}, {"actor": an_actor}),
    "an agent of one's own": ({}, {"agent_class": OfOnesOwn}),
}


@pytest.mark.parametrize("name", NEVER)
def test_where_a_turn_must_wait_the_agent_takes_it_itself(name, monkeypatch):
    settings, arguments = NEVER[name]
    calls = calls_of(monkeypatch)
    with TrainingRun(replace(CONFIG, **settings), env=Walk, **arguments) as run:
        for progress in run:
            if progress.metrics is not None:
                break
    assert int(run.agent.updates.numpy()) > 0
    assert calls == []


def test_a_call_takes_only_so_many_bytes():
    config = replace(CONFIG, batch_size=1_000, warmup_steps=1_000, total_steps=2_000)
    with TrainingRun(config, env=Walk) as run:
        assert run.ahead.most == ahead.MOST
        assert run.ahead.possible
        numbers = ahead.bytes_of_an_update(run.agent) / 4
    assert numbers == 1_000 * (1 + 1 + 1 + 1 + 1 + 1)
    wide = TD3(Walk.observation_space, Walk.action_space, DDPGConfig(algorithm="td3"))
    actor = sum(weight.size for weight in wide.actor.get_weights())
    assert ahead.bytes_of_an_update(wide) == 4 * actor


@given(
    capacity=st.integers(3, 20),
    stored=st.integers(3, 50),
    later=st.integers(0, 25),
    seed=st.integers(0, 2**32 - 1),
)
def test_what_is_drawn_ahead_is_what_will_be_drawn(capacity, stored, later, seed):
    generator = np.random.default_rng(seed)

    def transitions(count):
        numbers = generator.standard_normal((4, count, 1), np.float32)
        return Batch(numbers[0], numbers[1], numbers[2][:, 0], numbers[3], np.zeros(count, bool))

    replay = ReplayBuffer(capacity, 1, 1)
    replay.extend(transitions(stored))
    rows = replay.draw(np.random.default_rng(seed), (2, 3), later)
    each_stays = [replay.will_stay(row, later) for row in rows.ravel()]
    assert replay.will_stay(rows, later) == all(each_stays)
    before = [replay.transitions(row) if row < replay.size else None for row in rows.ravel()]
    for transition in range(later):
        replay.extend(transitions(1)._replace(rewards=np.float32([1_000 + transition])))
    np.testing.assert_array_equal(rows, replay.draw(np.random.default_rng(seed), (2, 3)))
    for row, earlier, stays in zip(rows.ravel(), before, each_stays, strict=True):
        now = replay.transitions(row)
        same = earlier is not None and all(
            np.array_equal(*pair) for pair in zip(now.map(np.asarray)[:5], earlier[:5], strict=True)
        )
        assert stays == same
