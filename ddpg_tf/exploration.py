"""Noise that is added to the actions, and its annealing.

A process is called with the scale `sigma` of this step and returns a sample [act_dim]; `reset` is
called at the start of each episode. Samples are in half ranges of the action space.
"""

import math

import numpy as np


class GaussianNoise:
    """Independent normal numbers of standard deviation sigma."""

    def __init__(self, action_size: int, generator: np.random.Generator):
        self.action_size = action_size
        self.generator = generator

    def reset(self) -> None:
        """Do nothing: each sample is independent of the last."""

    def __call__(self, sigma: float) -> np.ndarray:
        return sigma * self.generator.standard_normal(self.action_size)


class OrnsteinUhlenbeckNoise:
    """The Ornstein-Uhlenbeck process dx = -theta x dt + sigma dW (Uhlenbeck and Ornstein 1930).

    Euler-Maruyama steps: x += -theta x dt + sigma sqrt(dt) n, with n standard normal. The drift
    grows with dt but the diffusion with sqrt(dt), because variances add and deviations do not. Then
    correlation time (1 / theta) and stationary deviation (sigma / sqrt(2 theta), for small
    theta dt) do not depend on dt.
    """

    def __init__(self, action_size: int, generator: np.random.Generator, theta=0.15, dt=1.0):
        self.generator = generator
        self.theta = theta
        self.dt = dt
        self.state = np.zeros(action_size)

    def reset(self) -> None:
        """Return to the mean, zero."""
        self.state = np.zeros_like(self.state)

    def __call__(self, sigma: float) -> np.ndarray:
        drift = -self.theta * self.state * self.dt
        diffusion = sigma * math.sqrt(self.dt) * self.generator.standard_normal(self.state.shape)
        self.state = self.state + drift + diffusion
        return self.state


class NoNoise:
    """Zeros: the policy acts as it is."""

    def __init__(self, action_size: int):
        self.zeros = np.zeros(action_size)

    def reset(self) -> None:
        """Do nothing."""

    def __call__(self, sigma: float) -> np.ndarray:
        return self.zeros


def linear_annealing(step: int, start: float, final: float | None, steps: int) -> float:
    """Return the scale at `step`: from `start` to `final` in `steps` steps, `final` after that.

    `final` None keeps `start` for ever.
    """
    if final is None:
        return start
    return start + (final - start) * min(step / steps, 1.0)


def build_noise(config, action_size: int, generator: np.random.Generator):
    """Return the process that `config.exploration` names."""
    if config.exploration == "gaussian":
        return GaussianNoise(action_size, generator)
    if config.exploration == "ou":
        return OrnsteinUhlenbeckNoise(action_size, generator, config.ou_theta, config.ou_dt)
    return NoNoise(action_size)
