"""Episodes and metrics between two evaluations, kept for their means."""

import math
from collections.abc import Mapping

import numpy as np

from ddpg_tf.environments.vector import Transitions


class EpisodeStatistics:
    """Counts the episodes of n environments; keeps their returns, and the metrics of updates."""

    def __init__(self, environments: int):
        self.episodes = 0
        self.unfinished_returns = np.zeros(environments)
        self.returns = []
        self.metrics = []

    def next(self) -> "EpisodeStatistics":
        """The statistics to go on with after an evaluation."""
        following = EpisodeStatistics(len(self.unfinished_returns))
        following.episodes, following.unfinished_returns = self.episodes, self.unfinished_returns
        return following

    def state(self) -> dict[str, np.ndarray]:
        """All of it as arrays, by name."""
        names = self.metrics[0] if self.metrics else ()
        metrics = {name: np.concatenate([each[name] for each in self.metrics]) for name in names}
        return {
            "count": np.array(self.episodes),
            "unfinished_returns": self.unfinished_returns,
            "returns": np.array(self.returns, float),
            **{f"metrics/{name}": values for name, values in metrics.items()},
        }

    def restore(self, state: Mapping[str, np.ndarray]) -> None:
        """Set what `state` gave. Raises KeyError if something is missing."""
        self.episodes, self.returns = int(state["count"]), state["returns"].tolist()
        self.unfinished_returns = state["unfinished_returns"].copy()
        start = "metrics/"
        metrics = {k.removeprefix(start): v for k, v in state.items() if k.startswith(start)}
        self.metrics = [metrics] if metrics else []

    def add_step(self, transitions: Transitions) -> None:
        """Add the transitions of one step."""
        self.unfinished_returns[transitions.indices] += transitions.batch.rewards
        ended = transitions.ended
        self.returns.extend(self.unfinished_returns[ended].tolist())
        self.episodes += len(ended)
        self.unfinished_returns[ended] = 0.0

    def add_metrics(self, metrics: dict[str, np.ndarray]) -> None:
        """Add the metrics of K updates, [K] arrays."""
        self.metrics.append(metrics)

    def mean_return(self) -> float:
        """The mean return, noise included, of the episodes that ended; NaN if none did."""
        return float(np.mean(self.returns)) if self.returns else float("nan")

    def mean(self, name: str) -> float:
        """The mean of one metric over all updates that have it; NaN if there were none."""
        if not self.metrics:
            return math.nan
        values = np.concatenate([metrics[name] for metrics in self.metrics])
        # NaN only where the actor rested: `require_finite` has seen to that
        known = values[~np.isnan(values)]
        return float(np.mean(known)) if len(known) else math.nan


def require_finite(metrics: dict[str, np.ndarray], rested: np.ndarray, step: int) -> None:
    """Raise FloatingPointError, naming metric and step, if one of [K] values is NaN or infinite.

    rested: [K], where the actor took no step and has no loss.
    """
    for name, values in metrics.items():
        wrong = ~np.isfinite(values)
        if name == "actor_loss":
            wrong &= ~rested
        if wrong.any():
            raise FloatingPointError(
                f"{name} became {values[wrong][0]} before step {step}: training diverged; lower "
                "the learning rates or scale the rewards"
            )
