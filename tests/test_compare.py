"""The main job must see a difference where there is one, and name its place rightly."""

import re
from dataclasses import replace

import numpy as np
import pytest

from comparisons.benchmark.measure import random_batches
from ddpg_tf.config import DDPGConfig
from ddpg_tf.training.lockstep import (
    FingerprintedDDPG,
    closing_sentence,
    compare,
    compare_group,
    is_power_of_two,
    same_bits,
    unexpected,
)
from ddpg_tf.training.loop import TrainingRun
from tests.sizes import small_version

CONFIG = DDPGConfig(
    total_steps=130,
    warmup_steps=100,
    update_every=10,
    hidden_sizes=(16,),
    eval_every=130,
    eval_episodes=1,
    jit_compile=False,
)
NUDGED_UPDATE = 7


@pytest.fixture(scope="module")
def result():
    return compare(CONFIG, batch_sizes=(64, 100))


def compiled(strategy):
    """As the main job runs, where the bits are the same."""
    config = replace(CONFIG, jit_compile=True)
    return compare(config, batch_sizes=(64,), strategies=("mean_q", strategy))


@pytest.mark.parametrize("way", ["graph", *small_version(["output_gradients", "get_updates"], 1)])
def test_powers_of_two_keep_every_bit(way, result):
    """In a graph all three; compiled, each of two against `mean_q`."""
    if way != "graph":
        result = compiled(way)
    group = result["groups"][0]
    assert unexpected(result) == []
    for run in group["runs"].values():
        assert run["same_weights"] and run["same_returns"] and run["same_transitions"]
        assert run["first_different_update"] is None
        assert [difference for _, difference in run["differences"]] == [0.0, 0.0, 0.0]
        assert [update for update, _ in run["differences"]] == [10, 20, 30]


def test_other_batch_sizes_differ_and_the_first_update_is_named(result):
    run = result["groups"][1]["runs"]["output_gradients"]
    assert not run["same_weights"]
    assert 1 <= run["first_different_update"] <= 10
    assert run["differences"][-1][1] > 0


def numbers(text):
    return [int(number) for number in re.findall(r"(?<![\w.-])\d+(?![\w.-]*\d)", text)]


def test_the_sentence_follows_from_the_result(result):
    same, different = closing_sentence(result).split(";")
    assert numbers(same) == [64, 3, 30]  # batch size, strategies, updates
    run = result["groups"][1]["runs"]["output_gradients"]
    first = [run["first_different_update"], run["first_different_step"]]
    assert numbers(different) == [100, *(place for place in first if place is not None)]
    assert "output_gradients" in different and "output_gradients" not in same


def test_a_difference_at_a_power_of_two_is_seen_and_said():
    """target_action is not equal to the bit: at batch 64 too the result must say so."""
    runs = [
        TrainingRun(replace_strategy(name), FingerprintedDDPG)
        for name in ("mean_q", "target_action")
    ]
    result = {"config": CONFIG.to_dict(), "groups": [compare_group(runs, lambda steps: None)]}
    assert [group["batch_size"] for group in unexpected(result)] == [64]
    sentence = closing_sentence(result)
    assert "target_action" in sentence and numbers(sentence)[0] == 64
    assert result["groups"][0]["runs"]["target_action"]["first_different_update"] in numbers(
        sentence
    )


def replace_strategy(name):
    return replace(CONFIG, strategy=name)


def test_the_first_different_update_is_the_true_one():
    """Two agents, equal until one weight of one is nudged before a known update."""
    agents = [TrainingRun(CONFIG, FingerprintedDDPG).agent for _ in range(2)]
    batches = random_batches(12)
    prints = [[], []]
    for k in range(12):
        if k == NUDGED_UPDATE:
            kernel = agents[1].critic.weights[0]
            kernel.assign(np.nextafter(kernel.numpy(), np.float32(9)))
        batch = {name: array[k] for name, array in batches.items()}
        for agent, seen in zip(agents, prints, strict=True):
            seen.append(int(agent.learn(batch)["fingerprint"][0]))
    differs = np.array(prints[0]) != np.array(prints[1])
    assert differs.tolist() == [k >= NUDGED_UPDATE for k in range(12)]


def test_the_fingerprint_sees_actor_and_critic():
    agent = TrainingRun(CONFIG, FingerprintedDDPG).agent
    before = int(agent._fingerprint())
    for name in ("actor", "critic"):
        weight = getattr(agent, name).weights[-1]
        kept = weight.numpy()
        changed = kept.copy()
        changed.flat[0] = np.nextafter(changed.flat[0], np.float32(9))
        weight.assign(changed)
        assert int(agent._fingerprint()) != before
        weight.assign(kept)
    assert int(agent._fingerprint()) == before


def test_same_bits_tells_zeros_and_nans_apart():
    a = np.array([0.0, np.nan, 1.0], np.float32)
    b = np.array([-0.0, np.nan, np.nextafter(np.float32(1), np.float32(2))], np.float32)
    assert same_bits(a, b).tolist() == [False, True, False]


def test_powers_of_two():
    assert [n for n in range(20) if is_power_of_two(n)] == [1, 2, 4, 8, 16]
