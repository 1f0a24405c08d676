"""The study of exploration noise: theory, paths, visited states, learning, and its claims."""

import math

import numpy as np
import pytest

from comparisons.exploration.measure import run
from comparisons.exploration.noises import NOISES, correlation_time, moments, path
from comparisons.exploration.trials import ANGLES, EPISODE, VELOCITIES, counts, coverage, training
from comparisons.registry import get_study
from tests.comparisons.committed import assert_refuted
from tests.sizes import IN_WHOLE_RUNS


@pytest.fixture(scope="module", params=IN_WHOLE_RUNS)
def data():
    return run(quick=True, track=lambda items, note: items)


def test_theory_follows_from_sums_over_the_random_numbers():
    for name in ("ou", "small_dt", "missing_root", "uniform"):
        noise = NOISES[name]
        kept = (1 - 0.15 * noise.dt) ** np.arange(40_000)
        # x = sum_k kept^k (scale n_k): means add, and variances add
        mean = noise.step_scale * noise.step_mean * kept.sum()
        deviation = noise.step_scale * noise.step_std * math.sqrt((kept**2).sum())
        theory = noise.theory()
        assert theory["mean"] == pytest.approx(mean)
        assert theory["standard_deviation"] == pytest.approx(deviation)
        lag = theory["correlation_time"]
        assert (1 - 0.15 * noise.dt) ** lag == pytest.approx(1 / math.e)


def test_measurements_agree_with_theory(data):
    for noise in data["noises"].values():
        measured, theory = noise["measured"], noise["theory"]
        error = 4 * theory["standard_deviation"] / math.sqrt(data["paths"])
        assert measured["mean"] == pytest.approx(theory["mean"], abs=error + 0.01)
        assert measured["standard_deviation"] == pytest.approx(
            theory["standard_deviation"], rel=0.08
        )
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
    assert NOISES["gaussian"].sigma == pytest.approx(NOISES["ou"].theory()["standard_deviation"])
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
    again = training(noise, seed=0, quick=True)
    assert again["returns"] == data["noises"]["ou"]["training"][0]["returns"]
    assert path(noise, EPISODE).tolist() == data["noises"]["ou"]["path"]


def test_each_noise_is_learned_with(data):
    returns = {tuple(noise["training"][0]["returns"]) for noise in data["noises"].values()}
    # annealed noise is OU noise with a smaller sigma, and each is another path of actions
    assert len(returns) == len(NOISES)


def test_the_claims_hold_of_a_quick_run(data):
    study = get_study("exploration")
    assert study.false_claims(data, quick=True) == []
    assert study.finding(data)


def returns_of(data, **noises):
    """Give each training of these noises another last return."""
    for name, last in noises.items():
        for run_of_seed in data["noises"][name]["training"]:
            run_of_seed["returns"][-1] = last


REFUTED_BY = {
    "agree with theory": lambda data: data["noises"]["uniform"]["measured"].update(
        standard_deviation=9.0
    ),
    "remembers for longer": lambda data: data["noises"]["small_dt"]["measured"].update(
        correlation_time=3.0
    ),
    "smaller over an episode": lambda data: data["noises"]["small_dt"].update(episode_rms=0.4),
    "ten times smaller": lambda data: data["noises"]["missing_root"]["measured"].update(
        standard_deviation=0.1
    ),
    "uniform numbers push": lambda data: data["noises"]["uniform"]["measured"].update(mean=0.0),
    "most states": lambda data: data["noises"]["ou"].update(coverage=[0.1]),
    "longer memory not more yet": lambda data: data["noises"]["small_dt"].update(coverage=[0.9]),
    "three best returns": lambda data: returns_of(data, small_dt=-100.0),
    "every seed of the best": lambda data: returns_of(data, uniform=-200.0),
    "annealed noise overlap": lambda data: returns_of(data, ou=-100.0, gaussian=-300.0),
    "worse than none": lambda data: returns_of(data, small_dt=-1_000.0),
}


def test_each_claim_can_be_refuted():
    assert_refuted("exploration", REFUTED_BY)
