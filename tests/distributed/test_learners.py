"""N workers with B / N transitions each make the update of one with all B. Real processes."""

from pathlib import Path

import pytest

from ddpg_tf.distributed.launch import messages
from ddpg_tf.strategies import STRATEGIES
from tests.sizes import WHOLE

EVERYTHING = "get_updates"
"""The strategy of the case in which everything is on; the others are for whole runs."""
EQUAL = [
    *({"strategy": name} for name in STRATEGIES if WHOLE and name != EVERYTHING),
    {
        "strategy": EVERYTHING,
        "algorithm": "td3",
        # its noise is each worker's own
        "target_noise_sigma": 0.0,
        "normalize_returns": True,
        "pop_art": True,
        "normalize_observations": True,
        "gradient_clip_norm": 0.1,
        "critic_l2": 0.01,
    },
]
BATCH_NORM = {"normalization": "batch"}


@pytest.fixture(scope="module")
def told():
    """What two workers tell, by what they tell of."""
    root = Path(__file__).parents[2]
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(root)
        order = {"cases": [*EQUAL, BATCH_NORM]}
        return list(messages("tests.distributed.learners", order, workers=2))


@pytest.mark.slow
@pytest.mark.parametrize("case", EQUAL, ids=lambda case: case["strategy"])
def test_two_workers_with_half_a_batch_make_the_update_of_one(told, case):
    apart = {m["worker"]: m["apart"] for m in told if m.get("case") == case}
    assert set(apart) == {0, 1}
    assert max(apart.values()) < 1e-6


@pytest.mark.slow
def test_batch_norm_uses_the_statistics_of_each_workers_own_share(told):
    apart = {m["worker"]: m["apart"] for m in told if m.get("case") == BATCH_NORM}
    # so it cannot be the update of one; but all workers stayed equal, or there would be no word
    assert apart[0] == apart[1] > 1e-3


@pytest.mark.slow
def test_one_bit_of_difference_is_noticed_by_every_worker(told):
    warnings = {m["worker"]: m["warning"] for m in told if "warning" in m}
    assert set(warnings) == {0, 1}
    for text in warnings.values():
        assert all(name in text for name in ("worker 1", "worker 0", "1234"))
