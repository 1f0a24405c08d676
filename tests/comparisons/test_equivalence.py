import numpy as np
import pytest
import tensorflow as tf

from comparisons import equivalence
from comparisons.equivalence.cancellation import law
from comparisons.equivalence.claims import with_the_bits
from comparisons.equivalence.dead_bias import first_dense
from comparisons.equivalence.problem import build_networks, make_observations, ulps_apart
from comparisons.registry import get_study
from ddpg_tf.strategies import STRATEGIES, get_strategy
from tests.comparisons.committed import assert_refuted
from tests.sizes import IN_WHOLE_RUNS


@pytest.fixture(scope="module", params=IN_WHOLE_RUNS)
def data():
    return equivalence.run(True, lambda items, note: items)


def records(data, **wanted):
    return [r for r in data["grid"] if all(r[key] == value for key, value in wanted.items())]


def test_units_in_the_last_place_count_neighbours():
    ones = np.ones(1, np.float32)
    up = np.nextafter(ones, np.float32(2))
    tiny = np.float32([np.nextafter(np.float32(0), np.float32(1))])
    assert ulps_apart(ones, ones) == [0]
    assert ulps_apart(up, ones) == [1] and ulps_apart(ones, up) == [1]
    assert ulps_apart(ones, 2 * ones) == [2**23]
    assert ulps_apart(tiny, -tiny) == [2]
    assert ulps_apart(-ones, ones) == [2 * 0x3F800000]
    assert ulps_apart(np.array([-1.0]), np.array([1.0])) == [2.0 * 0x3FF0000000000000]


def test_the_networks_hold_the_same_numbers_in_both_precisions():
    singles, doubles = (
        build_networks("none", (8,), "float32"),
        build_networks("none", (8,), "float64"),
    )
    for single, double in zip(singles, doubles, strict=True):
        for a, b in zip(single.get_weights(), double.get_weights(), strict=True):
            assert (a.dtype, b.dtype) == ("float32", "float64")
            assert np.array_equal(a, b)


def test_the_grid_agrees_with_gradients_taken_here(data):
    actor, critic = build_networks("none", (32, 32), "float32")
    for size in (4, 3):
        observations = make_observations(size, "float32")
        found = {
            name: np.concatenate(
                [
                    g.numpy().ravel()
                    for g in get_strategy(name).gradients(actor, critic, observations)
                ]
            )
            for name in STRATEGIES
        }
        reference = found.pop("mean_q")
        for name, ours in found.items():
            (record,) = records(
                data, network="plain", mode="eager", dtype="float32", batch_size=size, strategy=name
            )
            assert record["same_bits"] == (ours.tobytes() == reference.tobytes())
            error = np.abs(ours - reference).max() / np.abs(reference).max()
            assert record["relative_error"] == pytest.approx(float(error), rel=1e-6)


def test_same_bits_means_no_distance(data):
    assert any(record["same_bits"] for record in data["grid"])
    for record in data["grid"]:
        if record["same_bits"]:
            assert record["relative_error"] == record["largest_ulps"] == 0
        else:
            assert record["largest_ulps"] > 0
            assert record["relative_error"] < (1e-5 if record["dtype"] == "float32" else 1e-13)


def test_target_action_loses_what_the_theory_says(data):
    for dtype, found in data["cancellation"].items():
        assert found[0]["error"]["target_action"] < 1e3 * np.finfo(dtype).eps
        assert found[-1]["error"]["target_action"] > 0.5
        assert -1.3 < law(found)["slope"] < -0.7
        assert 0 < law(found)["ratio"] < 1
        first = found[0]
        theory = np.finfo(dtype).eps * first["action"] / first["dq_da"]
        assert first["theory"] == pytest.approx(theory)


def test_the_bias_before_a_batch_norm_changes_no_action():
    actor, _ = build_networks("batch", (32,), "float64")
    observations = make_observations(64, "float64")
    before = actor(observations, training=True)
    layer = first_dense(actor)
    layer.bias.assign_add(tf.ones_like(layer.bias.value))
    assert np.abs(actor(observations, training=True) - before).max() < 1e-12


def test_its_gradient_is_noise(data):
    for record in data["dead_bias"]["gradients"]:
        assert record["bias"] < 1e-5 * record["kernel"]
        assert record["bias_float64"] < 1e-6 * record["bias"]
    same = {r["batch_size"]: r["same_bits"] for r in data["dead_bias"]["gradients"]}
    assert same == {64: True, 100: False}


def test_adam_moves_it_faster_the_larger_the_noise(data):
    for size in (64, 100):
        speeds = [w["bias_step"] for w in data["dead_bias"]["walks"] if w["batch_size"] == size]
        assert len(speeds) > 1 and speeds == sorted(speeds)


def test_the_claims_hold_of_a_quick_run(data):
    assert get_study("equivalence").false_claims(data, quick=True) == []
    assert get_study("equivalence").finding(data)


def test_bits_are_kept_if_every_condition_kept_them():
    def record(strategy, batch_size, same_bits):
        return {"strategy": strategy, "batch_size": batch_size, "same_bits": same_bits}

    grid = [record("surrogate", 4, True), record("surrogate", 8, False)]
    grid += [record("get_updates", 4, True), record("get_updates", 3, False)]
    assert with_the_bits(grid, powers=True) == ["get_updates"]
    assert with_the_bits(grid, powers=False) == []


def in_the_grid(change, **wanted):
    """Change those records of the committed grid."""

    def apply(data):
        found = records(data, **wanted)
        assert found
        for record in found:
            record.update(change)

    return apply


def in_the_cancellation(strategy, error, same_bits):
    def apply(data):
        for record in data["cancellation"]["float64"]:
            record["error"][strategy] = error(record)
            record["same_bits"][strategy] = same_bits

    return apply


def in_the_walks(**change):
    def apply(data):
        for walk in data["dead_bias"]["walks"]:
            walk.update(change)

    return apply


def backwards(data):
    for walk in data["dead_bias"]["walks"]:
        walk["epsilon"] = walk["dq_da"] ** 2


OTHER = {"same_bits": False}
REFUTED_BY = {
    "plain networks, N = 2^k": in_the_grid(OTHER, strategy="surrogate", batch_size=16, mode="XLA"),
    "plain networks, other N": in_the_grid({"same_bits": True}, strategy="surrogate"),
    "batch norm, N = 2^k": in_the_grid(OTHER, strategy="surrogate", network="batch norm"),
    "batch norm, other N": in_the_grid({"same_bits": True}, strategy="surrogate"),
    "in a graph": in_the_grid(OTHER, strategy="get_updates", mode="graph", network="layer norm"),
    "ten machine epsilons": in_the_grid({"eps_error": 11.0}, strategy="jacobian"),
    "one half": in_the_cancellation("target_action", lambda record: 0.01, False),
    "one over": in_the_cancellation(
        "target_action", lambda record: 1e-20 / record["dq_da"] ** 2, False
    ),
    "smaller than": in_the_cancellation(
        "target_action", lambda record: 2 * record["theory"], False
    ),
    "every scale": in_the_cancellation("surrogate", lambda record: 0.0, False),
    "rounding noise": lambda data: data["dead_bias"]["gradients"][0].update(bias=0.1),
    "same noise": lambda data: data["dead_bias"]["gradients"][1].update(same_bits=True),
    "moves the bias least": backwards,
    "damps": in_the_walks(bias_step=0.1, kernel_step=0.5),
    "drift apart": in_the_walks(apart=0.0),
}


def test_each_claim_can_be_refuted():
    assert_refuted("equivalence", REFUTED_BY)
