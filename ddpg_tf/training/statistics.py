"""Running account of episodes and learner measurements between two evaluations."""

import numpy as np


class EpisodeStatistics:
    """Counts the episodes of n environments; keeps returns and measurements for their means."""

    def __init__(self, environments: int):
        self.episodes = 0
        self.unfinished_returns = np.zeros(environments)
        self.returns = []
        self.measurements = []

    def next(self) -> "EpisodeStatistics":
        """Return the account for the time after an evaluation."""
        following = EpisodeStatistics(len(self.unfinished_returns))
        following.episodes, following.unfinished_returns = self.episodes, self.unfinished_returns
        return following

    def add_step(self, transitions) -> None:
        """Add what one step of the environments gave."""
        self.unfinished_returns[transitions.indices] += transitions.rewards
        ended = transitions.ended
        self.returns.extend(self.unfinished_returns[ended].tolist())
        self.episodes += len(ended)
        self.unfinished_returns[ended] = 0.0

    def add_measurements(self, measured: dict[str, np.ndarray]) -> None:
        """Add what the learner measured, [K] arrays."""
        self.measurements.append(measured)

    def mean_return(self) -> float:
        """Return the mean return, noise included, of the episodes that ended; NaN if none did."""
        return float(np.mean(self.returns)) if self.returns else float("nan")

    def mean(self, name: str) -> float:
        """Return the mean of one measurement; NaN if the learner was not called."""
        if not self.measurements:
            return float("nan")
        return float(np.mean(np.concatenate([m[name] for m in self.measurements])))


def require_finite(measured: dict[str, np.ndarray], step: int) -> None:
    """Raise FloatingPointError, naming what and when, if a measurement is NaN or infinite."""
    for name, values in measured.items():
        if not np.isfinite(values).all():
            raise FloatingPointError(
                f"{name} became {values[~np.isfinite(values)][0]} before step {step}: training "
                "diverged; lower the learning rates or scale the rewards"
            )
