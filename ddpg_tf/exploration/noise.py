"""Noise that is added to the actions, and its annealing.

A process makes noise for n environments at once: called with the scale `sigma` of this step, it
gives a sample [n, act_dim], in half ranges of the action space; `reset` begins new episodes.
"""

import math
from collections.abc import Mapping
from typing import ClassVar

import numpy as np

from ddpg_tf.config import DDPGConfig


class Noise:
    """A process without memory, which all others are derived from. shape: [n, act_dim]."""

    scale_metric: ClassVar[str | None] = None
    """The name under which the scale of this process is logged; None if it has none."""

    def __init__(self, shape: tuple[int, int], generator: np.random.Generator):
        self.shape = shape
        self.generator = generator

    def __call__(self, sigma: float) -> np.ndarray:
        """A sample [n, act_dim] at the scale sigma."""
        raise NotImplementedError

    def reset(self, indices: np.ndarray | slice = slice(None)) -> None:
        """Begin new episodes in the environments `indices`: nothing to do without memory."""

    def state(self) -> dict[str, np.ndarray]:
        """All that `restore` needs besides the generator: nothing."""
        return {}

    def restore(self, state: Mapping[str, np.ndarray]) -> None:
        """Continue from a `state()`."""


class NoNoise(Noise):
    """Zeros: the policy acts without noise."""

    def __call__(self, sigma: float) -> np.ndarray:
        return np.zeros(self.shape)


class GaussianNoise(Noise):
    """Independent normal numbers of standard deviation sigma."""

    scale_metric = "gaussian_noise_std"

    def __call__(self, sigma: float) -> np.ndarray:
        return sigma * self.generator.standard_normal(self.shape)


class OrnsteinUhlenbeckNoise(Noise):
    """The Ornstein-Uhlenbeck process dx = -theta x dt + sigma dW (Uhlenbeck and Ornstein 1930).

    Euler-Maruyama steps: x += -theta x dt + sigma sqrt(dt) n, with n standard normal. The drift
    grows with dt but the diffusion with sqrt(dt), because variances add up and standard deviations
    do not. Then correlation time (1 / theta) and stationary standard deviation
    (sigma / sqrt(2 theta), for small theta dt) do not depend on dt.
    """

    scale_metric = "ou_noise_sigma"

    def __init__(
        self,
        shape: tuple[int, int],
        generator: np.random.Generator,
        theta: float = 0.15,
        dt: float = 1.0,
    ):
        super().__init__(shape, generator)
        self.theta = theta
        self.dt = dt
        self.x = np.zeros(shape)

    def reset(self, indices: np.ndarray | slice = slice(None)) -> None:
        """Start again from the mean, zero, in the environments `indices`."""
        self.x = self.x.copy()
        self.x[indices] = 0

    def __call__(self, sigma: float) -> np.ndarray:
        drift = -self.theta * self.x * self.dt
        diffusion = sigma * math.sqrt(self.dt) * self.generator.standard_normal(self.shape)
        self.x = self.x + drift + diffusion
        return self.x

    def state(self) -> dict[str, np.ndarray]:
        """x, [n, act_dim], by name."""
        return {"x": self.x}

    def restore(self, state: Mapping[str, np.ndarray]) -> None:
        """Continue from a `state()`."""
        self.x = np.array(state["x"])


def linear_annealing(step: int, start: float, final: float | None, steps: int) -> float:
    """The scale at `step`: linearly from `start` to `final` in `steps` steps, then `final`.

    With `final` None it stays at `start`.
    """
    if final is None:
        return start
    return start + (final - start) * min(step / steps, 1.0)


def annealed_sigma(config: DDPGConfig, step: int) -> float:
    """noise_sigma at `step`; after the warm-up it falls to its floor.

    0 without exploration.
    """
    if config.exploration == "none":
        return 0.0
    since_warmup = max(step - config.warmup_steps, 0)
    return linear_annealing(
        since_warmup, config.noise_sigma, config.noise_sigma_final, config.noise_anneal_steps
    )


def build_noise(config: DDPGConfig, action_size: int, generator: np.random.Generator) -> Noise:
    """The process that `config.exploration` names: on actions, so none for "parameter"."""
    shape = config.num_envs, action_size
    if config.exploration == "gaussian":
        return GaussianNoise(shape, generator)
    if config.exploration == "ou":
        return OrnsteinUhlenbeckNoise(shape, generator, config.ou_theta, config.ou_dt)
    return NoNoise(shape, generator)
