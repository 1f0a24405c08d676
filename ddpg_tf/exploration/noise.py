"""Noise that is added to the actions, and its annealing.

A process makes noise for n environments at once: called with the scale `sigma` of this step it
returns a sample [n, act_dim], in half ranges of the action space; `reset` begins new episodes.
"""

import math

import numpy as np


class Noise:
    """What all processes share: the shape [n, act_dim] of a sample, a generator, and no memory."""

    def __init__(self, shape: tuple[int, int], generator: np.random.Generator):
        self.shape = shape
        self.generator = generator

    def reset(self, indices=slice(None)) -> None:
        """Do nothing: no sample depends on the last."""

    def state(self) -> dict[str, np.ndarray]:
        """Return what `restore` needs besides the generator: nothing."""
        return {}

    def restore(self, state) -> None:
        """Do nothing."""


class NoNoise(Noise):
    """Zeros: the policy acts as it is."""

    def __call__(self, sigma: float) -> np.ndarray:
        return np.zeros(self.shape)


class GaussianNoise(Noise):
    """Independent normal numbers of standard deviation sigma."""

    def __call__(self, sigma: float) -> np.ndarray:
        return sigma * self.generator.standard_normal(self.shape)


class OrnsteinUhlenbeckNoise(Noise):
    """The Ornstein-Uhlenbeck process dx = -theta x dt + sigma dW (Uhlenbeck and Ornstein 1930).

    Euler-Maruyama steps: x += -theta x dt + sigma sqrt(dt) n, with n standard normal. The drift
    grows with dt but the diffusion with sqrt(dt), because variances add and deviations do not. Then
    correlation time (1 / theta) and stationary deviation (sigma / sqrt(2 theta), for small
    theta dt) do not depend on dt.
    """

    def __init__(self, shape, generator, theta=0.15, dt=1.0):
        super().__init__(shape, generator)
        self.theta = theta
        self.dt = dt
        self.x = np.zeros(shape)

    def reset(self, indices=slice(None)) -> None:
        """Return to the mean, zero, in the environments `indices`."""
        self.x = self.x.copy()
        self.x[indices] = 0

    def __call__(self, sigma: float) -> np.ndarray:
        drift = -self.theta * self.x * self.dt
        diffusion = sigma * math.sqrt(self.dt) * self.generator.standard_normal(self.shape)
        self.x = self.x + drift + diffusion
        return self.x

    def state(self) -> dict[str, np.ndarray]:
        """Return x, [n, act_dim], by name."""
        return {"x": self.x}

    def restore(self, state) -> None:
        """Go on from a `state()`."""
        self.x = np.array(state["x"])


def linear_annealing(step: int, start: float, final: float | None, steps: int) -> float:
    """Return the scale at `step`: from `start` to `final` in `steps` steps, `final` after that.

    `final` None keeps `start` for ever.
    """
    if final is None:
        return start
    return start + (final - start) * min(step / steps, 1.0)


def annealed_sigma(config, step: int) -> float:
    """Return noise_sigma at `step`, which falls to its floor from the end of the warm-up on.

    0 where there is no exploration.
    """
    if config.exploration == "none":
        return 0.0
    since_warmup = max(step - config.warmup_steps, 0)
    return linear_annealing(
        since_warmup, config.noise_sigma, config.noise_sigma_final, config.noise_anneal_steps
    )


def build_noise(config, action_size: int, generator: np.random.Generator):
    """Return the process that `config.exploration` names: on actions, so none for "parameter"."""
    shape = config.num_envs, action_size
    if config.exploration == "gaussian":
        return GaussianNoise(shape, generator)
    if config.exploration == "ou":
        return OrnsteinUhlenbeckNoise(shape, generator, config.ou_theta, config.ou_dt)
    return NoNoise(shape, generator)
