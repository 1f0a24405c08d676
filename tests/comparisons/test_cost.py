"""The cost study: its clocks and scales on known cases, its finding against its data."""

import numpy as np
import pytest
import tensorflow as tf
from matplotlib.figure import Figure

from comparisons import cost
from comparisons.cost.memory import jacobian_bytes, xla_temporary_bytes
from comparisons.cost.problem import ACTION_SIZE, OBSERVATION_SIZE, Problem
from comparisons.cost.text import differences
from comparisons.cost.timing import MODES, best_times, ratios


@pytest.fixture(scope="module")
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


def test_the_finding_follows_from_the_data(data):
    text = cost.finding(data)
    rows = data["gradient"]["eager"]
    assert f"| get_updates | {rows['get_updates']['ratio']:.2f} |" in text
    planned = data["memory"]["xla"]
    same = len(set(planned.values())) == 1
    assert ("MiB for each strategy." in text) == same
    other = dict(data["memory"], xla=planned | {"mean_q": 999.5})
    assert "to 999.5 MiB (largest: mean_q)" in cost.finding(dict(data, memory=other))
    last = data["jacobian"]["rows"][-1]
    assert f"{last['bytes'] / 2**20:.1f} MiB at width {last['width']}" in text
    equal = {name: dict(row, low=0.9, high=1.1) for name, row in rows.items()}
    assert differences(equal).startswith("takes the same time")
    slow = equal | {"get_updates": dict(rows["get_updates"], low=1.2, high=1.4, ratio=1.3)}
    assert (
        differences(slow) == "takes longer with get_updates (1.30) than with mean_q in most rounds"
    )
    assert all(f"gradient {differences(data['gradient'][mode])}" in text for mode in MODES)


def test_figures_have_named_axes(data):
    figures = cost.figures(data)
    assert set(figures) == {"modes", "scaling", "memory", "jacobian"}
    for figure in figures.values():
        assert isinstance(figure, Figure)
        assert all(axis.get_xlabel() for axis in figure.axes)
        assert figure.axes[0].get_ylabel()
    ratio = data["gradient"]["eager"]["get_updates"]["ratio"]
    drawn = [line.get_xdata()[0] for line in figures["modes"].axes[0].lines]
    assert any(np.isclose(ratio, x) for x in drawn)
