import pytest
import tensorflow as tf

from comparisons import lockstep
from comparisons.lockstep.groups import first_differences, kept
from comparisons.lockstep.measure import UnfencedDDPG, quick_conditions
from comparisons.registry import get_study
from ddpg_tf.batch import Batch
from ddpg_tf.training.lockstep import FingerprintedDDPG
from ddpg_tf.training.loop import TrainingRun
from tests.comparisons.committed import assert_refuted
from tests.sizes import IN_WHOLE_RUNS


@pytest.fixture(scope="module", params=IN_WHOLE_RUNS)
def data():
    return lockstep.run(True, lambda items, note: items)


def pick(data, batch_size, fenced):
    (group,) = [g for g in data["groups"] if (g["batch_size"], g["fenced"]) == (batch_size, fenced)]
    return group


@pytest.mark.parametrize(("agent_class", "fences"), [(FingerprintedDDPG, 2), (UnfencedDDPG, 0)])
def test_the_fence_stands_before_both_optimisers_or_before_none(agent_class, fences):
    config, _ = quick_conditions()
    with TrainingRun(config, agent_class) as run:
        size, count = run.agent.observation_size, config.batch_size
        batch = Batch(
            observations=tf.zeros((count, size)),
            actions=tf.zeros((count, run.agent.action_size)),
            rewards=tf.zeros(count),
            next_observations=tf.zeros((count, size)),
            terminated=tf.zeros(count),
            discounts=tf.fill([count], config.gamma),
        )
        update = tf.function(run.agent.one_update, autograph=False)
        operations = update.get_concrete_function(batch).graph.get_operations()
    # a fence is a branch: see ddpg_tf.strategies.fence
    assert sum(operation.type in ("If", "StatelessIf") for operation in operations) == fences


def test_with_the_fence_a_power_of_two_keeps_the_bits(data):
    group = pick(data, 64, True)
    assert first_differences(group) == {} and kept(group) == ["output_gradients"]
    assert all(run["same_transitions"] and run["same_returns"] for run in group["runs"].values())


@pytest.mark.parametrize("fenced", [True, False])
def test_another_batch_size_differs_at_once(data, fenced):
    group = pick(data, 100, fenced)
    assert first_differences(group) == {"output_gradients": 1}
    updates, difference = group["runs"]["output_gradients"]["differences"][-1]
    assert updates == 20 and 0 < difference < 1e-3


def test_another_seed_is_farther_away_than_another_bit(data):
    other_bit = pick(data, 100, True)["runs"]["output_gradients"]["differences"][-1][1]
    assert data["seeds"]["differences"][-1][1] > 100 * other_bit
    first_seed = pick(data, 64, True)["runs"]["mean_q"]["eval_returns"]
    assert data["seeds"]["returns"]["0"] == first_seed != data["seeds"]["returns"]["1"]


def test_the_claims_hold_of_a_quick_run(data):
    assert get_study("lockstep").false_claims(data, quick=True) == []
    assert get_study("lockstep").finding(data)


def in_the_run(name, batch_size=64, fenced=True, normalization="none", end=None, **change):
    """Change one run of the committed data; end: its last difference of a weight."""

    def apply(data):
        (run,) = [
            group["runs"][name]
            for group in data["groups"]
            if (group["batch_size"], group["fenced"], group["normalization"])
            == (batch_size, fenced, normalization)
        ]
        run.update(change)
        if end is not None:
            run["differences"][-1][1] = end

    return apply


REFUTED_BY = {
    "batch 64:": in_the_run("target_action", first_different_update=2),
    "batch 100:": in_the_run("get_updates", 100, first_different_update=5),
    "batch norm:": in_the_run("get_updates", normalization="batch", first_different_update=None),
    "every transition": in_the_run("surrogate", same_transitions=False),
    "without the fence, batch 64:": in_the_run("output_gradients", fenced=False, end=0.0),
    "without the fence, batch norm:": in_the_run(
        "output_gradients", fenced=False, normalization="batch", first_different_update=None
    ),
    "all others": in_the_run("surrogate", fenced=False, first_different_update=9),
    "last return": in_the_run("target_action", eval_returns=[1000.0]),
    "farther away": in_the_run("target_action", end=50.0),
}


def test_each_claim_can_be_refuted():
    assert_refuted("lockstep", REFUTED_BY)
