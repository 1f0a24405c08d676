"""The library's figures: every axis says what it shows, every line is the data's."""

from pathlib import Path

import numpy as np
import pytest

from ddpg_tf.config import DDPGConfig
from ddpg_tf.training.figures import COLOURS, compare_figure, learning_figure
from ddpg_tf.training.seeds import Run, curves

RUNS = ("output_gradients", "mean_q", "get_updates")
FIRST = 17
"""First update with another bit, in one run of the second group."""


def group(batch_size, first=None):
    runs = {
        name: {
            "eval_returns": [-1000.0 - index, -500.0, -200.0],
            "same_returns": first is None or name != "output_gradients",
            "first_different_update": first if name == "output_gradients" else None,
            "differences": [[50, 0.0], [100, 1e-7 if first and index == 0 else 0.0]],
        }
        for index, name in enumerate(RUNS)
    }
    return {"batch_size": batch_size, "steps": [10, 20, 30], "runs": runs}


def run(name, seed, start, **fields):
    steps = np.array([10, 20, 30])
    return Run(Path(name), DDPGConfig(seed=seed, **fields), steps, start + steps)


COMPARED = {
    "config": {"env_id": "Pendulum-v1", "eval_episodes": 5},
    "groups": [group(64), group(100, FIRST)],
}
FIGURES = {
    "compare": lambda: compare_figure(COMPARED),
    "one run": lambda: learning_figure(curves([run("a", 0, -900.0)])),
    "one run twice": lambda: learning_figure(curves([run("a", 0, -900.0), run("b", 0, -1000.0)])),
    "two environments": lambda: learning_figure(
        curves([run("a", 0, -900.0), run("b", 0, 10.0, env_id="Walker2d-v5")])
    ),
    "two seeds": lambda: learning_figure(curves([run("a", 0, -900.0), run("b", 1, -1000.0)])),
}


@pytest.mark.parametrize("name", FIGURES)
def test_every_axis_has_a_title_and_names(name):
    axes = FIGURES[name]().axes
    assert axes
    assert all(axis.get_title() and axis.get_xlabel() for axis in axes)
    # axes that share what is on their left name it once
    assert all(axis.get_ylabel() for axis in axes if axis.get_subplotspec().is_first_col())
    assert any(axis.get_legend() for axis in axes)


def test_each_environment_has_an_axis_of_its_own():
    assert [len(axis.lines) for axis in FIGURES["two environments"]().axes] == [1, 1]


def test_the_comparison_draws_every_run_in_its_colour():
    returns, _, same, different = compare_figure(COMPARED).axes
    for axis in (returns, same, different):
        assert [line.get_color() for line in axis.lines] == [COLOURS[name] for name in RUNS]
    for line, run in zip(returns.lines, COMPARED["groups"][0]["runs"].values(), strict=True):
        np.testing.assert_array_equal(line.get_xdata(), [10, 20, 30])
        np.testing.assert_array_equal(line.get_ydata(), run["eval_returns"])
    assert different.lines[0].get_ydata()[1] == 1e-7
    # an exact zero has no place on a logarithmic axis: it is drawn below all that is not zero
    assert all(0 < value < 1e-8 for line in same.lines for value in line.get_ydata())


def test_the_comparison_s_titles_are_its_verdicts():
    titles = [axis.get_title() for axis in compare_figure(COMPARED).axes]
    assert all(str(size) in title for size, title in zip((64, 100) * 2, titles, strict=True))
    assert str(FIRST) in titles[3] and str(FIRST) not in titles[2]
    again = compare_figure(COMPARED | {"groups": [group(64), group(64)]})
    # the same verdict on the same data, and another where the bits differ
    assert [axis.get_title() for axis in again.axes] == [titles[0]] * 2 + [titles[2]] * 2
    assert titles[0].replace("64", "100") != titles[1]


@pytest.mark.parametrize(
    ("name", "starts", "bands"),
    [
        ("one run", [-900.0], 0),
        ("one run twice", [-900.0, -1000.0], 0),
        ("two seeds", [-950.0, -900.0, -1000.0], 1),
    ],
)
def test_a_learning_curve_is_the_middle_of_its_seeds_with_each_behind(name, starts, bands):
    (axis,) = FIGURES[name]().axes
    for line, start in zip(axis.lines, starts, strict=True):
        np.testing.assert_array_equal(line.get_xdata(), [10, 20, 30])
        np.testing.assert_array_equal(line.get_ydata(), [start + step for step in (10, 20, 30)])
    assert len(axis.collections) == bands
