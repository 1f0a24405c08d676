"""The study of n-step returns: its regulator against sums by hand, its numbers, its claims."""

import numpy as np
import pytest

from comparisons.n_step import measure, regulator
from comparisons.n_step.claims import areas, first_at_the_mark, learned
from comparisons.registry import get_study
from tests.comparisons.committed import assert_refuted, committed
from tests.sizes import IN_WHOLE_RUNS

GAMMA = 0.99


@pytest.fixture(scope="module", params=IN_WHOLE_RUNS)
def data():
    return measure.run(quick=True, track=lambda items, note: items)


def test_the_value_of_a_gain_is_the_sum_of_its_rewards():
    for gain in (0.1, 0.4, 0.9):
        states = (1 - gain) ** np.arange(2_000.0)
        rewards = -(states**2 + (gain * states) ** 2) * GAMMA ** np.arange(2_000.0)
        assert -regulator.value(gain) == pytest.approx(rewards.sum())


def test_a_target_is_the_sum_by_hand():
    """Two steps, the second with half of the first one's noise, from s = 2 by a = -0.3."""
    # the noise of a = -0.3 is 0.5 for a gain of 0.4; the second action is -0.4 * 1.7 + 0.25
    second = -0.43
    by_hand = -(4 + 0.09) - GAMMA * (1.7**2 + second**2)
    by_hand -= GAMMA**2 * regulator.value(0.4) * (1.7 + second) ** 2
    assert regulator.target(2.0, -0.3, 2, 0.4, 0.5) == pytest.approx(by_hand)


def test_targets_of_the_policy_itself_are_its_value_for_every_n():
    for n in (1, 3, 8):
        found = regulator.target(1.5, -regulator.GAIN * 1.5, n, regulator.GAIN, 0.7)
        assert found == pytest.approx(-regulator.value(regulator.GAIN) * 1.5**2)


def test_the_slope_of_one_step_is_the_derivative_of_q():
    gain, c = regulator.GAIN, regulator.value(regulator.GAIN)
    true = 2 * gain - 2 * GAMMA * c * (1 - gain)
    assert regulator.slope(1, gain, 0.85) == pytest.approx(true)


def test_random_noise_without_memory_shifts_a_target_and_does_not_tilt_it():
    """Many rollouts with Gaussian noise after the first action, drawn by NumPy."""
    rng = np.random.default_rng(0)
    noise = 0.5 * rng.standard_normal((2, 100_000))
    noise = np.concatenate([noise, -noise], axis=1)
    ends = []
    for first in (-0.3, -0.5):
        state, action, total = np.full(200_000, 1.0), np.full(200_000, first), 0.0
        for step in range(3):
            total = total - GAMMA**step * (state**2 + action**2)
            state = state + action
            action = -regulator.GAIN * state + (noise[step] if step < 2 else 0.0)
        ends.append(total - GAMMA**3 * regulator.value(regulator.GAIN) * state**2)
    tilt = (ends[0] - ends[1]).mean() / 0.2
    assert tilt == pytest.approx(regulator.slope(3, regulator.GAIN, 0.0), rel=1e-6)
    assert ends[0].mean() < regulator.target(1.0, -0.3, 3, regulator.GAIN, 0.0) - 0.1


def test_areas_and_seeds_that_learned():
    returns = [[-100.0, 90.0], [0.0, 80.0], [-50.0, -1.0], [0.0, 50.0], [0.0, 95.0]]
    assert learned("sparse", returns) == 4
    # of five, the lowest and the highest are left out
    assert areas({"returns": {"3": returns}}) == {"3": pytest.approx((-50 / 3 + 220 / 3) / 2)}


def test_the_first_evaluation_at_the_mark_of_the_seeds_that_reach_it():
    task = {
        "steps": [10, 20, 30],
        "returns": {"1": [[0.0, 60.0, -9.0], [0.0, 0.0, 0.0], [0.0, 0.0, 99.0]], "3": [[0.0] * 3]},
    }
    assert first_at_the_mark("sparse", task, "1") == 25
    assert np.isnan(first_at_the_mark("sparse", task, "3"))


def test_a_quick_run_has_the_names_of_the_committed_data(data):
    kept = committed("n_step")
    assert set(data) == set(kept)
    for name, task in data["tasks"].items():
        assert set(task) == set(kept["tasks"][name])
        assert set(task["returns"]) == {str(n) for n in measure.STEPS}


def test_the_claims_hold_of_a_quick_run(data):
    study = get_study("n_step")
    assert study.false_claims(data, quick=True) == []
    assert study.finding(data)


def all_end_at(task, n, value):
    """A change of the data: every seed's curve of this n is flat."""

    def change(data):
        returns = data["tasks"][task]["returns"]
        returns[n] = [[value] * len(seed) for seed in returns[n]]

    return change


REFUTED_BY = {
    "learn sooner than one": all_end_at("dense", "5", -1_000.0),
    "three learn soonest": all_end_at("dense", "5", -100.0),
    "last returns with dense reward overlap": all_end_at("dense", "5", -1_000.0),
    "sooner at the flag": all_end_at("sparse", "1", 90.0),
    "full throttle": all_end_at("sparse", "3", 0.0),
    "one step has no bias": lambda data: data["slopes"]["ou"].__setitem__(0, 1.1),
    "noise without memory": lambda data: data["slopes"]["gaussian"].__setitem__(1, 1.1),
    "an older policy and noise": lambda data: data["slopes"]["ou"].__setitem__(2, 0.5),
}


def test_each_claim_can_be_refuted():
    assert_refuted("n_step", REFUTED_BY)
