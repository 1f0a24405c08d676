"""The cost study: its clocks and scales on known cases, its claims refuted."""

import numpy as np
import pytest
import tensorflow as tf

from comparisons import cost
from comparisons.cost.claims import extremes, faster, slower
from comparisons.cost.memory import jacobian_bytes, xla_temporary_bytes
from comparisons.cost.problem import ACTION_SIZE, OBSERVATION_SIZE, Problem
from comparisons.cost.timing import best_times, ratios
from comparisons.registry import get_study
from tests.comparisons.committed import assert_refuted
from tests.sizes import IN_WHOLE_RUNS


@pytest.fixture(scope="module", params=IN_WHOLE_RUNS)
def data():
    return cost.run(quick=True, track=lambda items, note: items)


def test_competitors_run_in_turns():
    calls = []
    names = {name: lambda name=name: calls.append(name) for name in "ab"}
    times = best_times(names, rounds=2, seconds=0.0)
    assert "".join(calls[-4:]) == "abab"
    assert [len(values) for values in times.values()] == [2, 2]


def test_ratios_are_medians_of_the_ratios_of_a_round():
    rows = ratios({"mean_q": [1.0, 2.0, 4.0], "other": [2.0, 6.0, 8.0]}, "mean_q")
    still = {"ratio": 1.0, "low": 1.0, "high": 1.0}
    assert rows["mean_q"] == {"least_ms": 1e3, "median_ms": 2e3} | still
    assert rows["other"] == {"least_ms": 2e3, "median_ms": 6e3, "ratio": 2, "low": 2, "high": 2.5}


def test_temporary_bytes_are_those_of_a_program_with_one_large_intermediate():
    @tf.function(jit_compile=True)
    def cube(x):
        return tf.matmul(tf.matmul(x, x), x)

    assert xla_temporary_bytes(cube, tf.ones((256, 256))) == 256 * 256 * 4


def test_the_jacobians_size():
    problem = Problem(8)
    weights = (OBSERVATION_SIZE + 1) * 8 + 9 * 8 + 9 * ACTION_SIZE
    assert jacobian_bytes(problem.actor, 16, ACTION_SIZE) == 16 * ACTION_SIZE * weights * 4


def test_the_times_are_complete_and_positive(data):
    for times in (data["gradient"], data["update"], *data["over_batch"], *data["over_width"]):
        assert list(times) == ["eager", "graph", "xla"]
        for rows in times.values():
            assert rows["mean_q"]["ratio"] == 1.0
            assert all(0 < row["least_ms"] <= row["median_ms"] for row in rows.values())


def test_drawing_the_graph_anew_costs_more_than_running_it(data):
    assert data["gradient"]["eager"]["get_updates"]["ratio"] > 1.5


def test_a_large_batch_needs_memory_for_its_activations(data):
    memory = data["memory"]
    activation = memory["batch_size"] * memory["width"] * 4 / 2**20
    assert all(size >= 2 * activation for size in memory["xla"].values())
    assert memory["graph"]["mean_q"] > activation


def test_the_claims_hold_of_a_quick_run(data):
    assert get_study("cost").false_claims(data, quick=True) == []
    assert get_study("cost").finding(data)


def test_a_difference_is_notable_beyond_a_tenth_and_the_scatter_of_rounds():
    def row(low, ratio, high):
        return {"low": low, "ratio": ratio, "high": high}

    rows = {"scattered": row(0.9, 1.2, 1.3), "small": row(1.05, 1.08, 1.1)}
    assert slower(rows) == faster(rows) == []
    assert slower(rows | {"slow": row(1.1, 1.2, 1.3)}) == ["slow"]
    assert faster(rows | {"fast": row(0.7, 0.8, 0.9)}) == ["fast"]


def test_unknown_sizes_are_left_out():
    sizes = {"a": 3.0, "b": None, "c": 2.0}
    assert extremes(sizes) == {"least": 2.0, "largest": 3.0, "name": "a"}
    assert np.isnan(extremes({"a": None})["least"])


SLOW = {"low": 1.2, "ratio": 1.3, "high": 1.4}
FAST = {"low": 0.7, "ratio": 0.8, "high": 0.9}

REFUTED_BY = {
    "a gradient takes longer": lambda data: data["gradient"]["eager"]["surrogate"].update(FAST),
    "a whole update takes longer": lambda data: data["update"]["eager"]["surrogate"].update(SLOW),
    "in a graph": lambda data: data["update"]["xla"]["get_updates"].update(SLOW),
    "nothing is faster": lambda data: data["update"]["graph"]["surrogate"].update(FAST),
    "over batch sizes": lambda data: data["over_width"][0]["xla"]["surrogate"].update(SLOW),
    "plans the same": lambda data: data["memory"]["xla"].update(mean_q=999.5),
    "time grows": lambda data: data["jacobian"]["rows"][-1]["xla"]["jacobian"].update(ratio=1.0),
    "buffers": lambda data: data["jacobian"]["rows"][-1]["xla_bytes"].update(jacobian=2**20),
}


def test_each_claim_can_be_refuted():
    assert_refuted("cost", REFUTED_BY)


def test_the_times_are_drawn_where_they_lie(data):
    ratio = data["gradient"]["eager"]["get_updates"]["ratio"]
    drawn = [line.get_xdata()[0] for line in cost.figures(data)["modes"].axes[0].lines]
    assert any(np.isclose(ratio, x) for x in drawn)
