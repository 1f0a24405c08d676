import numpy as np
import pytest
import tensorflow as tf
from matplotlib.figure import Figure

from comparisons import equivalence
from comparisons.equivalence.cancellation import law
from comparisons.equivalence.dead_bias import first_dense
from comparisons.equivalence.finding import cancellation_text, dead_bias_text, grid_text
from comparisons.equivalence.problem import build_networks, make_observations, ulps_apart
from ddpg_tf.strategies import STRATEGIES, get_strategy


@pytest.fixture(scope="module")
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


def test_the_verdict_follows_from_the_grid(data):
    kept = [
        name
        for name in STRATEGIES
        if name != "mean_q"
        and all(r["same_bits"] for r in records(data, network="plain", strategy=name, batch_size=4))
    ]
    assert "output_gradients" in kept
    sentence = f"With plain networks, {', '.join(kept)} had the bits of mean_q at every N = 2^k"
    assert sentence in equivalence.finding(data)


def test_a_grid_that_came_out_otherwise_is_told_otherwise(data):
    changed = [
        r | ({"same_bits": False} if r["strategy"] == "surrogate" else {}) for r in data["grid"]
    ]
    assert "With plain networks, output_gradients, get_updates had the bits" in grid_text(changed)


def test_target_action_loses_what_the_theory_says(data):
    for dtype, found in data["cancellation"].items():
        assert found[0]["error"]["target_action"] < 1e3 * np.finfo(dtype).eps
        assert found[-1]["error"]["target_action"] > 0.5
        assert -1.3 < law(found)["slope"] < -0.7
        assert 0 < law(found)["ratio"] < 1
        first = found[0]
        theory = np.finfo(dtype).eps * first["action"] / first["dq_da"]
        assert first["theory"] == pytest.approx(theory)
        assert f"|dQ/da|^{law(found)['slope']:.2f}" in equivalence.finding(data)


def test_the_control_of_the_cancellation_is_told_as_measured(data):
    found = data["cancellation"]
    assert "surrogate, for comparison, kept the bits" in cancellation_text(found)
    for records_ in found.values():
        assert all(r["same_bits"]["surrogate"] for r in records_)
    broken = {d: [r | {"same_bits": {"surrogate": False}} for r in rs] for d, rs in found.items()}
    assert "surrogate, for comparison, parted" in cancellation_text(broken)


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
    text = dead_bias_text(data["dead_bias"])
    assert "At N = 64 the two strategies' biases kept the same bits" in text
    fast = max(data["dead_bias"]["walks"], key=lambda walk: walk["bias_step"])
    assert f"{fast['bias_step'] / fast['kernel_step']:.2%} of its kernel's speed" in text


def test_the_figures_name_their_axes(data):
    drawn = equivalence.figures(data)
    wanted = {"heat_map_float32", "heat_map_float64", "cancellation", "bias_before_batch_norm"}
    assert set(drawn) == wanted
    for figure in drawn.values():
        assert isinstance(figure, Figure)
        assert any(axis.get_xlabel() for axis in figure.axes)
        assert any(axis.get_ylabel() for axis in figure.axes)
