"""A right gradient is called right, however it is written."""

import numpy as np
import pytest

from ddpg_tf.diagnosis import diagnose, make_case
from ddpg_tf.diagnosis.networks import Architecture
from ddpg_tf.diagnosis.verdict import OPEN_FLAG
from ddpg_tf.strategies import STRATEGIES, get_strategy
from tests.diagnosis import programs
from tests.sizes import small_version


@pytest.mark.parametrize("method", ["gradients", "update"])
@pytest.mark.parametrize("name", STRATEGIES)
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


@pytest.mark.slow
@pytest.mark.parametrize("chunk", small_version(range(10), 2))
def test_two_hundred_variants(chunk):
    for seed in range(20 * chunk, 20 * chunk + 20):
        rng = np.random.default_rng(seed)
        case = CASES[seed % len(CASES)]
        with_batch_norm = case.architecture.normalization == "batch"
        ways = (
            programs.WHOLE_BATCH if with_batch_norm else (programs.WHOLE_BATCH + programs.PIECEWISE)
        )
        way = ways[rng.integers(len(ways))]
        outsides = programs.GRAPH if seed % 3 == 0 else programs.EAGER
        outside = outsides[rng.integers(len(outsides))]
        flag = programs.FLAGS[rng.integers(2)]
        verdict = diagnose(outside(way, flag), cases=[case])
        assert verdict.correct, f"{way.__name__}, {outside}, {flag}, {case.architecture}: {verdict}"
