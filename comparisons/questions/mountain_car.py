"""Question 28: MountainCarContinuous, where doing nothing looks like the best that can be done."""

from dataclasses import replace
from typing import NamedTuple

import numpy as np

from ddpg_tf import DDPGConfig, train
from ddpg_tf.exploration.noise import GaussianNoise, Noise, OrnsteinUhlenbeckNoise

EPISODE = 999
"""Steps after which MountainCarContinuous-v0 cuts an episode off."""
FLAG = 0.45
"""Position of the flag; the valley is at -0.52, the left end at -1.2."""
POWER, GRAVITY, FASTEST = 0.0015, 0.0025, 0.07
"""The car's acceleration at full throttle, gravity's on the steepest slope, the largest speed."""


class Exploration(NamedTuple):
    """A noise: Ornstein-Uhlenbeck with this dt, or Gaussian if dt is None."""

    sigma: float
    dt: float | None

    def process(self, cars: int, generator: np.random.Generator) -> Noise:
        """The process for so many cars."""
        if self.dt is None:
            return GaussianNoise((cars, 1), generator)
        return OrnsteinUhlenbeckNoise((cars, 1), generator, dt=self.dt)


OU = Exploration(0.5, 1.0)
"""What the threads advise, at this library's dt."""
EXPLORATIONS = {
    "default": Exploration(0.1, None),
    "gaussian": Exploration(0.5, None),
    "as_large": Exploration(0.5 / np.sqrt(1 - (1 - 0.15) ** 2), None),
    "ou": OU,
    "ou_small_dt": Exploration(0.5, 0.01),
    "baselines": Exploration(0.2, 0.01),
}
"""as_large: Gaussian of the stationary standard deviation of "ou". ou_small_dt: the same sigma at
the default dt of Stable-Baselines3 and OpenAI Baselines. baselines: the thread's "ou_0.2"."""


def advance(position: np.ndarray, speed: np.ndarray, force: np.ndarray) -> tuple:
    """The next positions and speeds, as gymnasium's MountainCarContinuous-v0 has them."""
    speed = speed + np.clip(force, -1, 1) * POWER - GRAVITY * np.cos(3 * position)
    speed = np.clip(speed, -FASTEST, FASTEST)
    position = np.clip(position + speed, -1.2, 0.6)
    return position, np.where((position == -1.2) & (speed < 0), 0.0, speed)


def explore(exploration: Exploration, cars: int, seed: int = 0) -> dict[str, float]:
    """An episode of many cars whose actor answers zero, so that the noise alone drives.

    reached: share at the flag within the episode. height: mean of the furthest position to the
    right. spent: mean sum of 0.1 a^2 until the flag or the end.
    """
    generator = np.random.default_rng(seed)
    process = exploration.process(cars, generator)
    position, speed = generator.uniform(-0.6, -0.4, cars), np.zeros(cars)
    furthest, spent = position, np.zeros(cars)
    under_way = np.ones(cars, bool)
    for _ in range(EPISODE):
        actions = np.clip(process(exploration.sigma)[:, 0], -1, 1)
        position, speed = advance(position, speed, actions)
        furthest = np.where(under_way, np.maximum(furthest, position), furthest)
        spent = spent + np.where(under_way, 0.1 * actions**2, 0.0)
        under_way &= ~((position >= FLAG) & (speed >= 0))
    return {
        "reached": float(1 - under_way.mean()),
        "height": float(furthest.mean()),
        "spent": float(spent.mean()),
    }


def returns_after(exploration: Exploration, seeds: int, steps: int) -> list[float]:
    """The return of the last evaluation of each seed, trained with this noise."""
    config = DDPGConfig(
        env_id="MountainCarContinuous-v0",
        exploration="gaussian" if exploration.dt is None else "ou",
        noise_sigma=exploration.sigma,
        ou_dt=exploration.dt or 1.0,
        hidden_sizes=(64, 64),
        total_steps=steps,
        eval_every=steps,
        eval_episodes=5,
    )
    runs = [train(replace(config, seed=seed)) for seed in range(seeds)]
    return [run.history[-1]["eval_return_mean"] for run in runs]


def mountain_car(quick: bool) -> dict[str, float]:
    """Question 28: how often each noise alone finds the flag, and what is learned with two."""
    cars = 500 if quick else 5_000
    seeds, steps = (1, 1_200) if quick else (3, 15_000)
    values = {"cars": cars, "seeds": seeds, "steps": steps}
    values["as_large_sigma"] = float(EXPLORATIONS["as_large"].sigma)
    for name, exploration in EXPLORATIONS.items():
        for key, value in explore(exploration, cars).items():
            values[f"{name}_{key}"] = value
    for name in ("default", "ou"):
        returns = returns_after(EXPLORATIONS[name], seeds, steps)
        values[f"{name}_mean"] = float(np.mean(returns))
        values[f"{name}_lowest"], values[f"{name}_highest"] = min(returns), max(returns)
    return {"ratio": values["as_large_reached"] / values["ou_reached"], **values}
