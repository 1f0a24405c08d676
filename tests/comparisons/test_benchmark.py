"""The benchmark: what it times, and what its finding claims."""

import pytest

from comparisons.benchmark.claims import values
from comparisons.benchmark.measure import STRATEGIES, run
from comparisons.registry import get_study
from tests.comparisons.committed import assert_refuted
from tests.sizes import IN_WHOLE_RUNS


@pytest.fixture(scope="module", params=IN_WHOLE_RUNS)
def data():
    return run(quick=True, track=lambda items, note: items)


def test_every_strategy_is_timed(data):
    assert set(data["updates_per_second"]) == set(STRATEGIES)
    assert all(speed > 0 for speed in data["updates_per_second"].values())


def test_the_values_follow_from_the_data(data):
    runs = [
        {"return": -150.4, "steps_per_second": 900.0},
        {"return": -160.2, "steps_per_second": 1000.0},
    ]
    speeds = {"mean_q": 1100.0, "surrogate": 1000.0}
    known = values({**data, "updates_per_second": speeds, "runs": runs})
    assert known["spread"] == pytest.approx(0.1)
    assert (known["lowest_return"], known["highest_return"]) == (-160.2, -150.4)
    assert (known["slowest"], known["fastest"], known["seeds"]) == (900, 1000, 2)


def test_the_claims_hold_of_a_quick_run(data):
    study = get_study("benchmark")
    assert study.false_claims(data, quick=True) == []
    assert study.finding(data)


REFUTED_BY = {
    "about as fast": lambda data: data["updates_per_second"].update(mean_q=100.0),
    "every seed": lambda data: data["runs"][3].update({"return": -1200.0}),
}


def test_each_claim_can_be_refuted():
    assert_refuted("benchmark", REFUTED_BY)
