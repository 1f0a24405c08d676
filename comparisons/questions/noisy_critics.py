"""Critics that are nothing but noise, where the true Q is zero, and the actors that climb them."""

import math

import numpy as np


def smooth_noise(
    rng: np.random.Generator, functions: int, points: int, waves: int = 6
) -> np.ndarray:
    """Random functions of an action in [-1, 1], [functions, points], of standard deviation 1."""
    actions = np.linspace(-1, 1, points)
    frequency = rng.normal(0, 4, (functions, waves, 1))
    phase = rng.uniform(0, 2 * np.pi, (functions, waves, 1))
    return np.sqrt(2 / waves) * np.cos(frequency * actions + phase).sum(axis=1)


def climbed(q: np.ndarray, steps: int) -> np.ndarray:
    """The index reached on each row of q by `steps` steps uphill from the middle."""
    rows = np.arange(len(q))
    at = np.full(len(q), q.shape[1] // 2)
    for _ in range(steps):
        near = np.stack([np.maximum(at - 1, 0), at, np.minimum(at + 1, q.shape[1] - 1)])
        at = near[np.argmax(q[rows, near], axis=0), rows]
    return at


def normal_maximum(n: int) -> float:
    """E max of n standard normal numbers, by the trapezoidal rule."""
    x = np.linspace(-9, 9, 20_001)
    below = 0.5 * (1 + np.vectorize(math.erf)(x / math.sqrt(2)))
    density = np.exp(-(x**2) / 2) / math.sqrt(2 * math.pi)
    return float(np.trapezoid(x * n * density * below ** (n - 1), x))
