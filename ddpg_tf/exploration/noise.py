"""Noise that is added to the actions, and its annealing.

A process makes noise for n environments at once: called with the scale `sigma` of this step, one
number or [act_dim], and with the policy's actions [n, act_dim] where the noise depends on them, it
gives a sample [n, act_dim]. All are in the units of the config's noise_units. `reset` begins new
episodes.
"""

import math
from collections.abc import Mapping
from typing import ClassVar, TypeAlias

import numpy as np

from ddpg_tf.config import DDPGConfig

Scale: TypeAlias = float | np.ndarray
"""One number for all components of the action, or [act_dim]."""


class Noise:
    """A process without memory, which all others are derived from. shape: [n, act_dim]."""

    scale_metric: ClassVar[str | None] = None
    """The name under which the scale of this process is logged; None if it has none."""

    def __init__(self, shape: tuple[int, int], generator: np.random.Generator):
        self.shape = shape
        self.generator = generator

    def __call__(self, sigma: Scale, actions: np.ndarray | float = 0.0) -> np.ndarray:
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

    def __call__(self, sigma: Scale, actions: np.ndarray | float = 0.0) -> np.ndarray:
        return np.zeros(self.shape)


class GaussianNoise(Noise):
    """Independent normal numbers of standard deviation sigma."""

    scale_metric = "gaussian_noise_std"

    def __call__(self, sigma: Scale, actions: np.ndarray | float = 0.0) -> np.ndarray:
        return sigma * self.generator.standard_normal(self.shape)


class PullNoise(Noise):
    """theta (mean - a) + sigma n, with n standard normal: a pull from the action a to the mean.

    Ben Lau's noise of 2016: the formula of an Ornstein-Uhlenbeck step with the action in the
    process's place, so that nothing is remembered from step to step. The pull fades with sigma:
    both are multiplied by the share of sigma that annealing has left. (A component whose sigma is 0
    from the start keeps its pull.)
    """

    scale_metric = "pull_noise_std"

    def __init__(
        self,
        shape: tuple[int, int],
        generator: np.random.Generator,
        theta: Scale,
        mean: Scale,
        sigma: Scale,
    ):
        super().__init__(shape, generator)
        self.theta, self.mean = theta, mean
        self.full = np.broadcast_to(sigma, shape[1:])

    def __call__(self, sigma: Scale, actions: np.ndarray | float = 0.0) -> np.ndarray:
        left = np.divide(sigma, self.full, out=np.ones(self.full.shape), where=self.full > 0)
        pull = left * self.theta * (self.mean - actions)
        return pull + sigma * self.generator.standard_normal(self.shape)


class OrnsteinUhlenbeckNoise(Noise):
    """The process dx = theta (mean - x) dt + sigma dW (Uhlenbeck and Ornstein 1930).

    Euler-Maruyama steps: x += theta (mean - x) dt + sigma sqrt(dt) n, n standard normal. The drift
    grows with dt but the diffusion with sqrt(dt), because variances add up and standard deviations
    do not. Then correlation time (1 / theta) and stationary standard deviation
    (sigma / sqrt(2 theta), for small theta dt) do not depend on dt.
    """

    scale_metric = "ou_noise_sigma"

    def __init__(
        self,
        shape: tuple[int, int],
        generator: np.random.Generator,
        theta: Scale = 0.15,
        dt: float = 1.0,
        mean: Scale = 0.0,
    ):
        super().__init__(shape, generator)
        self.theta = theta
        self.dt = dt
        self.mean = mean
        self.x = np.zeros(shape) + mean

    def reset(self, indices: np.ndarray | slice = slice(None)) -> None:
        """Start again from the mean in the environments `indices`."""
        self.x = self.x.copy()
        self.x[indices] = self.mean

    def __call__(self, sigma: Scale, actions: np.ndarray | float = 0.0) -> np.ndarray:
        drift = self.theta * (self.mean - self.x) * self.dt
        diffusion = sigma * math.sqrt(self.dt) * self.generator.standard_normal(self.shape)
        self.x = self.x + drift + diffusion
        return self.x

    def state(self) -> dict[str, np.ndarray]:
        """x, [n, act_dim], by name."""
        return {"x": self.x}

    def restore(self, state: Mapping[str, np.ndarray]) -> None:
        """Continue from a `state()`."""
        self.x = np.array(state["x"])


def linear_annealing(step: int, start: Scale, final: Scale | None, steps: int) -> Scale:
    """The scale at `step`: linearly from `start` to `final` in `steps` steps, then `final`.

    With `final` None it stays at `start`.
    """
    if final is None:
        return start
    return start + (final - start) * min(step / steps, 1.0)


def annealed_sigma(config: DDPGConfig, step: int) -> Scale:
    """noise_sigma at `step`; after the warm-up it falls to its floor.

    0 without exploration.
    """
    if config.exploration == "none":
        return 0.0
    since_warmup = max(step - config.warmup_steps, 0)
    final = config.noise_sigma_final
    return linear_annealing(
        since_warmup,
        scale(config.noise_sigma),
        None if final is None else scale(final),
        config.noise_anneal_steps,
    )


def scale(setting: float | tuple[float, ...]) -> Scale:
    """A setting that is one number or one for each component, ready for arithmetic."""
    return np.array(setting) if isinstance(setting, tuple) else setting


def build_noise(config: DDPGConfig, action_size: int, generator: np.random.Generator) -> Noise:
    """The process that `config.exploration` names: on actions, so none for "parameter"."""
    shape = config.num_envs, action_size
    for name in ("noise_sigma", "noise_sigma_final", "ou_theta", "ou_mean"):
        require_size(name, getattr(config, name), action_size)
    theta, mean = scale(config.ou_theta), scale(config.ou_mean)
    if config.exploration == "gaussian":
        return GaussianNoise(shape, generator)
    if config.exploration == "ou":
        return OrnsteinUhlenbeckNoise(shape, generator, theta, config.ou_dt, mean)
    if config.exploration == "pull":
        return PullNoise(shape, generator, theta, mean, scale(config.noise_sigma))
    return NoNoise(shape, generator)


def require_size(name: str, setting: object, action_size: int) -> None:
    """Raise ValueError for numbers for each component that are not as many as the components."""
    if isinstance(setting, tuple) and len(setting) != action_size:
        raise ValueError(
            f"{name} has {len(setting)} numbers, and the environment's actions have {action_size} "
            "components; give one for each, or one for all"
        )
