import functools

import numpy as np
import pytest

from ddpg_tf import DDPGConfig, train
from ddpg_tf.batch import Batch
from ddpg_tf.environments.faults import FaultyEnvironmentError
from ddpg_tf.environments.vector import Transitions
from ddpg_tf.training.loop import TrainingRun
from ddpg_tf.training.schedule import updates_due
from ddpg_tf.training.statistics import EpisodeStatistics
from tests.errors import refused

NETWORKS = ("actor", "critic", "target_actor", "target_critic")
PENDULUM = DDPGConfig(
    total_steps=400,
    warmup_steps=100,
    batch_size=64,
    hidden_sizes=(16,),
    update_every=50,
    eval_every=200,
    eval_episodes=1,
    jit_compile=False,
)
ENDINGS = DDPGConfig(
    env_id="TwoEndings-v0",
    total_steps=35,
    warmup_steps=20,
    batch_size=8,
    hidden_sizes=(4,),
    optimizer="sgd",
    update_every=5,
    eval_every=14,
    eval_episodes=2,
    noise_sigma=0.5,
    jit_compile=False,
)


def with_settings(config, **settings):
    return DDPGConfig.from_dict(config.to_dict() | settings)


class Run:
    """A finished run: its history, all weights, every stored transition, and what it yielded."""

    def __init__(self, config):
        self.moments = []
        result = train(config, callbacks=[self.moments.append])
        self.run_dir = result.run_dir
        self.history = result.history
        self.agent = result.agent
        self.weights = [w for name in NETWORKS for w in getattr(result.agent, name).get_weights()]
        self.transitions = {
            k: v.copy() for k, v in self.moments[-1].replay.contents().arrays().items()
        }


run_once = functools.cache(Run)


def assert_same_bits(a, b):
    for one, other in zip(a.weights, b.weights, strict=True):
        np.testing.assert_array_equal(one, other)
    for name, array in a.transitions.items():
        np.testing.assert_array_equal(array, b.transitions[name])


def differ(a, b):
    return any(not np.array_equal(one, other) for one, other in zip(a, b, strict=True))


def test_a_run_is_a_pure_function_of_its_config():
    """Compiled by XLA, as a run is by default."""
    config = with_settings(PENDULUM, jit_compile=True, eval_every=400, update_every=100)
    first, second = Run(config), Run(config)
    assert_same_bits(first, second)
    # repr: NaN is not equal to itself, its text is
    assert repr(first.history) == repr(second.history)
    assert first.run_dir is None


def test_another_seed_is_another_run():
    first = run_once(ENDINGS)
    second = run_once(with_settings(ENDINGS, seed=1))
    assert differ(first.weights, second.weights)
    # already the warm-up's actions
    assert not np.array_equal(first.transitions["actions"][:5], second.transitions["actions"][:5])


def test_evaluating_more_often_changes_nothing_that_is_learned():
    seldom = run_once(PENDULUM)
    often = Run(with_settings(PENDULUM, eval_every=100, eval_episodes=2))
    assert_same_bits(seldom, often)
    assert [row["step"] for row in seldom.history] == [200, 400]
    assert [row["step"] for row in often.history] == [100, 200, 300, 400]


def test_what_is_measured_at_a_step_does_not_depend_on_the_evaluations_before_it():
    seldom = run_once(PENDULUM)
    often = run_once(with_settings(PENDULUM, eval_every=100))
    # means since the last evaluation are of other lengths of time
    since = {"train_return_mean", "critic_loss", "actor_loss", "q"}
    rows = {row["step"]: row for row in often.history}
    assert list(rows) == [100, 200, 300, 400]
    for row in seldom.history:
        assert {k: v for k, v in row.items() if k not in since} == {
            k: v for k, v in rows[row["step"]].items() if k not in since
        }


def test_an_evaluation_before_there_is_a_whole_batch():
    config = with_settings(ENDINGS, eval_every=1, total_steps=12, warmup_steps=10)
    row = run_once(config).history[0]
    assert row["step"] == 1
    assert np.isfinite([row["dq_da_norm_mean"], row["critic_gradient_norm"]]).all()


@pytest.mark.parametrize("strategy", ["output_gradients", "get_updates"])
def test_whole_trainings_are_the_same_bits_at_a_batch_of_64(strategy):
    other = Run(with_settings(PENDULUM, strategy=strategy))
    assert_same_bits(run_once(PENDULUM), other)
    assert int(other.agent.updates) == 300


def test_a_batch_of_100_trains_too():
    # no equality is promised here, 100 being no power of two; only that the run finishes well
    run = Run(with_settings(PENDULUM, batch_size=100, strategy="output_gradients"))
    assert all(np.isfinite(w).all() for w in run.weights)
    assert differ(run.weights, run_once(PENDULUM).weights)
    assert len(run.history) == 2


def test_learning_has_changed_every_network():
    run = run_once(ENDINGS)
    start = TrainingRun(ENDINGS).agent
    for name in NETWORKS:
        assert differ(getattr(start, name).get_weights(), getattr(run.agent, name).get_weights())


# ---- what is stored ---------------------------------------------------------------------------


def expected_transitions(steps):
    """(observation, reward, next observation, terminated) of TwoEndings, read off its docstring."""
    rows, episode = [], 1
    while len(rows) < steps:
        length = 3 if episode % 2 == 1 else 4
        for count in range(length):
            terminated = episode % 2 == 1 and count == length - 1
            reward = 10 * episode + count + 1
            rows.append(([episode, count], reward, [episode, count + 1], terminated))
        episode += 1
    return [np.array(column) for column in zip(*rows[:steps], strict=True)]


def test_final_observations_are_stored_and_only_termination_is_marked():
    run = run_once(ENDINGS)
    observations, rewards, next_observations, terminated = expected_transitions(35)
    np.testing.assert_array_equal(run.transitions["observations"], observations)
    np.testing.assert_array_equal(run.transitions["rewards"], rewards)
    # the observation that the episode ended with, not the one that reset gave
    np.testing.assert_array_equal(run.transitions["next_observations"], next_observations)
    # steps 3, 10, 17, ... terminate; 7, 14, 21, ... are truncated and have a future
    np.testing.assert_array_equal(run.transitions["terminated"], terminated)
    assert list(np.flatnonzero(terminated) + 1) == [3, 10, 17, 24, 31]


def test_actions_are_random_first_and_then_the_policy_s_with_noise():
    low, high = np.float32([-1, 0.5]), np.float32([3, 0.75])
    noisy, quiet = run_once(ENDINGS), run_once(with_settings(ENDINGS, exploration="none"))
    for run in (noisy, quiet):
        actions = run.transitions["actions"]
        assert (low <= actions).all() and (actions <= high).all()
    np.testing.assert_array_equal(
        noisy.transitions["actions"][:20], quiet.transitions["actions"][:20]
    )
    half_ranges = (quiet.transitions["actions"] - (low + high) / 2) / ((high - low) / 2)
    # uniform in +-1 has a deviation of 0.58; a new policy is almost at the middle
    assert 0.4 < half_ranges[:20].std() < 0.75
    assert np.abs(half_ranges[20:25]).max() < 0.2
    difference = noisy.transitions["actions"][20:25] - quiet.transitions["actions"][20:25]
    # sigma 0.5 half ranges, in each component's own units
    assert 0.1 < (difference / ((high - low) / 2)).std() < 1


def test_noise_is_in_half_ranges_of_each_component():
    run = TrainingRun(with_settings(ENDINGS, noise_sigma=0.1))
    low, high = np.float32([-1, 0.5]), np.float32([3, 0.75])
    middle, n = (low + high) / 2, 2000
    run.explorer.policy = lambda observations: middle
    actions = np.concatenate([run.explorer.actions(None, step=21) for _ in range(n)])
    deviations = (actions - middle).std(axis=0) / ((high - low) / 2)
    # the standard error of a deviation is 1 / sqrt(2 n) of it
    np.testing.assert_allclose(deviations, 0.1, rtol=5 / np.sqrt(2 * n))


SHORT_MEMORY = with_settings(ENDINGS, buffer_size=10, update_every=10)


def test_the_ring_forgets_the_oldest():
    run = run_once(SHORT_MEMORY)
    _, rewards, _, _ = expected_transitions(35)
    assert sorted(run.transitions["rewards"]) == sorted(rewards[-10:])


# ---- when it learns and what it reports -------------------------------------------------------


@pytest.mark.parametrize(
    ("total", "warmup", "every"),
    [
        (400, 100, 50),
        (437, 100, 50),
        (35, 20, 7),
        (130, 100, 50),
        (10, 0, 1),
        (7, 0, 50),
        (9, 9, 2),
    ],
)
def test_one_update_a_step_after_the_warm_up_whatever_the_blocks(total, warmup, every):
    config = DDPGConfig(
        total_steps=total,
        warmup_steps=warmup,
        update_every=every,
        batch_size=1,
        hidden_sizes=(2,),
    )
    due = [updates_due(config, step, step + 1) for step in range(total)]
    assert sum(due) == total - warmup
    assert sum(due[:warmup]) == 0
    # at no time are there more updates than steps since the warm-up, or a whole block fewer
    behind = np.maximum(np.arange(1, total + 1) - warmup, 0) - np.cumsum(due)
    assert behind.min() >= 0 and behind.max() < every
    assert max(due) <= every


def test_a_remainder_is_learned_from():
    # 15 steps after the warm-up, in blocks of 10 and 5
    run = run_once(SHORT_MEMORY)
    assert [len(m.metrics["q"]) for m in run.moments if m.metrics] == [10, 5]
    assert int(run.agent.updates) == 15
    assert run.history[-1]["updates"] == 15


def test_the_rows_by_hand():
    run = run_once(with_settings(ENDINGS, noise_sigma_final=0.1, noise_anneal_steps=10))
    rows = run.history
    assert [row["step"] for row in rows] == [14, 28, 35]
    # episodes of 3, 4, 3, 4, ... steps
    assert [row["episodes"] for row in rows] == [4, 8, 10]
    assert [row["updates"] for row in rows] == [0, 5, 15]
    # returns 36 and 90, then 96 and 170, ...: 10 episode * length + 1 + 2 + ... + length
    returns = [10 * e * (3 + (e % 2 == 0)) + (6 if e % 2 else 10) for e in range(1, 11)]
    means = [np.mean(returns[:4]), np.mean(returns[4:8]), np.mean(returns[8:])]
    assert [row["train_return_mean"] for row in rows] == means
    assert [row["eval_return_mean"] for row in rows] == [63, 63, 63]
    assert [row["eval_return_std"] for row in rows] == [27, 27, 27]
    assert [row["gaussian_noise_std"] for row in rows] == pytest.approx([0.5, 0.18, 0.1])
    assert np.isnan([rows[0][name] for name in ("critic_loss", "actor_loss", "q")]).all()
    for name in ("critic_loss", "actor_loss", "q"):
        blocks = [m.metrics[name] for m in run.moments if m.metrics]
        assert rows[1][name] == pytest.approx(blocks[0].mean(), rel=1e-6)
        assert rows[2][name] == pytest.approx(np.concatenate(blocks[1:]).mean(), rel=1e-6)
    assert all(type(value) in (int, float) for row in rows for value in row.values())


@pytest.mark.parametrize(
    ("exploration", "names"),
    [
        ("gaussian", {"gaussian_noise_std"}),
        ("ou", {"ou_noise_sigma"}),
        ("parameter", {"parameter_noise_std"}),
        ("none", set()),
    ],
)
def test_each_kind_of_noise_logs_its_scale_under_a_name_of_its_own(exploration, names):
    row = run_once(with_settings(ENDINGS, exploration=exploration)).history[-1]
    assert {name for name in row if "noise" in name} == names
    if exploration in ("gaussian", "ou"):
        assert [row[name] for name in names] == [ENDINGS.noise_sigma]


def one_step(reward, over):
    zeros = np.zeros((1, 1))
    batch = Batch(zeros, zeros, np.array([reward]), zeros, terminated=np.array([over]))
    return Transitions(batch, truncated=np.array([False]), indices=np.array([0]))


def test_an_episode_across_two_rows_counts_whole_in_the_later_one():
    first = EpisodeStatistics(environments=1)
    first.add_step(one_step(1.0, over=False))
    assert np.isnan(first.mean_return())
    second = first.next()
    second.add_step(one_step(2.0, over=True))
    assert second.mean_return() == 3.0
    assert second.next().episodes == 1


# ---- mistakes ---------------------------------------------------------------------------------


def test_a_nan_reward_stops_the_run():
    with refused(FaultyEnvironmentError, "NanReward-v0", "reward nan", "step 20 "):
        train(with_settings(ENDINGS, env_id="NanReward-v0", batch_size=16))


@pytest.mark.parametrize(
    ("settings", "error", "named"),
    [
        ({"env_id": "Pendulm-v1"}, ValueError, "Pendulm-v1"),
        ({"env_id": "CartPole-v1"}, TypeError, "actions"),
        ({"strategy": "mean_p"}, ValueError, "mean_p"),
        ({"optimizer": "adma"}, ValueError, "adma"),
        (
            {"warmup_steps": 5, "update_every": 5, "batch_size": 16},
            ValueError,
            "warmup_steps",
        ),
        # one block of updates comes early, after the last step: 22 steps are stored, not 25
        (
            {"total_steps": 22, "warmup_steps": 20, "batch_size": 24},
            ValueError,
            "batch_size",
        ),
    ],
    ids=["env", "discrete", "strategy", "optimizer", "warm-up", "short last block"],
)
def test_what_cannot_be_trained_is_refused_before_anything_is_written(
    settings, error, named, tmp_path
):
    run_dir = tmp_path / "runs" / "one"
    with refused(error, named):
        train(with_settings(ENDINGS, **settings), run_dir=run_dir)
    assert list(tmp_path.iterdir()) == []
