import copy

import pytest
from matplotlib.figure import Figure

import ddpg_tf.agents.ddpg
import ddpg_tf.strategies.base
import ddpg_tf.strategies.get_updates
from comparisons import lockstep
from comparisons.lockstep.finding import fence_sentence, sentence
from comparisons.lockstep.groups import healed, kept, parted
from ddpg_tf.strategies.fence import fence

MODULES = (ddpg_tf.strategies.base, ddpg_tf.strategies.get_updates, ddpg_tf.agents.ddpg)


@pytest.fixture(scope="module")
def data():
    return lockstep.run(True, lambda items, note: items)


def pick(data, batch_size, fenced):
    (group,) = [g for g in data["groups"] if (g["batch_size"], g["fenced"]) == (batch_size, fenced)]
    return group


def test_the_fence_is_gone_inside_and_back_outside():
    with pytest.raises(KeyError), lockstep.no_fence():
        assert all(module.fence is list for module in MODULES)
        raise KeyError
    assert all(module.fence is fence for module in MODULES)


def test_with_the_fence_a_power_of_two_keeps_the_bits(data):
    group = pick(data, 64, True)
    assert parted(group) == {} and kept(group) == ["output_gradients"]
    assert all(run["same_transitions"] and run["same_returns"] for run in group["runs"].values())


@pytest.mark.parametrize("fenced", [True, False])
def test_another_batch_size_parts_at_once(data, fenced):
    group = pick(data, 100, fenced)
    assert parted(group) == {"output_gradients": 1}
    updates, difference = group["runs"]["output_gradients"]["differences"][-1]
    assert updates == 20 and 0 < difference < 1e-3


def test_another_seed_is_farther_away_than_another_bit(data):
    other_bit = pick(data, 100, True)["runs"]["output_gradients"]["differences"][-1][1]
    assert data["seeds"]["differences"][-1][1] > 100 * other_bit
    first_seed = pick(data, 64, True)["runs"]["mean_q"]["eval_returns"]
    assert data["seeds"]["returns"]["0"] == first_seed != data["seeds"]["returns"]["1"]


def test_the_finding_says_what_the_data_say(data):
    text = lockstep.finding(data)
    assert "Batch 64, with the fence: output_gradients kept the bits of mean_q throughout." in text
    assert "Batch 100, with the fence: output_gradients parted at update 1 " in text
    for group in data["groups"]:
        for run in group["runs"].values():
            assert f"| {run['differences'][-1][1]:.2g} |" in text
    assert f"| {data['seeds']['returns']['1'][-1]:.0f} |" in text


def made_up(data, update, end):
    """The data as if output_gradients had parted, at batch 64 and without the fence, like this."""
    changed = copy.deepcopy(data)
    run = pick(changed, 64, False)["runs"]["output_gradients"]
    run["first_different_update"] = update
    run["differences"][-1][1] = end
    return changed


def test_a_fence_that_changes_nothing_is_said_to_change_nothing(data):
    text = fence_sentence(made_up(data, None, 0.0))
    assert text.startswith("Taking the fence away changed nothing")


def test_a_run_that_parts_without_the_fence_is_named(data):
    changed = made_up(data, 17, 0.5)
    assert "at batch 64, output_gradients (update 17) parted" in fence_sentence(changed)
    assert "parted at update 17 and ended up to 0.5 away" in sentence(pick(changed, 64, False))


def test_a_difference_that_rounding_absorbed_is_told_as_such(data):
    group = pick(made_up(data, 17, 0.0), 64, False)
    assert healed(group) == ["output_gradients"]
    assert "parted at update 17 but ended with equal weights" in sentence(group)


def test_the_figures_name_their_axes(data):
    drawn = lockstep.figures(data)
    assert set(drawn) == {"differences", "returns"}
    for figure in drawn.values():
        assert isinstance(figure, Figure)
        assert all(axis.get_xlabel() for axis in figure.axes)
        assert figure.axes[0].get_ylabel()
