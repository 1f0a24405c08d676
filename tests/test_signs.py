"""Signs of a run that is ill: on rows made up, and of runs made ill."""

import math
from dataclasses import replace

import gymnasium as gym
import keras
import numpy as np
import pytest

from ddpg_tf import DDPGConfig, resume, train
from ddpg_tf.batch import Batch
from ddpg_tf.replay import ReplayBuffer
from ddpg_tf.training.metrics import METRICS, tag
from ddpg_tf.training.signs import new_signs
from tests.sizes import WHOLE

HEALTHY = {
    "actor_loss": 40.0,
    "q": -40.0,
    "policy_q": -38.0,
    "q_limit": 1600.0,
    "tanh_slope": 0.05,
    "action_std": 0.6,
    "action_saturation": 0.9,
    "dq_da_norm_max": 3.0,
}


def rows(*changes, count=6):
    """Rows of a healthy run, the last of which are changed; returns differ from row to row."""
    ordinary = [{}] * (count - len(changes))
    return [
        {"step": 1000 * (i + 1), "eval_return_mean": -200.0 + i, **HEALTHY, **change}
        for i, change in enumerate([*ordinary, *changes])
    ]


def told(history):
    """(row, its signs) of every row that has some."""
    signs = [new_signs(history[: end + 1]) for end in range(len(history))]
    return [(place, lines) for place, lines in enumerate(signs) if lines]


HEALTHY_RUNS = {
    "a usual one": rows(),
    "bang-bang": rows(*[{"tanh_slope": 0.03, "action_saturation": 0.97}] * 5),
    "saturated for a while": rows({"tanh_slope": 0.0}, {"tanh_slope": 0.0}, {}),
    "optimistic": rows(*[{"policy_q": -3100.0}] * 5),
    "one wild estimate": rows({"policy_q": 9000.0}, {"policy_q": 6000.0}, {"policy_q": 1000.0}),
    "gamma 1": rows(*[{"policy_q": 1e4, "q_limit": math.inf}] * 5),
    "no reward yet": rows(*[{"policy_q": 1.0, "q_limit": 0.0}] * 5),
    "the same return four times": rows(*[{"eval_return_mean": 7.0}] * 4),
    "a warm-up": rows(*[{"actor_loss": math.nan, "eval_return_mean": 7.0, "tanh_slope": 0}] * 6),
    "none that an older version knows": [
        {"step": i, "actor_loss": 1.0, "eval_return_mean": i} for i in range(9)
    ],
    "nothing": [],
}


@pytest.mark.parametrize("name", HEALTHY_RUNS)
def test_a_healthy_run_is_left_alone(name):
    assert told(HEALTHY_RUNS[name]) == []


ILL_RUNS = {
    # name: (rows, the first that tells, what it names: numbers and metrics)
    "critic": (
        rows({"policy_q": -3201.0}, {"policy_q": -1e5}, {"policy_q": -1e6}),
        4,
        ("1e+05", "1.6e+03", "policy_q", "q_limit", "critic_learning_rate"),
    ),
    "second critic": (rows(*[{"second_policy_q": 4000.0}] * 3), 4, ("4e+03", "q_limit")),
    "limit of long ago": (
        rows({"q_limit": 2000.0}, *[{"policy_q": 4500.0, "q_limit": 10.0}] * 2),
        5,
        ("2e+03",),
    ),
    "saturated": (
        rows(*[{"tanh_slope": 1e-4, "action_saturation": 1.0}] * 4),
        4,
        ("100%", "0.0001", "tanh_slope", "action_saturation", "actor_learning_rate"),
    ),
    "flat": (rows(*[{"dq_da_norm_max": 0.0}] * 3), 5, ("dq_da_norm_max", "critic_learning_rate")),
    "dead": (rows(*[{"action_std": 1e-4}] * 3), 5, ("action_std", "normalize_observations")),
    "constant": (rows(*[{"eval_return_mean": 7.0}] * 6), 4, ("returned 7;", "eval_return_mean")),
}


@pytest.mark.parametrize("name", ILL_RUNS)
def test_an_ill_run_is_told_of_once_and_at_once(name):
    history, first, named = ILL_RUNS[name]
    ((place, (line,)),) = told(history)
    assert place == first and "\n" not in line and f"step {1000 * (first + 1):,}" in line
    tags = {name: tag(name) for name in METRICS if name != "step"}
    assert [name for name in named if tags.get(name, name) not in line] == []


def test_several_signs_come_each_by_itself():
    ill = {"tanh_slope": 0.0, "eval_return_mean": -5.0}
    assert [(place, len(lines)) for place, lines in told(rows(*[ill] * 6))] == [(2, 1), (4, 1)]


@pytest.mark.parametrize("n_step", [1, 3])
@pytest.mark.parametrize("piece", [1, 7, 1_000])
def test_the_largest_value_is_the_worst_of_the_rows(n_step, piece, monkeypatch):
    monkeypatch.setattr("ddpg_tf.replay.PIECE", piece)
    generator, gamma = np.random.default_rng(n_step), 0.9
    replay = ReplayBuffer(50, 2, 1, n_step=n_step)
    assert replay.largest_value(gamma) == 0
    fields = {
        "observations": generator.normal(size=(80, 2)),
        "actions": generator.normal(size=(80, 1)),
        "rewards": generator.normal(size=80),
        "next_observations": generator.normal(size=(80, 2)),
        "terminated": generator.random(80) < 0.5,
    }
    discounts = np.full(80, gamma) if n_step == 1 else gamma ** generator.integers(1, 4, 80)
    replay.extend(Batch(**fields, discounts=None if n_step == 1 else discounts))
    kept = list(zip(fields["rewards"], fields["terminated"], discounts, strict=True))[-50:]
    # the value that repeats |r| + d B of each row without end, step by step
    bound = 0.0
    for _ in range(2000):
        bound = max(abs(r) + (0 if over else d * bound) for r, over, d in kept)
    assert replay.largest_value(gamma) == pytest.approx(bound, rel=1e-5)
    if n_step == 1:
        assert replay.largest_value(1.0) == math.inf


class Steady(gym.Env):
    """Every step earns 1, whatever is done, and nothing ends but by the time limit of 5."""

    observation_space = gym.spaces.Box(-1, 1, (2,))
    action_space = gym.spaces.Box(-1, 1, (1,))

    def reset(self, *, seed=None, options=None):
        super().reset(seed=seed)
        self.steps = 0
        return self.np_random.uniform(-1, 1, 2).astype(np.float32), {}

    def step(self, action):
        self.steps += 1
        over = self.steps == 5
        return self.np_random.uniform(-1, 1, 2).astype(np.float32), 1.0, False, over, {}


CONFIG = DDPGConfig(
    hidden_sizes=(8,),
    batch_size=8,
    total_steps=140,
    warmup_steps=20,
    update_every=10,
    eval_every=20,
    eval_episodes=1,
    jit_compile=False,
)


def signs(capsys):
    return [line for line in capsys.readouterr().err.splitlines() if line.startswith("note: step")]


def test_a_reward_that_no_action_matters_to(capsys, tmp_path):
    result = train(CONFIG, tmp_path / "run", env=Steady)
    (line,) = signs(capsys)
    assert tag("eval_return_mean") in line and "returned 5;" in line
    # rewards of 1 are worth at most 100 with gamma 0.99
    assert result.history[-1]["q_limit"] == pytest.approx(100)
    resume(tmp_path / "run", 200, env=Steady)
    assert signs(capsys) == []


def dead(observations, actions):
    """An actor none of whose hidden units is ever on."""
    never = keras.initializers.Constant(-100.0)
    layers = keras.layers
    return keras.Sequential(
        [keras.Input([3]), layers.Dense(8, "relu", bias_initializer=never), layers.Dense(1, "tanh")]
    )


class Growing(Steady):
    """The observation doubles in each step, which makes TD learning itself diverge.

    A critic that is linear in s, with a value of w s, has a target of r + gamma 2 w s: it runs
    after more than itself (Tsitsiklis and Van Roy 1997, section IX).
    """

    observation_space = gym.spaces.Box(-64, 64, (2,))

    def reset(self, *, seed=None, options=None):
        self.state, info = super().reset(seed=seed, options=options)
        return self.state, info

    def step(self, action):
        self.state = 2 * self.state
        _, reward, *rest = super().step(action)
        return self.state, 0.01 * reward, *rest


ILL = {
    "critic": (
        {"critic_learning_rate": 0.03, "tau": 1.0, "total_steps": 80},
        {"env": Growing},
        "q_limit",
    ),
    "saturated": ({"actor_learning_rate": 1.0}, {}, "tanh_slope"),
    "dead": ({}, {"actor": dead}, "action_std"),
}


@pytest.mark.parametrize("name", ILL if WHOLE else ["critic"])
def test_a_run_that_was_made_ill(name, capsys):
    changes, given, metric = ILL[name]
    train(replace(CONFIG, max_episode_steps=20, **changes), **given)
    assert any(tag(metric) in line for line in signs(capsys))


@pytest.mark.whole
@pytest.mark.parametrize("algorithm", ["ddpg", "td3"])
def test_a_healthy_training_is_left_alone(algorithm, capsys):
    train(DDPGConfig(algorithm=algorithm, total_steps=5_000))
    assert signs(capsys) == []
