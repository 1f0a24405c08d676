"""The noises that are compared, right and wrong, and what theory says of each.

All but the Gaussian are steps x += -theta x dt + scale n with some scale and some random n. Such a
sequence is an autoregression of order one, whose mean, standard deviation and correlation time are
known exactly, even where theta dt is not small.
"""

import math
from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from ddpg_tf.exploration.noise import GaussianNoise, NoNoise, OrnsteinUhlenbeckNoise

THETA, SIGMA, DT = 0.15, 0.2, 0.01
"""theta and sigma of Lillicrap et al. 2015, section 7; dt of OpenAI's baselines."""

STATIONARY = SIGMA / math.sqrt(1 - (1 - THETA) ** 2)
"""Stationary standard deviation of Ornstein-Uhlenbeck noise at dt = 1, and the Gaussian's."""


class MissingRoot(OrnsteinUhlenbeckNoise):
    """A mistake: the diffusion multiplied by dt, as the drift is, instead of by sqrt(dt)."""

    def __call__(self, sigma: float, actions: np.ndarray | float = 0.0) -> np.ndarray:
        # the parent multiplies by sqrt(dt) once more
        return super().__call__(sigma * math.sqrt(self.dt))


class UniformNumbers(OrnsteinUhlenbeckNoise):
    """A mistake: uniform numbers from [0, 1) where standard normal ones belong."""

    def __call__(self, sigma: float, actions: np.ndarray | float = 0.0) -> np.ndarray:
        drift = -self.theta * self.x * self.dt
        uniform = self.generator.random(self.x.shape)
        self.x = self.x + drift + sigma * math.sqrt(self.dt) * uniform
        return self.x


class Noise(NamedTuple):
    """One kind of noise: its label, its class, its dt (None: no memory) and its scale.

    annealed: the scale falls linearly to zero over a training. step_scale: what one random number
    is multiplied by. step_mean, step_std: mean and standard deviation of that random number.
    """

    label: str
    build: type
    dt: float | None
    sigma: float
    annealed: bool = False
    step_scale: float = 0.0
    step_mean: float = 0.0
    step_std: float = 1.0

    def process(self, size: int, generator: np.random.Generator) -> Callable[[float], np.ndarray]:
        """The process, a function of sigma that gives [size] numbers a call."""
        if self.dt is None:
            return self.build(size, generator)
        return self.build(size, generator, THETA, self.dt)

    def theory(self) -> dict[str, float]:
        """Stationary mean and standard deviation (half ranges), correlation time (steps)."""
        if self.dt is None:
            return {"mean": 0.0, "standard_deviation": self.sigma, "correlation_time": 0.0}
        kept = 1 - THETA * self.dt
        return {
            "mean": self.step_scale * self.step_mean / (1 - kept),
            "standard_deviation": self.step_scale * self.step_std / math.sqrt(1 - kept**2),
            "correlation_time": -1 / math.log(kept),
        }


NOISES = {
    "none": Noise("no noise", NoNoise, None, 0.0),
    "gaussian": Noise("Gaussian", GaussianNoise, None, STATIONARY),
    "ou": Noise("OU, dt = 1", OrnsteinUhlenbeckNoise, 1.0, SIGMA, step_scale=SIGMA),
    "annealed": Noise(
        "OU, annealed", OrnsteinUhlenbeckNoise, 1.0, SIGMA, annealed=True, step_scale=SIGMA
    ),
    "small_dt": Noise(
        f"OU, dt = {DT}", OrnsteinUhlenbeckNoise, DT, SIGMA, step_scale=SIGMA * math.sqrt(DT)
    ),
    "missing_root": Noise(f"OU, dt = {DT}, no root", MissingRoot, DT, SIGMA, step_scale=SIGMA * DT),
    "uniform": Noise(
        "OU, uniform numbers",
        UniformNumbers,
        1.0,
        SIGMA,
        step_scale=SIGMA,
        step_mean=0.5,
        step_std=math.sqrt(1 / 12),
    ),
}
"""Name -> noise, the sound ones before the mistakes."""


def moments(noise: Noise, paths: int, seed: int = 0) -> dict[str, float]:
    """Mean, standard deviation and correlation time of many paths, six such times after a reset.

    The correlation time follows from the correlation of the paths with themselves one such time
    later; for noise without memory it is the first step's, all but zero.
    """
    process = noise.process(paths, np.random.default_rng(seed))
    expected = noise.theory()["correlation_time"]
    lag = max(round(expected), 1)
    for _ in range(6 * lag):
        start = process(noise.sigma)
    for _ in range(lag):
        end = process(noise.sigma)
    return {
        "mean": float(end.mean()),
        "standard_deviation": float(end.std()),
        "correlation_time": correlation_time(start, end, lag),
    }


def correlation_time(start: np.ndarray, end: np.ndarray, lag: int) -> float:
    """The number of steps in which the correlation falls to 1/e; 0 if there is none."""
    if start.std() == 0:
        return 0.0
    correlation = float(np.corrcoef(start, end)[0, 1])
    # with a lag of one step, less than 0.05 cannot be told from none with some 2,000 paths
    return -lag / math.log(correlation) if correlation > 0.05 else 0.0


def path(noise: Noise, steps: int, seed: int = 0) -> np.ndarray:
    """One path, [steps], from reset on; annealed noise falls to zero over it."""
    process = noise.process(1, np.random.default_rng(seed))
    scales = noise.sigma * (1 - np.arange(steps) / steps if noise.annealed else np.ones(steps))
    return np.array([process(scale)[0] for scale in scales])


def episode_rms(noise: Noise, steps: int, paths: int, seed: int = 0) -> float:
    """The root mean square over the first `steps` steps after a reset, in half ranges."""
    process = noise.process(paths, np.random.default_rng(seed))
    return float(np.sqrt(np.mean([np.square(process(noise.sigma)).mean() for _ in range(steps)])))
