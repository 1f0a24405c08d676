"""Running moments of observations.

A count n, the mean and the sum of squares M = sum_i (x_i - mean)^2, into which each new batch is
merged (Chan, Golub and LeVeque 1983):

    d     =  mean_batch - mean
    mean  <- mean + d n_batch / (n + n_batch)
    M     <- M + M_batch + d^2 n n_batch / (n + n_batch)

E[x^2] - E[x]^2 would subtract two large numbers that are nearly equal: for x = 10^4 +- 0.01 only
four of float64's sixteen digits are left.
"""

from collections.abc import Mapping

import numpy as np

CONSTANT = 1e-7
"""A standard deviation below this share of max(1, |mean|) is float32's rounding: x is constant."""


class RunningMoments:
    """Mean and standard deviation of each component of all observations so far, in float64."""

    def __init__(self, size: int):
        self.count = 0
        self.mean = np.zeros(size)
        self.squares = np.zeros(size)

    def update(self, rows: np.ndarray) -> None:
        """Include observations [n, size]. Raises ValueError for any other shape."""
        rows = np.asarray(rows, np.float64)
        if rows.ndim != 2 or rows.shape[1] != len(self.mean):
            raise ValueError(f"observations must be [n, {len(self.mean)}]; got {list(rows.shape)}")
        if len(rows) == 0:
            return
        mean = rows.mean(axis=0)
        squares = np.square(rows - mean).sum(axis=0)
        total = self.count + len(rows)
        difference = mean - self.mean
        self.mean = self.mean + difference * (len(rows) / total)
        self.squares = self.squares + squares + difference**2 * (self.count * len(rows) / total)
        self.count = total

    @property
    def std(self) -> np.ndarray:
        """The population's standard deviation, [size]; 1 for what has not varied yet."""
        std = np.sqrt(self.squares / max(self.count, 1))
        return np.where(std > CONSTANT * np.maximum(1.0, np.abs(self.mean)), std, 1.0)

    def normalize(self, observations: np.ndarray, clip: float) -> np.ndarray:
        """(x - mean) / std within [-clip, clip], float32, for observations [..., size]."""
        normal = (np.asarray(observations, np.float64) - self.mean) / self.std
        return np.clip(normal, -clip, clip).astype(np.float32)

    def state(self) -> dict[str, np.ndarray]:
        """All that `restore` needs, as arrays: count [], mean [size], squares [size]."""
        return {"count": np.array(self.count), "mean": self.mean, "squares": self.squares}

    def restore(self, state: Mapping[str, np.ndarray]) -> None:
        """Continue from a `state()`. Raises ValueError if it has another size."""
        mean, squares = np.array(state["mean"]), np.array(state["squares"])
        if not mean.shape == squares.shape == self.mean.shape:
            raise ValueError(
                f"these are moments of {mean.size} components; the observations have "
                f"{self.mean.size}"
            )
        self.count, self.mean, self.squares = int(state["count"]), mean, squares
