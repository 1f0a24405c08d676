"""What is measured, against NumPy by hand; and that measuring leaves no trace."""

import csv
from dataclasses import replace
from pathlib import Path

import keras
import numpy as np
import pytest
from gymnasium.spaces import Box
from hypothesis import given
from hypothesis import strategies as st
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator
from tensorboard.util.tensor_util import make_ndarray

from ddpg_tf import DDPGConfig, make_agent, train
from ddpg_tf.agents.diagnostics import (
    SATURATED,
    action_diagnostics,
    correlation,
    diagnostics,
    discounted_returns,
    value_diagnostics,
)
from ddpg_tf.batch import Batch
from ddpg_tf.environments.evaluation import Episode
from ddpg_tf.training.metrics import GROUPS, METRICS, page, tag
from tests.oracles import Dense, action_gradient, backward, forward

LOW, HIGH = np.float32([-1, 0.5]), np.float32([3, 0.75])
MIDDLE, HALF_RANGE = (np.float64(HIGH) + LOW) / 2, (np.float64(HIGH) - LOW) / 2
OBSERVATIONS, ACTIONS = Box(-np.inf, np.inf, (3,), np.float32), Box(LOW, HIGH)
SETTINGS = {"hidden_sizes": (16, 16), "jit_compile": False}


def build(actor=None, critic=None, seed=0, **settings):
    """An agent whose weights are of order one, so that no measure is nearly zero by design."""
    agent = make_agent(OBSERVATIONS, ACTIONS, DDPGConfig(**(SETTINGS | settings)), actor, critic)
    generator = np.random.default_rng(seed)
    for model in agent.networks.values():
        for variable in model.trainable_variables:
            variable.assign(generator.normal(scale=0.4, size=variable.shape))
    return agent


def layers_of(model, last):
    """The model's layers for the oracle, in float64."""
    parameters = [np.float64(w) for w in model.get_weights()]
    kinds = ["relu"] * (len(parameters) // 2 - 1) + [last]
    return [Dense(*layer) for layer in zip(parameters[::2], parameters[1::2], kinds, strict=True)]


def half_ranges(actions):
    """Actions as a critic sees them: from their middle, in half ranges."""
    return (actions - MIDDLE) / HALF_RANGE


def norm(gradients):
    return np.sqrt(sum(np.square(g).sum() for g in gradients))


def doubles(batch):
    return {name: np.float64(array) for name, array in batch.items()}


# ---- one batch ----------------------------------------------------------------------------------


def test_actions_by_hand():
    actions = np.array([[3.0, 0.625], [1.0, 0.5], [0.0, 0.746]])
    y = np.array([1, 0, 0, -1, -0.5, 0.968])
    measured = action_diagnostics(actions, LOW, HIGH)
    assert measured["action_mean"] == pytest.approx(y.mean())
    # over the rows, for each of the two components
    by_hand = np.sqrt(np.mean(y.reshape(-1, 2) ** 2, 0) - y.reshape(-1, 2).mean(0) ** 2)
    assert measured["action_std"] == pytest.approx(by_hand.mean())
    assert measured["action_saturation"] == 3 / 6
    assert measured["tanh_slope"] == pytest.approx(np.mean(1 - y**2))


def test_the_slope_is_that_of_the_actor_s_own_tanh(make_batch):
    agent, batch = build(), make_batch(1, 32)
    tanh, trace = forward(layers_of(agent.actor, "tanh"), doubles(batch)["observations"])
    x, h = trace[-1][1], 1e-5
    slope = (np.tanh(x + h) - np.tanh(x - h)) / (2 * h)
    assert diagnostics(agent, Batch(**batch))["tanh_slope"] == pytest.approx(slope.mean(), rel=1e-5)
    # the test would not see a slope that is 1 everywhere
    assert 0.1 < slope.mean() < 0.9
    assert diagnostics(agent, Batch(**batch))["action_mean"] == pytest.approx(tanh.mean(), abs=1e-6)


@pytest.mark.parametrize("strategy", ["mean_q", "output_gradients", "jacobian"])
@pytest.mark.parametrize("clip", [None, 0.05])
def test_the_actor_s_side_by_hand(make_batch, strategy, clip):
    transform = {} if clip is None else {"action_gradient": "clip_value"}
    agent = build(strategy=strategy, action_gradient_limit=clip or 1.0, **transform)
    batch = make_batch(2, 24)
    observations = doubles(batch)["observations"]
    tanh, trace = forward(layers_of(agent.actor, "tanh"), observations)
    _, dq_dy = action_gradient(layers_of(agent.critic, "linear"), observations, tanh)
    dq_da = dq_dy / HALF_RANGE
    norms = np.linalg.norm(dq_da, axis=1)
    used = dq_da if clip is None else np.clip(dq_da, -clip, clip)
    _, gradients = backward(layers_of(agent.actor, "tanh"), trace, -used * HALF_RANGE / 24)
    measured = diagnostics(agent, Batch(**batch))
    # what the critic says is reported unclipped, what the actor gets is clipped
    assert measured["dq_da_norm_mean"] == pytest.approx(norms.mean(), rel=1e-4)
    assert measured["dq_da_norm_max"] == pytest.approx(norms.max(), rel=1e-4)
    assert measured["actor_gradient_norm"] == pytest.approx(norm(gradients), rel=1e-4)
    assert clip is None or np.abs(dq_da).max() > clip


@pytest.mark.parametrize(
    "settings",
    [
        {"algorithm": "ddpg"},
        {"algorithm": "ddpg", "critic_l2": 0.1, "delta_clip": 0.5, "reward_scale": 3.0},
        {"algorithm": "td3", "critic_l2": 0.1, "gamma": 0.5},
    ],
    ids=["ddpg", "ddpg, l2, huber, scaled rewards", "td3, l2"],
)
def test_the_critics_side_by_hand(make_batch, settings):
    agent, batch = build(**settings), make_batch(3, 24)
    config, b = agent.config, doubles(batch)
    tanh, _ = forward(layers_of(agent.target_actor, "tanh"), b["next_observations"])
    inputs = np.concatenate([b["next_observations"], tanh], axis=1)
    future = [forward(layers_of(q, "linear"), inputs)[0][:, 0] for q in agent.target_critics]
    alive = 1 - b["terminated"]
    y = config.reward_scale * b["rewards"] + config.gamma * alive * np.min(future, axis=0)
    measured = diagnostics(agent, Batch(**batch))
    for prefix, critic in zip(("", "second_"), agent.critics, strict=False):
        layers = layers_of(critic, "linear")
        seen = np.concatenate([b["observations"], half_ranges(b["actions"])], axis=1)
        q, trace = forward(layers, seen)
        errors = q[:, 0] - y
        limit = config.delta_clip or np.inf
        assert config.delta_clip is None or (np.abs(errors) > limit).any()
        _, gradients = backward(layers, trace, 2 * np.clip(errors, -limit, limit)[:, None] / 24)
        for index, layer in enumerate(layers):
            gradients[2 * index] += 2 * config.critic_l2 * layer.kernel
        name = f"{prefix}critic_gradient_norm"
        assert measured[name] == pytest.approx(norm(gradients), rel=1e-4)
    assert ("second_critic_gradient_norm" in measured) == (config.algorithm == "td3")


def test_observations_are_measured_as_the_networks_see_them(make_batch):
    plain, normalising = build(), build(normalize_observations=True)
    batch = make_batch(4, 32)
    batch["next_observations"] = batch["observations"][::-1] * 2 + 5
    rows = np.concatenate([batch["observations"], batch["next_observations"]])
    normalising.observe(rows)
    mean, std = np.float64(rows).mean(axis=0), np.float64(rows).std(axis=0)
    by_hand = dict(batch)
    for name in ("observations", "next_observations"):
        by_hand[name] = np.float32(np.clip((batch[name] - mean) / std, -5, 5))
    expected, measured = (
        diagnostics(plain, Batch(**by_hand)),
        diagnostics(normalising, Batch(**batch)),
    )
    assert measured == pytest.approx(expected, rel=1e-5)
    assert measured != pytest.approx(diagnostics(plain, Batch(**batch)), rel=1e-2)


def test_values_are_measured_in_units_of_return(make_batch):
    plain, normalising = build(gamma=0.0), build(gamma=0.0, normalize_returns=True)
    moments = normalising.return_moments
    moments.update(np.float32([-3, 7]))  # mean 2, standard deviation 5
    batch = make_batch(5, 32)
    expected, measured = (
        diagnostics(plain, Batch(**batch)),
        diagnostics(normalising, Batch(**batch)),
    )
    for name in ("dq_da_norm_mean", "dq_da_norm_max", "actor_gradient_norm"):
        assert measured[name] == pytest.approx(5 * expected[name], rel=1e-5)
    # the critic learns (r - 2) / 5, and its gradient is in those units
    in_units = diagnostics(plain, Batch(**batch)._replace(rewards=(batch["rewards"] - 2) / 5))
    assert measured["critic_gradient_norm"] == pytest.approx(
        in_units["critic_gradient_norm"], rel=1e-4
    )
    episodes = [Episode(batch["observations"], np.ones(31), terminated=True)]
    raw, scaled = value_diagnostics(plain, episodes), value_diagnostics(normalising, episodes)
    assert scaled["policy_q"] == pytest.approx(5 * raw["policy_q"] + 2, rel=1e-5)
    assert scaled["monte_carlo_return"] == raw["monte_carlo_return"] == 1.0


def restless_networks():
    """An actor and a critic with batch norm and dropout, which change in every training call."""
    s, a = keras.Input((3,)), keras.Input((2,))
    x = keras.layers.Dropout(0.5, seed=1)(keras.layers.BatchNormalization()(s))
    actor = keras.Model(s, keras.layers.Dense(2)(x))
    x = keras.layers.BatchNormalization()(keras.layers.Concatenate()([s, a]))
    return actor, keras.Model([s, a], keras.layers.Dense(1)(keras.layers.Dropout(0.5, seed=2)(x)))


@pytest.mark.parametrize("algorithm", ["ddpg", "td3"])
def test_measuring_changes_nothing(make_batch, algorithm):
    agent = build(
        *restless_networks(),
        algorithm=algorithm,
        normalize_observations=True,
        normalize_returns=True,
        pop_art=True,
    )
    batch = make_batch(6, 32)
    agent.observe(batch["observations"])

    def state():
        variables = [v for model in agent.networks.values() for v in model.variables]
        arrays = [v.numpy() for v in (*variables, *agent.variables().values())]
        return [a.copy() for a in (*arrays, *agent.observation_moments.state().values())]

    before, taken = state(), {name: array.copy() for name, array in batch.items()}
    first = diagnostics(agent, Batch(**batch))
    episode = Episode(batch["observations"], np.ones(31), terminated=False)
    first_values = value_diagnostics(agent, [episode])
    for one, other in zip(before, state(), strict=True):
        np.testing.assert_array_equal(one, other)
    for name, array in batch.items():
        np.testing.assert_array_equal(array, taken[name])
    assert (
        diagnostics(agent, Batch(**batch)) == first
        and value_diagnostics(agent, [episode]) == first_values
    )
    # dropout's state did move, and was put back: training calls differ from each other
    x = batch["observations"]
    assert not np.array_equal(agent.actor(x, training=True), agent.actor(x, training=True))


def test_an_actor_beyond_its_bounds_is_measured_as_it_is_played(make_batch):
    s = keras.Input((3,))
    agent = build(actor=keras.Model(s, keras.layers.Dense(2)(s)))
    agent.actor.set_weights([np.zeros((3, 2)), np.array([9.0, -9.0])])
    measured = diagnostics(agent, Batch(**make_batch(7, 8)))
    assert measured["action_saturation"] == 1.0
    assert measured["tanh_slope"] == measured["action_mean"] == measured["action_std"] == 0.0


# ---- whole episodes -----------------------------------------------------------------------------


@given(
    rewards=st.lists(st.floats(-10, 10), min_size=1, max_size=12),
    gamma=st.floats(0, 1),
    tail=st.floats(-10, 10),
)
def test_discounted_returns_are_the_sums(rewards, gamma, tail):
    returns = discounted_returns(np.array(rewards), gamma, tail)
    for t in range(len(rewards)):
        powers = gamma ** np.arange(len(rewards) - t + 1)
        assert returns[t] == pytest.approx(powers @ [*rewards[t:], tail], abs=1e-9)


def constant_critic():
    """A critic that says b, the bias of its last layer, whatever it is given."""
    s, a = keras.Input((3,)), keras.Input((2,))
    return keras.Model([s, a], keras.layers.Dense(1)(keras.layers.Concatenate()([s, a])))


CONSTANT = {
    algorithm: build(critic=constant_critic(), algorithm=algorithm, gamma=0.9)
    for algorithm in ("ddpg", "td3")
}


def saying(agent, value):
    for critic in agent.critics:
        critic.set_weights([np.zeros((5, 1)), np.array([value])])
    return agent


@pytest.mark.parametrize("algorithm", CONSTANT)
@given(bias=st.floats(-50, 50), lengths=st.lists(st.integers(1, 30), min_size=1, max_size=4))
def test_a_constant_error_is_found_whatever_the_time_limit(algorithm, bias, lengths):
    # a reward of 1 for ever is worth 1 / (1 - gamma) = 10, in whatever state a limit cuts it off
    agent = saying(CONSTANT[algorithm], 10 + bias)
    episodes = [Episode(np.zeros((n + 1, 3)), np.ones(n), terminated=False) for n in lengths]
    measured = value_diagnostics(agent, episodes)
    for prefix in ("", "second_")[: len(agent.critics)]:
        assert measured[f"{prefix}q_bias"] == pytest.approx(bias, abs=1e-4)
        assert measured[f"{prefix}policy_q"] == pytest.approx(10 + bias, rel=1e-6)
        assert np.isnan(measured[f"{prefix}q_correlation"])


def test_a_terminated_and_a_truncated_episode_by_hand():
    agent = saying(build(critic=constant_critic(), gamma=0.5, reward_scale=2.0), 8.0)
    terminated = Episode(np.zeros((3, 3)), np.array([1.0, 3.0]), terminated=True)
    truncated = Episode(np.zeros((2, 3)), np.array([1.0]), terminated=False)
    measured = value_diagnostics(agent, [terminated, truncated])
    # rewards count twice: 2 + 6 / 2 and 6, nothing after them; 2 + 8 / 2, of which half was seen
    assert measured["monte_carlo_return"] == pytest.approx((5 + 6 + 6) / 3)
    assert measured["q_bias"] == pytest.approx((3 + 2 + 2) / (1 + 1 + 0.5))


def test_without_discount_a_time_limit_leaves_nothing_to_judge_by():
    agent = saying(build(critic=constant_critic(), gamma=1.0), 8.0)
    measured = value_diagnostics(agent, [Episode(np.zeros((3, 3)), np.ones(2), terminated=False)])
    assert np.isnan(measured["q_bias"])


def test_values_are_those_of_the_policy_along_the_way(make_batch):
    agent = build(algorithm="td3", gamma=0.9)
    rows = np.float64(make_batch(8, 13)["observations"])
    episodes = [Episode(rows[:6], rows[:5, 0], True), Episode(rows[6:], rows[6:12, 0], False)]
    tanh, _ = forward(layers_of(agent.actor, "tanh"), rows)
    inputs = np.concatenate([rows, tanh], axis=1)
    measured = value_diagnostics(agent, episodes)
    for prefix, critic in zip(("", "second_"), agent.critics, strict=True):
        q = forward(layers_of(critic, "linear"), inputs)[0][:, 0]
        g = [discounted_returns(rows[:5, 0], 0.9, 0), discounted_returns(rows[6:12, 0], 0.9, q[12])]
        g, q = np.concatenate(g), np.delete(q, [5, 12])
        covariance = np.mean((q - q.mean()) * (g - g.mean()))
        assert measured[f"{prefix}policy_q"] == pytest.approx(q.mean(), rel=1e-4)
        assert measured[f"{prefix}monte_carlo_return"] == pytest.approx(g.mean(), rel=1e-4)
        assert measured[f"{prefix}q_correlation"] == pytest.approx(
            covariance / (q.std() * g.std()), rel=1e-4
        )


def test_correlation():
    x = np.array([1.0, 2, 4])
    assert correlation(x, 3 * x - 5) == pytest.approx(1)
    assert correlation(x, -x) == pytest.approx(-1)
    # 0.1 has no exact mean: a constant must not be judged by its rounding
    assert np.isnan(correlation(x, np.full(3, 0.1)))


# ---- what is logged and what is explained -------------------------------------------------------


RUNS = {
    "ddpg": {},
    "td3": {"algorithm": "td3", "exploration": "ou"},
    "parameter noise": {"exploration": "parameter"},
    "pull noise": {"exploration": "pull"},
}
"""Every metric is logged by one of them."""


@pytest.fixture(scope="module")
def runs(tmp_path_factory):
    """Small runs, on disk."""
    config = DDPGConfig(
        env_id="TwoEndings-v0",
        total_steps=20,
        warmup_steps=10,
        batch_size=8,
        hidden_sizes=(4,),
        update_every=5,
        eval_every=10,
        eval_episodes=2,
        jit_compile=False,
    )
    root = tmp_path_factory.mktemp("metrics")
    return {name: train(replace(config, **changed), root / name) for name, changed in RUNS.items()}


def events_of(result):
    events = EventAccumulator(str(result.run_dir))
    events.Reload()
    return events


def test_what_is_logged_is_explained_and_what_is_explained_is_logged(runs):
    logged = set()
    for result in runs.values():
        logged |= set(events_of(result).Tags()["tensors"])
    assert logged == {tag(name) for name in METRICS if name != "step"}
    assert len(logged) == len(METRICS) - 1
    assert {name.split("/")[0] for name in logged} == set(GROUPS)


def test_each_metric_stands_in_its_group():
    names = ("eval_return_std", "train_return_mean", "critic_gradient_norm", "second_q_bias", "q")
    assert [tag(name) for name in names] == [
        "eval/return_std",
        "train/return_mean",
        "critic/gradient_norm",
        "critic/second_q_bias",
        "critic/q",
    ]


def test_the_explanation_of_saturation_has_the_diagnostics_number():
    assert f" {SATURATED} half ranges" in METRICS["action_saturation"]


@pytest.mark.parametrize("name", RUNS)
def test_tensorboard_has_the_columns_of_metrics_csv_and_the_speed(runs, name):
    events = events_of(runs[name])
    with (runs[name].run_dir / "metrics.csv").open(newline="") as file:
        columns = csv.DictReader(file).fieldnames
    names = set(columns) - {"step"} | {"steps_per_second"}
    assert set(events.Tags()["tensors"]) == set(map(tag, names))
    history = runs[name].history
    for name in names:
        points = events.Tensors(tag(name))
        assert [point.step for point in points] == [10, 20]
        values = [float(make_ndarray(point.tensor_proto)) for point in points]
        if name == "steps_per_second":
            assert all(value > 0 for value in values)
        else:
            np.testing.assert_array_equal(values, np.float32([row[name] for row in history]))
        # the card shows the explanation
        assert events.SummaryMetadata(tag(name)).summary_description == METRICS[name]


def test_a_row_is_whole_from_the_first_evaluation_on(runs):
    learned = {"critic_loss", "actor_loss", "q"}
    for result in runs.values():
        first, last = result.history
        assert {name for name, value in first.items() if np.isnan(value)} == learned
        assert all(np.isfinite(value) for value in last.values())


def test_the_page_is_the_dictionary():
    written = Path(__file__).parents[1] / "tutorials" / "metrics.md"
    assert written.read_text() == page() + "\n"
    assert not any("|" in meaning for meaning in METRICS.values()), "this would split a cell"
