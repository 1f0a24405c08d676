import json
import re

import numpy as np
import pytest

from comparisons import ancestors
from comparisons.ancestors.adam import Adam
from comparisons.ancestors.claims import factor_words
from comparisons.ancestors.jump import first_jump, gates
from comparisons.ancestors.lau import join_heads, split_heads
from comparisons.ancestors.lillicrap import policy_gradient
from comparisons.ancestors.measure import largest_gap_from_epsilon
from comparisons.ancestors.problem import (
    Problem,
    Update,
    draw_weights,
    flat,
    make_batches,
    make_problem,
    mean_critic,
)
from comparisons.ancestors.systems import SYSTEMS, System
from comparisons.registry import get_study
from tests.comparisons.committed import RESULTS, assert_refuted
from tests.sizes import IN_WHOLE_RUNS

BY_NAME = {system.name: system for system in SYSTEMS}


@pytest.fixture(scope="module", params=IN_WHOLE_RUNS)
def data():
    return json.loads(json.dumps(ancestors.run(quick=True, track=lambda items, note: items)))


@pytest.fixture(scope="module")
def rows(data):
    return {row["name"]: row for row in data["rows"]}


def q_of_policy(theta, problem, observations):
    """Mean Q(s, mu(s)) in float64, with nothing of what is tested."""

    def network(x, weights):
        for kernel, bias in zip(weights[:-2:2], weights[1:-2:2], strict=True):
            x = np.maximum(x @ kernel + bias, 0)
        return x @ weights[-2] + weights[-1]

    z = network(observations, theta)
    sigmoid = 1 / (1 + np.exp(-z))
    torcs = np.concatenate([np.tanh(z[:, :1]), sigmoid[:, 1:]], axis=1)
    actions = np.tanh(z) if problem.heads == "tanh" else torcs
    return network(np.concatenate([observations, actions], axis=1), problem.critic).mean()


def finite_difference(problem, observations, direction, step=1e-5):
    """Derivative of -mean Q along `direction`, in float64."""
    start = [weight.astype(np.float64) for weight in problem.actor]
    double = Problem(start, [w.astype(np.float64) for w in problem.critic], problem.heads)
    there, back = (
        q_of_policy(
            [w + sign * step * d for w, d in zip(start, direction, strict=True)],
            double,
            observations.astype(np.float64),
        )
        for sign in (1, -1)
    )
    return -(there - back) / (2 * step)


# what the numbers of Q's outputs and rows of a batch multiply the gradient of the mean by
FACTORS = {"lau": lambda n: 3 * n, "hoereth": lambda n: n}


@pytest.mark.parametrize("system", SYSTEMS, ids=lambda system: system.name)
def test_gradients_agree_with_finite_differences(system):
    if not system.installed:
        pytest.skip(f"{system.needs} is not installed")
    problem = make_problem(16, system.heads, system.q_outputs)
    batches = make_batches(1, 10)
    (update,) = system.updates(problem, batches)
    direction = [gradient.astype(np.float64) for gradient in update.gradients]
    direction = [d / np.linalg.norm(flat(direction)) for d in direction]
    along = flat(update.gradients) @ flat(direction)
    expected = finite_difference(problem, batches[0], direction)
    assert along == pytest.approx(expected * FACTORS.get(system.name, lambda n: 1)(10), rel=1e-3)


@pytest.mark.parametrize("system", SYSTEMS, ids=lambda system: system.name)
def test_every_system_moves_its_actor_once_a_batch_and_not_its_start(system):
    if not system.installed:
        pytest.skip(f"{system.needs} is not installed")
    problem = make_problem(8, system.heads, system.q_outputs)
    before = flat(problem.actor).copy()
    first, second = system.updates(problem, make_batches(2, 4))
    assert [w.shape for w in second.weights] == [w.shape for w in problem.actor]
    assert np.array_equal(flat(problem.actor), before)
    assert not np.array_equal(flat(first.weights), before)
    assert not np.array_equal(flat(second.weights), flat(first.weights))
    assert np.abs(flat(first.weights) - before).max() <= 1.01 * system.learning_rate


def test_factors_are_the_sums(rows):
    expected = {name: (FACTORS[name](64), FACTORS[name](100)) for name in FACTORS}
    for name, row in rows.items():
        assert (row["factor"], row["odd_factor"]) == expected.get(name, (1, 1)), name


def test_each_system_is_the_strategy_that_names_it(rows):
    families = {
        "output_gradients": ["lillicrap", "emami", "hoereth", "hoereth_todo"],
        "mean_q": [
            *("yoon", "keras_rl", "baselines", "skylark", "skylark_td3", "fujimoto"),
            "spinningup",
        ],
        "target_action": ["trfl"],
    }
    for strategy, names in families.items():
        for name in names:
            if name in rows:
                assert rows[name]["nearest"][0] == strategy, name


def test_weights_part_by_what_epsilon_predicts(rows):
    for row in rows.values():
        largest = row["apart"]["keras"][0]["largest"]
        assert largest == pytest.approx(row["predicted_gap"], abs=0.02)
        assert row["apart"]["same_adam"][1]["relative"] < 1e-3


def test_predicted_gap_is_the_maximum_over_gradients():
    gradients = np.logspace(-12, 0, 100_001)
    for ratio in (1, 31.6, 192):
        gaps = gradients / (gradients + 1e-8) - gradients / (gradients + ratio * 1e-8)
        assert largest_gap_from_epsilon(ratio) == pytest.approx(gaps.max(), abs=1e-6)


def test_the_claims_hold_of_a_quick_run(data):
    study = get_study("ancestors")
    assert study.false_claims(data, quick=True) == []
    assert study.finding(data)


def row(data, name):
    """A system's row of the data."""
    return next(row for row in data["rows"] if row["name"] == name)


def whole(data, system, part):
    """The distances of the row of whole updates whose label, or kind, has this part."""
    return next(
        row["apart"]
        for row in data["updates"]["rows"]
        if row["system"] == system and (part in row["label"] or part == row["kind"])
    )


REFUTED_BY = {
    "whole update could be run": lambda data: data["updates"]["skipped"].update(yoon="torch"),
    "our update in float32": lambda data: whole(data, "sb3", "meant").update(actor=[6e-4, 0]),
    "but its rounding": lambda data: whole(data, "yoon", "float64").update(critic=[0, 1e-9]),
    "after one update": lambda data: whole(data, "emami", "meant").update(actor=[2e-4, 0]),
    "nearly as closely": lambda data: whole(data, "emami", "meant").update(target_actor=[2e-3, 0]),
    "below a fifth": lambda data: whole(data, "sb3", "meant").update(critic=[0, 0.3]),
    "Keras's place": lambda data: whole(data, "yoon", "keras_place").update(actor=[1e-4, 1]),
    "without a list": lambda data: whole(data, "hoereth", "list").update(critic=[0.1, 1]),
    "start apart": lambda data: whole(data, "emami", "softly").update(target_actor=[1, 1]),
    "a step behind": lambda data: whole(data, "keras_rl", "behind").update(target_actor=[0.5, 0]),
    "order of the updates": lambda data: whole(data, "baselines", "first").update(actor=[0, 0]),
    "sum over the batch": lambda data: whole(data, "lau", "summed").update(actor=[0, 0]),
    "one Q for each": lambda data: whole(data, "lau", "each").update(actor=[0, 0]),
    "missing mask": lambda data: whole(data, "yoon", "mask").update(critic=[0, 0]),
    "without its half": lambda data: whole(data, "hoereth", "half").update(critic=[0, 0]),
    "limit of the norm": lambda data: data["updates"].update(critic_gradient_norm=0.5),
    "could be run": lambda data: data["skipped"].update(yoon="torch"),
    "up to rounding": lambda data: row(data, "emami")["distances"]["output_gradients"].update(
        relative=0.1
    ),
    "is the factor not 1": lambda data: row(data, "yoon").update(factor=2.5),
    "cost the bits": lambda data: [
        apart.update(different_bits=0.1)
        for apart in (row(data, "trfl")["odd_eager"], *row(data, "trfl")["odd_distances"].values())
    ],
    "our eager bits": lambda data: row(data, "hoereth")["odd_by_reciprocal"].update(
        different_bits=0.1
    ),
    "to-do": lambda data: row(data, "hoereth_todo")["distances"]["output_gradients"].update(
        relative=1e-8
    ),
    "as predicted": lambda data: row(data, "lau")["apart"]["keras"][0].update(largest=1.9),
    "epsilon counts alike": lambda data: row(data, "emami")["apart"]["keras"][0].update(
        largest=0.5
    ),
    "median gradient": lambda data: data["rows"][0].update(median_gradient=1e-3),
    "our sign": lambda data: row(data, "trfl").update(signs_that_differ=1),
    "ReLU gate": lambda data: row(data, "yoon")["apart"]["same_adam"][1].update(relative=0.5),
    "never acts": lambda data: row(data, "keras_rl").update(clipnorm=1e-9),
    "before the average": lambda data: data["clipping"].update(relative=0.0),
}


def test_each_claim_can_be_refuted():
    assert_refuted("ancestors", REFUTED_BY)


def test_a_factor_is_written_as_a_multiple_of_the_batch_size():
    sizes = {"batch": 64, "odd_batch": 100}
    factors = {(64, 100): "N", (192, 300): "3 N", (2, 2): "2", (2.5, 1): "2.5 and 1"}
    for (factor, odd_factor), words in factors.items():
        assert factor_words({"factor": factor, "odd_factor": odd_factor}, sizes) == words


def test_a_framework_that_is_missing_is_known():
    system = System("x", "none", "none:none", "", "", "", 1e-4, needs="no_such_package")
    assert not system.installed


@pytest.mark.parametrize("system", SYSTEMS, ids=lambda system: system.name)
def test_every_system_s_lines_have_their_place(system):
    assert re.search(r"\.py:\d+|equation \d+", system.where)
    page = (RESULTS / "ancestors" / "README.md").read_text()
    (row,) = [line for line in page.splitlines() if system.where in line]
    assert row.startswith(f"| {system.name} |") and system.lines in row


def test_baselines_workers_average_to_the_whole_batch_but_clip_apart(data):
    from comparisons.ancestors.baselines import baselines

    problem, batches = make_problem(16), make_batches(1, 8)
    halves = [
        policy_gradient(problem.actor, problem.critic, half) for half in batches.reshape(2, 4, -1)
    ]
    (update,) = baselines(problem, batches, 1e-4, clip_norm=1e-4)

    def clipped(gradient):
        return gradient * min(1, 1e-4 / np.linalg.norm(gradient))

    expected = [(clipped(a) + clipped(b)) / 2 for a, b in zip(*halves, strict=True)]
    np.testing.assert_allclose(flat(update.gradients), flat(expected), rtol=1e-3, atol=1e-9)
    assert data["clipping"]["relative"] > 1e-4
    assert max(data["clipping"]["unclipped"]) == pytest.approx(2 * data["clipping"]["limit"])


def test_adam_forms_by_hand():
    weights, gradients = [np.float32([1.0, 1.0])], [np.float32([1e-8, -1.0])]
    (paper,) = Adam(weights, 0.1, 1e-8, "paper").step(weights, gradients)
    (hat,) = Adam(weights, 0.1, 1e-8, "hat").step(weights, gradients)
    np.testing.assert_allclose(paper, [1 - 0.1 / 2, 1.1], rtol=1e-5)
    np.testing.assert_allclose(hat, [1 - 0.1 / (1 + 1000**0.5), 1.1], rtol=1e-5)


def test_heads_are_cut_and_joined():
    weights = make_problem(5).actor
    cut = split_heads(weights)
    assert [w.shape for w in cut[-6:]] == [(5, 1), (1,)] * 3
    assert all(np.array_equal(a, b) for a, b in zip(join_heads(cut), weights, strict=True))


def test_mean_critic_has_the_mean_of_the_outputs():
    weights = draw_weights(np.random.default_rng(0), [4, 6, 3])
    x = np.ones((2, 6), np.float32)
    *_, kernel, bias = mean_critic(weights)
    expected = (x @ weights[-2] + weights[-1]).mean(axis=1, keepdims=True)
    np.testing.assert_allclose(x @ kernel + bias, expected, atol=1e-6)


def test_a_jump_is_found_and_its_gates_counted():
    problem = make_problem(6)
    batches = make_batches(3, 5)
    steady = [Update(problem.actor, problem.actor) for _ in batches]
    assert first_jump(problem, batches, steady, steady, 1.0) is None
    shut = [weight.copy() for weight in problem.actor]
    shut[1][:] = -1e3
    jumped = [steady[0]._replace(weights=shut), steady[1]._replace(gradients=shut), steady[2]]
    jump = first_jump(problem, batches, jumped, steady, 1.0)
    assert (jump["step"], jump["before"]) == (2, 0)
    assert jump["gates"] >= np.sum(gates(problem, problem.actor, batches[1])[: 6 * 5])
