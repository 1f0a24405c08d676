"""What the study of several workers counts, predicts and claims."""

import numpy as np
import pytest

from comparisons import scaling
from comparisons.registry import get_study
from comparisons.scaling.claims import speeds, values
from comparisons.scaling.measure import CASES
from comparisons.scaling.on_paper import (
    all_reduce_seconds,
    fastest,
    link_of,
    ring_bytes,
    update_seconds,
    update_sizes,
)
from ddpg_tf.config import DDPGConfig
from tests.comparisons.committed import assert_refuted


def invented(hop=1e-3, seconds_per_byte=1e-9):
    """Data of two cases whose link is known."""
    cases = {}
    for name, size, compute in (("small", 1e5, 1e-3), ("large", 4e6, 1e-1)):
        all_reduce = 4 * hop + size * seconds_per_byte
        seconds = dict.fromkeys(("xla", "graph", "run_alone"), compute)
        seconds |= {"all_reduce": all_reduce, "together": compute / 2 + all_reduce}
        cases[name] = {
            "batch_size": 64,
            "hidden_sizes": [8, 8],
            "seconds": seconds | {"run_together": seconds["together"]},
            "sizes": update_sizes(DDPGConfig(hidden_sizes=(8, 8)), 3, 1) | {"gradient_bytes": size},
        }
    return {"cases": cases, "link": link_of(cases["small"], cases["large"])}


def test_sizes_of_a_network_that_can_be_counted_by_hand():
    config = DDPGConfig(hidden_sizes=(5,), batch_size=10, buffer_size=1_000)
    sizes = update_sizes(config, observation_size=3, action_size=2)
    # actor 3-5-2, critic (3 + 2)-5-1
    parameters = (3 * 5 + 5 + 5 * 2 + 2) + (5 * 5 + 5 + 5 * 1 + 1)
    assert sizes["gradient_bytes"] == 4 * parameters
    products = (3 * (3 * 5) + 4 * (5 * 2)) + (5 * (5 * 5) + 6 * (5 * 1))
    assert sizes["flops"] == 2 * 10 * products
    assert sizes["transition_bytes"] == 4 * (3 + 2 + 1 + 3 + 1)
    assert sizes["batch_bytes"] == 10 * sizes["transition_bytes"]
    assert sizes["replay_bytes"] == 1_000 * sizes["transition_bytes"]


def test_the_sizes_of_td3_are_those_of_an_update_on_average():
    config = DDPGConfig(algorithm="td3", policy_delay=3, hidden_sizes=(5,), batch_size=10)
    sizes = update_sizes(config, observation_size=3, action_size=2)
    first, second, critic_first, critic_second = 3 * 5, 5 * 2, 5 * 5, 5 * 1
    critics = 2 * (25 + 5 + 5 + 1)
    assert sizes["gradient_bytes"] == 4 * (3 * 5 + 5 + 5 * 2 + 2 + critics)
    # three updates: of both critics and their targets each time, of the actor once
    three = 3 * 2 * (3 * critic_first + 4 * critic_second) + 3 * (first + second)
    three += (2 * first + 3 * second) + 2 * (critic_first + critic_second)
    assert 3 * sizes["flops"] == pytest.approx(2 * 10 * three)


@pytest.mark.parametrize("workers", [1, 2, 3, 7])
def test_a_ring_that_is_played_sends_what_is_said(workers):
    """All-reduce numbers by passing pieces round a ring, and count what the first worker sends."""
    parts = np.random.default_rng(0).integers(0, 100, (workers, workers, 4))
    total, sent = parts.sum(axis=0), 0
    for is_known in (False, True):
        for step in range(workers - 1):
            # worker i sends the piece that it got last, and in the first round of all, its own
            pieces = [(i, (i - step + is_known) % workers) for i in range(workers)]
            passed = [parts[i, piece].copy() for i, piece in pieces]
            for (i, piece), numbers in zip(pieces, passed, strict=True):
                to = (i + 1) % workers
                parts[to, piece] = numbers if is_known else parts[to, piece] + numbers
                sent += len(numbers) * (i == 0)
    assert (parts == total).all()
    assert sent == ring_bytes(4 * workers, workers)


def test_the_cost_of_a_message_is_found_again():
    data = invented(hop=2e-3, seconds_per_byte=3e-9)
    assert data["link"] == pytest.approx({"hop": 2e-3, "seconds_per_byte": 3e-9})
    for case in data["cases"].values():
        size, seconds = case["sizes"]["gradient_bytes"], case["seconds"]
        assert all_reduce_seconds(size, 2, data["link"]) == pytest.approx(seconds["all_reduce"])
        assert update_seconds(case, 2, data["link"]) == pytest.approx(seconds["together"])
        assert update_seconds(case, 1, data["link"]) == seconds["graph"]


def test_the_fastest_number_of_workers_balances_computing_and_messages():
    data = invented(hop=1e-3, seconds_per_byte=0.0)
    # compute / N + 4 (N - 1) hop is least at N = sqrt(compute / (4 hop))
    assert fastest(data["cases"]["small"], data["link"]) == 1
    assert fastest(data["cases"]["large"], data["link"]) == 5


def test_the_speeds_follow_from_the_seconds():
    # 1 ms alone; 0.5 + 4.1 ms together
    measured = speeds(invented()["cases"]["small"])
    assert measured["graph"] == pytest.approx((1_000, 1 / 4.6e-3))
    # twice the steps, in the same time
    assert measured["run"] == pytest.approx((1_000, 2 / 4.6e-3))
    known = values(invented())
    assert known["small_share"] == pytest.approx(4.1 / 4.6)
    assert (known["hop_us"], known["ns_per_byte"]) == pytest.approx((1_000, 1))
    assert (known["fastest_small"], known["fastest_large"]) == (1, 5)


REFUTED_BY = {
    "small updates": lambda data: data["cases"]["small"]["seconds"].update(together=1e-3),
    "averaging is most": lambda data: data["cases"]["small"]["seconds"].update(all_reduce=1e-3),
    "large updates": lambda data: data["cases"]["large"]["seconds"].update(run_together=1.0),
    "a smaller share": lambda data: data["cases"]["large"]["seconds"].update(all_reduce=0.03),
    "on paper": lambda data: data["link"].update(hop=0.0, seconds_per_byte=0.0),
    "less than one transition": lambda data: data["cases"]["small"].update(batch_size=512),
    "gradients are much larger": lambda data: data["cases"]["small"]["sizes"].update(
        gradient_bytes=3_000
    ),
}


def test_each_claim_can_be_refuted():
    assert_refuted("scaling", REFUTED_BY)


@pytest.mark.whole
def test_two_workers_are_measured_against_one():
    data = scaling.run(True, lambda items, note: items)
    assert set(data["cases"]) == set(CASES)
    names = {"xla", "graph", "together", "all_reduce", "run_alone", "run_together"}
    for case in data["cases"].values():
        assert set(case["seconds"]) == names
        assert min(case["seconds"].values()) > 0
    study = get_study("scaling")
    assert study.false_claims(data, quick=True) == []
    assert study.finding(data)
