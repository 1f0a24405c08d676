"""The study of growth: laws that are found again, and claims that can be refuted."""

import numpy as np
import pytest

from comparisons import growth
from comparisons.growth.claims import speeds
from comparisons.growth.laws import law_of, power, power_beside_fixed
from comparisons.growth.measure import SWEEPS, WORKERS, config_of, in_order
from comparisons.registry import gathered
from ddpg_tf.replay import ReplayBuffer
from tests.sizes import IN_WHOLE_RUNS

SIZES = [64, 128, 256, 512, 1_024]


def times(fixed, factor, exponent, sizes=SIZES):
    return fixed + factor * np.array(sizes, float) ** exponent


@pytest.mark.parametrize("exponent", [-1.0, -0.02, 0.5, 2.0])
def test_a_power_is_found_again(exponent):
    law = power(np.array(SIZES), times(0, 3e-5, exponent))
    assert law.exponent == pytest.approx(exponent, abs=1e-9)
    assert law.fixed == 0
    assert law.seconds([2_048]) == pytest.approx(3e-5 * 2_048.0**exponent)


@pytest.mark.parametrize(("fixed", "exponent"), [(4e-4, 2.0), (4e-4, 1.0), (4e-4, -1.0), (0, 1.5)])
def test_a_power_beside_a_fixed_part_is_found_again(fixed, exponent):
    factor = 1e-3 / 64**exponent
    law = power_beside_fixed(np.array(SIZES), times(fixed, factor, exponent))
    assert law.exponent == pytest.approx(exponent, abs=0.011)
    assert law.fixed == pytest.approx(fixed, abs=2e-5)
    assert law.seconds(SIZES) == pytest.approx(times(fixed, factor, exponent), rel=0.01)


def test_no_part_of_a_law_is_negative():
    # falls faster than any power that ends above zero
    law = power_beside_fixed(np.array(SIZES), times(-4e-4, 1e-3, 0))
    assert law.fixed >= 0 and law.factor >= 0
    curved = power_beside_fixed(np.array(SIZES), np.array([1.0, 2.1, 4.3, 8.9, 18.0]))
    assert curved.fixed == 0 and curved.exponent == pytest.approx(1.04, abs=0.03)


def test_the_best_law_is_the_best_of_all():
    """Against a search over all three numbers that knows nothing of linear problems."""
    generator = np.random.default_rng(0)
    seconds = times(4e-4, 2e-8, 1.7) * generator.uniform(0.95, 1.05, len(SIZES))
    law = power_beside_fixed(np.array(SIZES), seconds)

    def error(fixed, factor, exponent):
        said = fixed + factor * (np.array(SIZES) / 1_024) ** exponent
        return float((((said - seconds) / seconds) ** 2).sum())

    best = error(law.fixed, law.factor, law.exponent)
    for _ in range(3_000):
        near = generator.normal(1, 0.05, 3)
        other = law.fixed * near[0], law.factor * near[1], law.exponent * near[2]
        assert error(*other) >= best * (1 - 1e-3)


def test_the_error_is_that_of_the_rounds():
    generator = np.random.default_rng(0)

    def law(scatter):
        rounds = times(0, 1e-6, 1.0) * np.exp(scatter * generator.standard_normal((9, 5)))
        return law_of(SIZES, rounds.tolist(), has_fixed_part=False)

    assert law(0.0).error == pytest.approx(0, abs=1e-12)
    noisy = law(0.1)
    # a line through 5 logarithms, each a median of 9: about 1.2 * 0.1 / 3 over their spread
    expected = 1.2 * 0.1 / 3 / np.sqrt(5 * np.log(SIZES).var())
    assert expected / 2 < noisy.error < 2 * expected
    assert abs(noisy.exponent - 1) < 4 * expected


def test_made_up_transitions_follow_one_another():
    replay = ReplayBuffer(500, 3, 1)
    replay.extend(in_order(500))
    assert len(replay) == 500
    # of a transition whose next one is stored, nothing is kept by itself
    assert len(replay._last) == 1
    batch = replay.contents()
    np.testing.assert_array_equal(batch.next_observations[:-1], batch.observations[1:])


@pytest.mark.parametrize("name", SWEEPS)
def test_a_sweep_changes_one_field(name):
    sweep = SWEEPS[name]
    configs = [config_of(sweep.field, size, quick=False).to_dict() for size in sweep.sizes]
    fields = {field for field in configs[0] if len({str(c[field]) for c in configs}) > 1}
    assert fields - {"warmup_steps"} == {sweep.field}
    assert all(config["warmup_steps"] >= config["batch_size"] for config in configs)


LAWS = {
    "buffer": (0, 5e-4, 0.01),
    "width": (3e-4, 5e-9, 2.0),
    "batch": (2e-4, 3e-6, 1.0),
    "environments": (0, 1e-3, -0.02),
    "workers": (0, 1e-3, 0.5),
}


def invented(**laws):
    """Data that follow these laws without scatter."""
    sizes = {name: list(sweep.sizes) for name, sweep in SWEEPS.items()} | {"workers": [1, 2]}
    sweeps = {
        name: {
            "sizes": sizes[name],
            "rounds": [times(*law, sizes[name]).tolist()] * 3,
            "has_fixed_part": law[0] > 0,
        }
        for name, law in (LAWS | laws).items()
    }
    return {"block": 64, "batch_size": 64, "sweeps": sweeps}


def test_every_claim_is_true_of_these_laws_and_its_numbers_are_known():
    study, data = gathered("growth"), invented()
    assert study.false_claims(data) == []
    assert study.finding(data)
    exponents = study.values(data)["exponents"]
    assert exponents == pytest.approx({name: law[2] for name, law in LAWS.items()}, abs=0.011)


def test_speeds_are_those_of_the_middle_round():
    sweep = {"rounds": [[1.0, 2.0], [0.5, 8.0], [0.25, 4.0]]}
    assert speeds(sweep) == [2.0, 0.25]


REFUTED_BY = {
    "replay buffer hardly matters": {"buffer": (0, 5e-4, 0.2)},
    "width grows nearly": {"width": (3e-4, 5e-6, 1.0)},
    "in proportion": {"batch": (2e-4, 3e-8, 2.0)},
    "environments": {"environments": (0, 1e-4, 0.5)},
}


@pytest.mark.parametrize(("claim", "part"), [*zip(growth.CLAIMS, REFUTED_BY, strict=True)])
def test_each_claim_can_be_refuted(claim, part):
    assert part in claim.sentence
    false = gathered("growth").false_claims(invented(**REFUTED_BY[part]))
    assert any(line.startswith(claim.sentence) for line in false)


def test_the_law_is_drawn_through_what_was_measured():
    figure = growth.figures(invented())["growth"]
    assert len(figure.axes) == len(LAWS)
    for axis, law in zip(figure.axes, LAWS.values(), strict=True):
        curve = axis.lines[-1]
        first, last = curve.get_xdata()[[0, -1]]
        drawn = 1 / curve.get_ydata()[[0, -1]]
        np.testing.assert_allclose(drawn, times(*law, [first, last]), rtol=0.02)


@pytest.fixture(scope="module", params=IN_WHOLE_RUNS)
def data():
    return growth.run(quick=True, track=lambda items, note: items)


def test_a_quick_run_measures_every_size(data):
    assert set(data["sweeps"]) == {*SWEEPS, "workers"}
    for name, sweep in data["sweeps"].items():
        sizes = WORKERS if name == "workers" else SWEEPS[name].quick
        assert np.shape(sweep["rounds"]) == (1 if name == "workers" else 2, len(sizes))
        assert np.min(sweep["rounds"]) > 0
    study = gathered("growth")
    assert study.false_claims(data, quick=True) == []
    assert study.finding(data)
