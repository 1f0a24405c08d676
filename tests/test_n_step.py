"""n-step returns against sums by hand, at every kind of ending."""

from itertools import product

import gymnasium as gym
import numpy as np
import pytest
import tensorflow as tf
from hypothesis import given
from hypothesis import strategies as st

from ddpg_tf import DDPGConfig, train
from ddpg_tf.agents import make_agent
from ddpg_tf.batch import Batch
from ddpg_tf.environments.vector import Transitions
from ddpg_tf.runs import resume
from ddpg_tf.training.loop import TrainingRun
from ddpg_tf.training.n_step import NStepReturns
from tests.eager import eager
from tests.errors import refused
from tests.sizes import small_version

GAMMA = 0.9
CONFIG = DDPGConfig(
    env_id="TwoEndings-v0",
    n_step=3,
    gamma=GAMMA,
    total_steps=60,
    warmup_steps=20,
    batch_size=8,
    hidden_sizes=(8,),
    update_every=10,
    eval_every=30,
    eval_episodes=1,
    jit_compile=False,
)


def by_hand(episode, n):
    """The transitions of an episode, a list of (s, r, s', terminated, truncated), from the sums."""
    expected = []
    for start in range(len(episode)):
        rows = episode[start : start + n]
        is_over = rows[-1][3] or rows[-1][4]
        if len(rows) < n and not is_over:
            continue  # still waits for what follows
        total = sum(GAMMA**k * row[1] for k, row in enumerate(rows))
        expected.append((rows[0][0], total, rows[-1][2], rows[-1][3], GAMMA ** len(rows)))
    return expected


@given(
    n=st.integers(2, 6),
    environments=st.integers(1, 3),
    seed=st.integers(0, 1_000),
    steps=st.integers(1, 30),
)
def test_transitions_are_the_sums_by_hand(n, environments, seed, steps):
    """Episodes of random lengths, some terminated, some truncated, some steps of no transition."""
    generator = np.random.default_rng(seed)
    returns = NStepReturns(n, GAMMA, environments)
    got = [[] for _ in range(environments)]
    episodes = [[[]] for _ in range(environments)]
    number = 0
    for _ in range(steps):
        indices = np.flatnonzero(generator.random(environments) < 0.8)
        if not len(indices):
            continue
        rows = []
        for index in indices:
            number += 1
            terminated, truncated = generator.random(2) < (0.15, 0.15)
            reward = generator.normal()
            # the first number says whose row it is
            rows.append(([index, number], [number], reward, [index, number + 0.5], terminated))
            episode = episodes[index][-1]
            episode.append((number, reward, number + 0.5, terminated, truncated))
            rows[-1] += (truncated,)
            if terminated or truncated:
                episodes[index].append([])
        *fields, truncated = map(np.array, zip(*rows, strict=True))
        batch = returns(Transitions(Batch(*fields), truncated, indices))
        if batch is None:
            continue
        for s, _, r, s_next, over, discount in zip(*batch, strict=True):
            got[int(s[0])].append((s[1], r, s_next[1], over, discount))
    for own, all_episodes in zip(got, episodes, strict=True):
        expected = [row for episode in all_episodes for row in by_hand(episode, n)]
        assert len(own) == len(expected)
        for row, wanted in zip(own, expected, strict=True):
            np.testing.assert_allclose(np.array(row, float), np.array(wanted, float), rtol=1e-5)


@pytest.mark.parametrize(
    ("num_envs", "autoreset"),
    small_version(product([1, 2], ["same_step", "next_step", "disabled"]), 3),
)
def test_a_run_stores_them_in_every_autoreset_mode(num_envs, autoreset):
    """TwoEndings: terminates after 3 steps, is truncated after 4, by turns; rewards say where."""
    config = DDPGConfig.from_dict(
        CONFIG.to_dict() | {"autoreset": autoreset, "num_envs": num_envs, "total_steps": 40}
    )
    with TrainingRun(config) as run:
        for _ in run:
            pass
        stored = run.replay.contents()
    rows = {
        (int(s[0]), int(s[1])): (r, tuple(s_next.astype(int)), bool(over), discount)
        for s, _, r, s_next, over, discount in zip(*stored, strict=True)
    }
    first, second = rows[1, 0], rows[2, 1]
    # episode 1: rewards 11, 12, 13, then it terminates
    assert first[0] == pytest.approx(11 + GAMMA * 12 + GAMMA**2 * 13)
    assert (first[1], first[2], first[3]) == ((1, 3), True, pytest.approx(GAMMA**3))
    assert rows[1, 2] == (pytest.approx(13), (1, 3), True, pytest.approx(GAMMA))
    # episode 2: rewards 21 to 24, then a time limit; from its second state on 3 steps are left
    assert second[0] == pytest.approx(22 + GAMMA * 23 + GAMMA**2 * 24)
    assert (second[1], second[2], second[3]) == ((2, 4), False, pytest.approx(GAMMA**3))
    assert rows[2, 3] == (pytest.approx(24), (2, 4), False, pytest.approx(GAMMA))


@pytest.mark.parametrize("algorithm", ["ddpg", "td3"])
def test_the_target_is_discounted_by_the_batch_s_own_numbers(algorithm):
    """An update with discounts d_i is the one whose rewards hold what the discounts differ by."""
    spaces = gym.spaces.Box(-1, 1, (3,)), gym.spaces.Box(-1, 1, (2,))
    config = DDPGConfig(
        algorithm=algorithm,
        gamma=GAMMA,
        hidden_sizes=(8,),
        target_noise_sigma=0.0,
        jit_compile=False,
        optimizer="sgd",
    )
    generator = np.random.default_rng(0)
    batch = Batch(
        generator.normal(size=(16, 3)),
        generator.uniform(-1, 1, (16, 2)),
        generator.normal(size=16),
        generator.normal(size=(16, 3)),
        generator.random(16) < 0.3,
    )
    discounts = GAMMA ** generator.integers(1, 5, 16)
    agents = [eager(make_agent(*spaces, config)) for _ in range(2)]
    following = tf.constant(batch.next_observations, tf.float32)
    actions = agents[0].target_actor(following)
    values = np.min([v.numpy() for v in agents[0].target_values(following, actions)], axis=0)
    alive = 1 - np.float32(batch.terminated)
    shifted = batch.rewards + (discounts - GAMMA) * alive * values
    losses = [
        agents[0].update(batch._replace(discounts=discounts))["critic_loss"],
        agents[1].update(batch._replace(rewards=shifted))["critic_loss"],
    ]
    assert losses[0] == pytest.approx(losses[1], rel=1e-5)
    for ours, theirs in zip(agents[0].critic.weights, agents[1].critic.weights, strict=True):
        np.testing.assert_allclose(ours.numpy(), theirs.numpy(), atol=1e-6)


def test_all_strategies_learn_the_same_with_them():
    weights = [
        np.concatenate([w.numpy().ravel() for w in train(config).agent.actor.weights])
        for strategy in ("mean_q", "output_gradients", "get_updates")
        for config in [DDPGConfig.from_dict(CONFIG.to_dict() | {"strategy": strategy})]
    ]
    assert weights[0].tobytes() == weights[1].tobytes() == weights[2].tobytes()


def test_a_resumed_run_is_the_uninterrupted_one_to_the_bit(tmp_path):
    config = DDPGConfig.from_dict(CONFIG.to_dict() | {"num_envs": 2, "algorithm": "td3"})
    whole = train(config)
    train(config, tmp_path, callbacks=[lambda progress: progress.step >= 30 and progress.stop()])
    again = resume(tmp_path, total_steps=60)
    assert repr(again.history) == repr(whole.history)


def test_next_observations_are_stored_once_all_the_same():
    config = DDPGConfig.from_dict(CONFIG.to_dict() | {"env_id": "Pendulum-v1", "total_steps": 150})
    with TrainingRun(config) as run:
        for _ in run:
            pass
        assert len(run.replay) == 148
        # the three newest wait for the states that come next
        assert len(run.replay._last) == 3


def test_too_few_for_a_batch_while_the_first_ones_wait():
    with refused(ValueError, "batch_size"):
        TrainingRun(
            DDPGConfig(
                env_id="TwoEndings-v0", n_step=4, warmup_steps=7, update_every=1, batch_size=8
            )
        )


def test_transitions_of_several_steps_are_not_taken_for_single_ones(tmp_path):
    config = DDPGConfig.from_dict(CONFIG.to_dict())
    train(config, tmp_path / "three")
    one = DDPGConfig.from_dict(CONFIG.to_dict() | {"n_step": 1})
    with refused(ValueError, "discounts", "n_step"):
        TrainingRun(one, replay=tmp_path / "three")
    three = TrainingRun(config, replay=tmp_path / "three")
    with three:
        discounts = np.unique(three.replay.contents().discounts)
        np.testing.assert_allclose(discounts, [GAMMA**3, GAMMA**2, GAMMA], rtol=1e-6)
