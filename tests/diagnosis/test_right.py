"""A right gradient is called right, however it is written."""

import numpy as np
import pytest
from tensorflow.python.eager import forwardprop

from ddpg_tf.diagnosis import default_cases, diagnose, make_case
from ddpg_tf.diagnosis.networks import Architecture
from ddpg_tf.diagnosis.verdict import OPEN_FLAG
from ddpg_tf.strategies import STRATEGIES, get_strategy
from tests.diagnosis import programs
from tests.sizes import small_version

METHODS = [
    (name, method)
    for place, name in enumerate(STRATEGIES)
    for method in ("gradients", "update")[:: (-1) ** place]
]
"""Of every strategy; every other of them is of another strategy, and the methods take turns."""


@pytest.mark.parametrize(("name", "method"), small_version(METHODS, len(STRATEGIES)))
def test_strategies(name, method):
    verdict = diagnose(getattr(get_strategy(name), method))
    assert verdict.correct, str(verdict)
    assert verdict.bits >= 17
    assert verdict.details == ()


def test_open_flag_is_right_with_a_note():
    def candidate(actor, critic, observations):
        return programs.mean_of_q(actor, critic, observations, {})

    verdict = diagnose(candidate)
    assert verdict.correct
    assert verdict.details == (OPEN_FLAG,)


def test_code_for_float32_alone_is_right_with_a_note():
    import tensorflow as tf

    def candidate(actor, critic, observations):
        n = tf.constant(float(len(observations)), tf.float32)
        summed = programs.mean_of_q(actor, critic, observations, {"training": True})
        return [g * n / n for g in summed]

    verdict = diagnose(candidate)
    assert verdict.correct, str(verdict)
    assert len(verdict.details) == 1
    assert "float64" in verdict.details[0]


def random_case(seed):
    """A small network of a random kind, with a batch of seven."""
    rng = np.random.default_rng(seed)
    low = -rng.uniform(0.1, 5, size=rng.integers(1, 4))
    spec = Architecture(
        obs_dim=int(rng.integers(1, 6)),
        low=tuple(low),
        high=tuple(low + rng.uniform(0.5, 10, size=len(low))),
        hidden_sizes=tuple(int(width) for width in rng.integers(3, 12, size=rng.integers(1, 3))),
        activation=str(rng.choice(["tanh", "softplus", "silu", "elu", "gelu", "sigmoid"])),
        normalization=str(rng.choice(["none", "none", "batch", "layer"])),
        dtype=str(rng.choice(["float32", "float32", "float64"])),
    )
    saturation, steepness = rng.choice([0.1, 1.0, 3.0]), rng.choice([0.1, 1.0, 100.0])
    return make_case(f"random {seed}", spec, (7,), seed, saturation, steepness)


CASES = [random_case(seed) for seed in range(12)]
WAYS = len(programs.WAYS)


def variant(seed):
    """A right program: a way to compute, an outside, a flag."""
    rng = np.random.default_rng(seed)
    way = programs.WAYS[seed % WAYS]
    # drawn anew in every call: what a graph keeps would be another network; and len() is no graph's
    eager = (programs.combined_model, programs.micro_batches)
    in_graph = seed % 5 == 0 and way not in eager
    outsides = programs.GRAPH if in_graph else programs.EAGER
    outside = outsides[(seed // 5 if in_graph else rng.integers(99)) % len(outsides)]
    # what takes a batch apart is right with batch norm in inference mode only
    flag = {} if way is programs.micro_batches else programs.FLAGS[rng.integers(2)]
    return f"{way.__name__}, {outside.__name__}, {flag}", outside(way, flag)


@pytest.mark.parametrize("seed", small_version(range(19 * WAYS), WAYS))
def test_variants(seed):
    """Every way, in a whole run nineteen times; with a random network and one of the usual ones."""
    name, program = variant(seed)
    own, usual = CASES[seed % len(CASES)], default_cases()
    verdict = diagnose(program, cases=[own, usual[(seed + seed // len(CASES)) % len(usual)]])
    assert verdict.correct, f"{name}: {verdict}"


@pytest.mark.parametrize(
    ("way", "normalization"),
    [
        (programs.sample_by_sample, "layer"),
        (programs.forward_mode, "none"),
        (programs.forward_mode, "batch"),
    ],
)
def test_slow_ways(way, normalization, monkeypatch):
    """With small networks: forward mode traces every operation anew for every shape.

    As in a process of its own, which a submission has: when a process has traced an operation for
    32 shapes, forward mode traces it for any shape, and fails where those had several ranks.
    """
    monkeypatch.setattr(forwardprop, "_TRACE_COUNT", {})
    spec = Architecture(2, (-1.0, 0.5), (3.0, 0.75), (3,), "softplus", normalization)
    program = programs.returned_as_list(way, {"training": True})
    verdict = diagnose(program, cases=[make_case(normalization, spec, (7,))])
    assert verdict.correct, str(verdict)
