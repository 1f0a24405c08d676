"""Runs that differ in their seed alone: grouped, averaged, with an interval that can be trusted."""

import json
from dataclasses import replace
from itertools import product

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from ddpg_tf.config import DDPGConfig
from ddpg_tf.training.seeds import (
    Run,
    bootstrap_interval,
    by_environment,
    curves,
    interquartile_mean,
    read_run,
)
from tests.errors import refused

CONFIG = DDPGConfig()


def run_of(tmp_path, name, returns, steps=None, **fields):
    config = replace(CONFIG, **fields)
    steps = range(1000, 1000 * len(returns) + 1, 1000) if steps is None else steps
    return Run(tmp_path / name, config, np.array(steps), np.array(returns))


def written(run):
    """The same run as it lies on disk."""
    run.directory.mkdir()
    (run.directory / "config.json").write_text(json.dumps(run.config.to_dict()))
    rows = [f"{s},{r},1.0" for s, r in zip(run.steps, run.returns, strict=True)]
    text = "\n".join(["step,eval_return_mean,eval_return_std", *rows])
    (run.directory / "metrics.csv").write_text(text + "\n")
    return run.directory


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ([7.0], 7.0),
        ([9.0, 1.0, 2.0], 4.0),
        ([100.0, 1.0, 3.0, -50.0], 2.0),
        ([5.0, 1.0, 2.0, 3.0, 400.0], 10 / 3),
        ([*range(8)], 3.5),
    ],
)
def test_the_interquartile_mean_by_hand(values, expected):
    columns = np.stack([values, np.negative(values)], axis=1)
    np.testing.assert_allclose(interquartile_mean(columns), [expected, -expected])


@given(arrays(float, st.tuples(st.integers(1, 8), st.just(3)), elements=st.floats(-1e6, 0)))
def test_the_interval_holds_the_middle_and_stays_within_what_was_measured(returns):
    low, high = bootstrap_interval(returns)
    middle = interquartile_mean(returns)
    slack = 1e-9 * np.abs(returns).max()
    rising = [returns.min(axis=0), low, middle, high, returns.max(axis=0)]
    assert (np.diff(rising, axis=0) >= -slack).all()


def test_the_interval_is_that_of_all_resamples():
    values = np.array([0.0, 1.0, 4.0, 9.0, 16.0])
    # all 3,125 resamples of five, equally likely, each without its lowest and its highest
    middles = [np.mean(np.sort(draw)[1:-1]) for draw in product(values, repeat=5)]
    expected = np.quantile(middles, [0.025, 0.975])
    np.testing.assert_allclose(bootstrap_interval(values[:, None])[:, 0], expected, atol=0.5)


def test_runs_that_differ_in_the_seed_alone_are_one_curve(tmp_path):
    runs = [
        run_of(tmp_path, f"{strategy}-{seed}", [seed, 10.0 * seed], strategy=strategy, seed=seed)
        for seed in (0, 1, 2)
        for strategy in ("mean_q", "surrogate")
    ]
    first, second = curves(runs)
    assert [len(first.runs), len(second.runs)] == [3, 3]
    assert "mean_q" in first.label and "surrogate" in second.label and first.label != second.label
    np.testing.assert_array_equal(first.middle, [1.0, 10.0])
    np.testing.assert_array_equal(first.returns, [[0, 0], [1, 10], [2, 20]])


def test_runs_of_several_environments_and_of_very_different_settings(tmp_path):
    ids = ("Pendulum-v1", "Walker2d-v5")
    runs = [
        run_of(tmp_path, name, [0.0], env_id=name, seed=seed) for name in ids for seed in (0, 1)
    ]
    found = by_environment(curves(runs))
    assert {name: [c.label for c in each] for name, each in found.items()} == {i: [i] for i in ids}
    far = {"gamma": 0.9, "tau": 0.1, "batch_size": 32, "hidden_sizes": (8,)}
    runs = [run_of(tmp_path, "near", [0.0]), run_of(tmp_path, "far", [0.0], **far)]
    assert [curve.label for curve in curves(runs)] == ["near", "far"]
    runs = [run_of(tmp_path, "near", [0.0]), run_of(tmp_path, "far", [0.0], gamma=0.5)]
    assert [curve.label for curve in curves(runs)] == ["gamma 0.99", "gamma 0.5"]


def test_only_steps_that_all_seeds_have_reached_count(tmp_path):
    long = run_of(tmp_path, "a", [1.0, 2.0, 3.0], [10, 20, 30], seed=0)
    short = run_of(tmp_path, "b", [5.0, 6.0], [10, 20], seed=1)
    (curve,) = curves([long, short])
    assert (curve.steps.tolist(), curve.middle.tolist()) == ([10, 20], [3.0, 4.0])
    other = run_of(tmp_path, "c", [5.0], [15], seed=2)
    with refused(ValueError, "a"):
        curves([long, other])


def test_a_seed_that_comes_twice_is_no_second_draw(tmp_path):
    twice = [run_of(tmp_path, name, [1.0, 2.0], seed=4) for name in "ab"]
    assert [(curve.label, len(curve.runs)) for curve in curves(twice)] == [("a", 1), ("b", 1)]


def test_a_single_run_is_its_own_interval(tmp_path):
    (curve,) = curves([run_of(tmp_path, "alone", [3.0, 4.0])])
    assert curve.label == "alone"
    np.testing.assert_array_equal(curve.interval, [[3.0, 4.0]] * 2)


def test_runs_are_read_from_disk(tmp_path):
    run = run_of(tmp_path, "run", [-3.5, -2.0], seed=9)
    found = read_run(written(run))
    assert found.config == run.config
    np.testing.assert_array_equal(found.steps, run.steps)
    np.testing.assert_array_equal(found.returns, run.returns)
    (run.directory / "config.json").unlink()
    assert read_run(run.directory).config is None
