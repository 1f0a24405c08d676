"""The benchmark's finding says what its data says."""

import pytest

from comparisons import benchmark


@pytest.fixture(scope="module")
def data():
    return benchmark.run(True, lambda items, note: items)


def test_every_strategy_is_timed(data):
    assert set(data["updates_per_second"]) == set(benchmark.STRATEGIES)
    assert all(speed > 0 for speed in data["updates_per_second"].values())


def test_the_finding_follows_from_the_data(data):
    speeds = data["updates_per_second"] = {"mean_q": 1100.0, "surrogate": 1000.0}
    data["runs"] = [
        {"return": -150.4, "steps_per_second": 900.0},
        {"return": -160.2, "steps_per_second": 1000.0},
    ]
    finding = benchmark.finding(data)
    assert benchmark.spread(data) == pytest.approx(0.1)
    assert "10.0% faster" in finding
    assert "-160 to -150" in finding
    assert all(f"{speed:,.0f}" in finding for speed in speeds.values())
