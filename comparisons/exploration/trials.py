"""What a noise does on Pendulum-v1: the states that it visits, and what is learned with it."""

import numpy as np

from comparisons.exploration.noises import Noise
from ddpg_tf import DDPGConfig
from ddpg_tf.environments.make import make_environment
from ddpg_tf.training.loop import TrainingRun

ANGLES, VELOCITIES, FASTEST = 24, 16, 8.0
"""Cells of the angle and of the velocity; the largest angular velocity, rad/s."""

EPISODE = 200
"""Steps of an episode of Pendulum-v1."""


def visits(noise: Noise, episodes: int, seed: int) -> np.ndarray:
    """How often each cell of angle and velocity was visited, [ANGLES, VELOCITIES].

    The torque is the noise alone, as with an untrained actor whose actions are nearly zero. The
    environment's resets depend on the seed and not on the noise.
    """
    environment = make_environment("Pendulum-v1")
    high = environment.action_space.high
    process = noise.process(1, np.random.default_rng([seed, 1]))
    observations = []
    for episode in range(episodes):
        process.reset()
        environment.reset(seed=1_000 * seed + episode)
        scale = noise.sigma * (1 - episode / episodes if noise.annealed else 1.0)
        for _ in range(EPISODE):
            action = np.clip(process(scale) * high, -high, high).astype(np.float32)
            observations.append(environment.step(action)[0])
    environment.close()
    return counts(np.array(observations))


def counts(observations: np.ndarray) -> np.ndarray:
    """The histogram of observations [n, 3]: cosine, sine, velocity (rad/s)."""
    angles = np.arctan2(observations[:, 1], observations[:, 0])
    limits = [[-np.pi, np.pi], [-FASTEST, FASTEST]]
    return np.histogram2d(angles, observations[:, 2], [ANGLES, VELOCITIES], limits)[0]


def coverage(histogram: np.ndarray) -> float:
    """The share of cells that were visited."""
    return float((histogram > 0).mean())


def training(noise: Noise, seed: int, quick: bool) -> dict[str, list]:
    """Train with the noise: the steps and returns of all evaluations.

    The random warm-up is only 100 steps, so that it does not explore in the noise's place.
    """
    steps = 250 if quick else 4_000
    config = DDPGConfig(
        seed=seed,
        total_steps=steps,
        warmup_steps=100,
        hidden_sizes=(16, 16) if quick else (64, 64),
        exploration="gaussian",
        noise_sigma=noise.sigma,
        noise_sigma_final=0.0 if noise.annealed else None,
        noise_anneal_steps=steps - 100,
        eval_every=250 if quick else 1_000,
        eval_episodes=1 if quick else 10,
        jit_compile=not quick,
    )
    with TrainingRun(config) as run:
        # in place of the Gaussian noise, whose sigma it gets at every step
        run.explorer.noise = noise.process(1, np.random.default_rng([seed, 2]))
        rows = [progress.row for progress in run if progress.row is not None]
    return {
        "steps": [row["step"] for row in rows],
        "returns": [row["eval_return_mean"] for row in rows],
    }
