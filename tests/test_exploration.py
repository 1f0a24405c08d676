"""The noise against the theory of its process, with bounds that follow from the sample's size.

Components of a sample are independent, so that many components are many runs of the process.
"""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ddpg_tf.config import DDPGConfig
from ddpg_tf.exploration.noise import (
    GaussianNoise,
    NoNoise,
    OrnsteinUhlenbeckNoise,
    PullNoise,
    annealed_sigma,
    build_noise,
    linear_annealing,
)
from tests.errors import refused

CHAINS = 20_000
ERRORS = 5
"""Standard errors of the estimate that are allowed; seeds are fixed, so nothing is flaky."""


def assert_deviation(samples, deviation):
    """The samples' mean is 0 and their variance is deviation^2, within the estimates' errors."""
    n = samples.size
    assert abs(samples.mean()) < ERRORS * deviation / math.sqrt(n)
    assert abs(samples.var() / deviation**2 - 1) < ERRORS * math.sqrt(2 / n)


@pytest.mark.parametrize("sigma", [0.1, 0.2, 1.5])
def test_gaussian_deviation(sigma):
    assert_deviation(GaussianNoise(CHAINS, np.random.default_rng(0))(sigma), sigma)


def test_gaussian_samples_are_independent_in_time():
    noise = GaussianNoise(CHAINS, np.random.default_rng(0))
    correlation = np.corrcoef(noise(1.0), noise(1.0))[0, 1]
    assert abs(correlation) < ERRORS / math.sqrt(CHAINS)


def test_scale_zero_is_no_noise():
    np.testing.assert_array_equal(GaussianNoise(3, np.random.default_rng(0))(0.0), 0)
    np.testing.assert_array_equal(NoNoise(3, np.random.default_rng(0))(1.0), 0)


THETA, SIGMA = 0.5, 0.3


def check_against_theory(process, dt):
    """Assert variance and autocorrelation of Euler-Maruyama steps of length dt.

    x' = a x + sigma sqrt(dt) n with a = 1 - theta dt, so the variance after k steps from zero is
    sigma^2 dt (1 - a^2k) / (1 - a^2), and the correlation over a lag of k steps tends to a^k.
    """
    a = 1 - THETA * dt
    steps = max(20, math.ceil(5 / (THETA * dt)))  # e^-10 of the way to the stationary state
    for _ in range(steps):
        start = process(SIGMA)
    variance = SIGMA**2 * dt * (1 - a ** (2 * steps)) / (1 - a**2)
    assert_deviation(start, math.sqrt(variance))
    done = 0
    for lag in (1, 2, max(3, round(1 / (THETA * dt)))):
        for _ in range(lag - done):
            later = process(SIGMA)
        done = lag
        correlation = np.corrcoef(start, later)[0, 1]
        error = (1 - a ** (2 * lag)) / math.sqrt(CHAINS)
        assert abs(correlation - a**lag) < ERRORS * error + 1e-4


@pytest.mark.parametrize("dt", [0.01, 0.1, 1.0])
def test_ornstein_uhlenbeck_against_theory(dt):
    noise = OrnsteinUhlenbeckNoise(CHAINS, np.random.default_rng(1), THETA, dt)
    check_against_theory(noise, dt)


class DiffusionWithDt(OrnsteinUhlenbeckNoise):
    """The widespread mistake: sigma dt n where sigma sqrt(dt) n belongs."""

    def __call__(self, sigma, actions=None):
        return super().__call__(sigma * math.sqrt(self.dt))


class DriftWithoutDt(OrnsteinUhlenbeckNoise):
    """The other one: x shrinks by theta x a step, whatever the step's length."""

    def __call__(self, sigma, actions=None):
        self.x = self.x - self.theta * self.x * (1 - self.dt)
        return super().__call__(sigma)


@pytest.mark.parametrize("mistaken", [DiffusionWithDt, DriftWithoutDt])
def test_these_bounds_would_catch_a_mistake_in_dt(mistaken):
    noise = mistaken(CHAINS, np.random.default_rng(1), THETA, 0.1)
    with pytest.raises(AssertionError):
        check_against_theory(noise, 0.1)


def test_the_stationary_deviation_hardly_depends_on_dt():
    deviations = []
    for dt in (0.02, 0.2):
        noise = OrnsteinUhlenbeckNoise(CHAINS, np.random.default_rng(2), THETA, dt)
        for _ in range(math.ceil(5 / (THETA * dt))):
            sample = noise(SIGMA)
        deviations.append(sample.std())
    # sigma / sqrt(2 theta), but for a factor 1 / sqrt(1 - theta dt / 2), which is up to 1.026
    np.testing.assert_allclose(deviations, SIGMA / math.sqrt(2 * THETA), rtol=0.05)


def test_each_ornstein_uhlenbeck_sample_stays_as_it_was():
    noise = OrnsteinUhlenbeckNoise(4, np.random.default_rng(0))
    first = noise(1.0)
    kept = first.copy()
    noise(1.0)
    np.testing.assert_array_equal(first, kept)


def test_reset_forgets_the_state():
    a = OrnsteinUhlenbeckNoise(CHAINS, np.random.default_rng(3), THETA, 0.1)
    for _ in range(50):
        far = a(SIGMA)
    assert far.std() > 2 * SIGMA * math.sqrt(0.1)
    a.reset()
    # one step from zero is the diffusion alone
    assert_deviation(a(SIGMA), SIGMA * math.sqrt(0.1))


def test_each_component_has_its_own_scale_rate_and_mean():
    """Stationary: mean, and standard deviation sigma / sqrt(2 theta - theta^2) for dt = 1."""
    theta, mean, sigma = np.array([0.6, 1.0, 0.2]), np.array([0.0, 0.5, -0.1]), [0.3, 0.1, 0.05]
    shape = (CHAINS, 3)
    noise = OrnsteinUhlenbeckNoise(shape, np.random.default_rng(4), theta, 1.0, mean)
    np.testing.assert_array_equal(noise.x, np.tile(mean, (CHAINS, 1)))
    for _ in range(60):
        sample = noise(np.array(sigma))
    for component in range(3):
        rate = theta[component]
        expected = sigma[component] / math.sqrt(2 * rate - rate**2)
        assert_deviation(sample[:, component] - mean[component], expected)
    noise.reset([0, 2])
    np.testing.assert_array_equal(noise.x[[0, 2]], [mean, mean])
    assert not np.array_equal(noise.x[1], mean)


@pytest.mark.parametrize("left", [1.0, 0.25, 0.0])
def test_pull_noise_by_hand(left):
    """theta (mean - a) + sigma n, all of it times the share that annealing has left."""
    theta, mean, sigma = np.array([0.6, 1.0]), np.array([0.0, 0.5]), np.array([0.3, 0.1])
    actions = np.random.default_rng(5).uniform(-1, 1, (CHAINS, 2))
    noise = PullNoise(actions.shape, np.random.default_rng(6), theta, mean, sigma)
    rest = noise(left * sigma, actions) - left * theta * (mean - actions)
    for component in range(2):
        if left:
            assert_deviation(rest[:, component], left * sigma[component])
    assert left or not rest.any()


def test_numbers_for_each_component_are_annealed_one_by_one():
    config = DDPGConfig(
        warmup_steps=10, noise_sigma=(0.4, 0.1), noise_sigma_final=(0.2, 0.0), noise_anneal_steps=4
    )
    for step, expected in ((0, [0.4, 0.1]), (12, [0.3, 0.05]), (99, [0.2, 0.0])):
        np.testing.assert_allclose(annealed_sigma(config, step), expected)


@pytest.mark.parametrize(
    "setting",
    [
        {"noise_sigma": (0.1, 0.2)},
        {"noise_sigma": 0.3, "noise_sigma_final": (0.1, 0.2)},
        {"exploration": "ou", "ou_theta": (0.1, 0.2)},
        {"exploration": "pull", "ou_mean": (0.1, 0.2, 0.3, 0.4)},
    ],
)
def test_as_many_numbers_as_the_action_has_components(setting):
    *_, (name, numbers) = setting.items()
    with refused(ValueError, name, len(numbers), 3):
        build_noise(DDPGConfig(**setting), 3, np.random.default_rng(0))


def test_without_diffusion_the_process_decays():
    noise = OrnsteinUhlenbeckNoise(2, np.random.default_rng(0), theta=0.25, dt=0.5)
    start = noise(1.0)
    np.testing.assert_allclose(noise(0.0), start * (1 - 0.125), rtol=1e-15)


@given(
    start=st.floats(0, 2),
    final=st.floats(0, 2),
    steps=st.integers(1, 10_000),
    share=st.floats(0, 1),
)
def test_annealing_is_a_line_and_then_constant(start, final, steps, share):
    assert linear_annealing(0, start, final, steps) == start
    assert linear_annealing(steps, start, final, steps) == pytest.approx(final, abs=1e-15)
    assert linear_annealing(7 * steps, start, final, steps) == pytest.approx(final, abs=1e-15)
    step = round(share * steps)
    value = linear_annealing(step, start, final, steps)
    assert value == pytest.approx(((steps - step) * start + step * final) / steps, abs=1e-12)


def test_without_a_final_scale_nothing_is_annealed():
    assert linear_annealing(123, 0.3, None, 10) == 0.3


def test_without_exploration_the_scale_is_zero():
    assert annealed_sigma(DDPGConfig(exploration="none"), 0) == 0
    assert annealed_sigma(DDPGConfig(), 0) == DDPGConfig().noise_sigma


def test_the_config_chooses_the_process():
    generator = np.random.default_rng(0)
    gaussian = build_noise(DDPGConfig(exploration="gaussian"), 2, generator)
    ou = build_noise(DDPGConfig(exploration="ou", ou_theta=0.3, ou_dt=0.2), 2, generator)
    none = build_noise(DDPGConfig(exploration="none"), 2, generator)
    assert isinstance(gaussian, GaussianNoise)
    assert isinstance(ou, OrnsteinUhlenbeckNoise)
    assert (ou.theta, ou.dt) == (0.3, 0.2)
    np.testing.assert_array_equal(none(1.0), [[0, 0]])
