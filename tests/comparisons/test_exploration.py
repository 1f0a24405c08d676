"""The study of exploration noise: theory, paths, visited states, learning, and its words."""

import math

import numpy as np
import pytest
from matplotlib.figure import Figure

from comparisons import exploration
from comparisons.exploration.noises import NOISES, correlation_time, moments, path
from comparisons.exploration.trials import ANGLES, EPISODE, VELOCITIES, counts, coverage


@pytest.fixture(scope="module")
def data():
    return exploration.run(quick=True, track=lambda items, note: items)


def test_theory_follows_from_sums_over_the_random_numbers():
    for name in ("ou", "small_dt", "missing_root", "uniform"):
        noise = NOISES[name]
        kept = (1 - 0.15 * noise.dt) ** np.arange(40_000)
        # x = sum_k kept^k (scale n_k): means add, and variances add
        mean = noise.step_scale * noise.step_mean * kept.sum()
        deviation = noise.step_scale * noise.step_deviation * math.sqrt((kept**2).sum())
        theory = noise.theory()
        assert theory["mean"] == pytest.approx(mean)
        assert theory["deviation"] == pytest.approx(deviation)
        lag = theory["correlation_time"]
        assert (1 - 0.15 * noise.dt) ** lag == pytest.approx(1 / math.e)


def test_measurements_agree_with_theory(data):
    for noise in data["noises"].values():
        measured, theory = noise["measured"], noise["theory"]
        error = 4 * theory["deviation"] / math.sqrt(data["paths"])
        assert measured["mean"] == pytest.approx(theory["mean"], abs=error + 0.01)
        assert measured["deviation"] == pytest.approx(theory["deviation"], rel=0.08)
        assert measured["correlation_time"] == pytest.approx(theory["correlation_time"], rel=0.25)


def test_each_mistake_is_the_mistake_that_it_is_named_for():
    process = NOISES["missing_root"].process(3, np.random.default_rng(7))
    normal = np.random.default_rng(7).standard_normal(3)
    assert process(0.2) == pytest.approx(0.2 * 0.01 * normal)
    process = NOISES["uniform"].process(3, np.random.default_rng(7))
    assert process(0.2) == pytest.approx(0.2 * np.random.default_rng(7).random(3))


def test_annealed_noise_ends_near_zero():
    found = path(NOISES["annealed"], 2_000)
    assert np.abs(found[-50:]).max() < 0.2 * np.abs(found[:500]).max()


def test_gaussian_noise_has_the_stationary_deviation_of_ou():
    assert NOISES["gaussian"].sigma == pytest.approx(NOISES["ou"].theory()["deviation"])
    assert moments(NOISES["gaussian"], 5_000)["correlation_time"] == 0


def test_correlation_time_of_a_known_pair():
    rng = np.random.default_rng(0)
    start, fresh = rng.standard_normal((2, 200_000))
    end = start / math.e + math.sqrt(1 - math.exp(-2)) * fresh
    assert correlation_time(start, end, lag=9) == pytest.approx(9, rel=0.03)


def test_states_are_counted_in_their_cells(data):
    upright = np.array([[1.0, 1e-3, 0.1]] * 5)
    histogram = counts(upright)
    assert histogram[ANGLES // 2, VELOCITIES // 2] == 5 == histogram.sum()
    assert coverage(histogram) == pytest.approx(1 / (ANGLES * VELOCITIES))
    for noise in data["noises"].values():
        visited = np.sum(noise["visits"])
        assert visited == len(noise["coverage"]) * data["episodes"] * EPISODE
        assert 0 < max(noise["coverage"]) <= coverage(np.array(noise["visits"]))


def test_runs_are_reproducible(data):
    noise = NOISES["ou"]
    again = exploration.training(noise, seed=0, quick=True)
    assert again["returns"] == data["noises"]["ou"]["training"][0]["returns"]
    assert path(noise, EPISODE).tolist() == data["noises"]["ou"]["path"]


def test_finding_says_what_the_data_say(data):
    text = exploration.finding(data)
    noises = data["noises"]
    shares = {n["label"]: np.mean(n["coverage"]) for n in noises.values()}
    best = max(shares, key=shares.get)
    assert f'with "{best}" ({shares[best]:.0%})' in text
    means = {
        n["label"]: np.mean([t["returns"][-1] for t in n["training"]]) for n in noises.values()
    }
    worst = min(means, key=means.get)
    assert f"{means[worst]:.0f} ({worst})" in text
    assert "with one seed nothing can be said" in text
    for noise in noises.values():
        assert f"| {noise['label']} | {noise['measured']['mean']:.3f}, " in text


def test_other_numbers_give_other_words(data):
    noises = {name: dict(noise) for name, noise in data["noises"].items()}
    noises["ou"]["coverage"], noises["gaussian"]["coverage"] = [0.1], [0.9]
    noises["small_dt"]["measured"] = {**noises["small_dt"]["measured"], "correlation_time": 3.0}
    noises["uniform"]["measured"] = {**noises["uniform"]["measured"], "deviation": 9.0}
    text = exploration.finding({**data, "noises": noises})
    assert "no more than Gaussian noise" in text and "averages out" not in text
    assert "remembers 3 steps, not longer than an episode" in text
    assert "differ from theory" in text
    for name, noise in noises.items():
        last = -100.0 if name == "ou" else -500.0
        noise["training"] = [{"seed": s, "steps": [9], "returns": [last - s]} for s in range(3)]
    assert "the worst seed of OU, dt = 1 is above the best" in exploration.finding(
        {**data, "noises": noises}
    )


def test_figures_have_labelled_axes(data):
    figures = exploration.figures(data)
    assert set(figures) == {"paths", "visited_states", "learning"}
    for figure in figures.values():
        assert isinstance(figure, Figure)
        assert figure.get_suptitle()
        assert any(axis.get_xlabel() for axis in figure.axes)
        assert any(axis.get_ylabel() for axis in figure.axes)
