"""How a run tells what it has done: a `Progress`, and the callbacks that get it."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from ddpg_tf.agents import DDPG
from ddpg_tf.replay import ReplayBuffer


@dataclass
class Progress:
    """How far a training run has come, after a block of `update_every` steps or an evaluation.

    step: environment steps so far. metrics: those of each of the K updates since the last Progress,
    [K] arrays, or None if there were none; actor_loss is NaN where the actor took no step. row: the
    row of metrics.csv of an evaluation that has just been made, or None. run: the `TrainingRun`. Of
    workers on this machine, which live in processes of their own, only step and row are known.
    """

    step: int
    metrics: dict[str, np.ndarray] | None
    row: dict | None
    stopped: bool = False
    run: Any = None

    @property
    def agent(self) -> DDPG | None:
        """The run's agent, as it is at present."""
        return self.run and self.run.agent

    @property
    def replay(self) -> ReplayBuffer | None:
        """The run's replay buffer, as it is at present."""
        return self.run and self.run.replay

    def stop(self) -> None:
        """End the run here: it is evaluated and saved a last time, and gives its `Result`."""
        self.stopped = True


Callback = Callable[[Progress], object]
"""A function that is called after each call of the learner and after each evaluation."""


def require_callbacks(callbacks: Sequence[Callback]) -> None:
    """Raise TypeError unless they are functions, in a list."""
    if not isinstance(callbacks, Sequence) or not all(map(callable, callbacks)):
        raise TypeError(
            "callbacks must be a list of functions that take a Progress, like [watch]; got "
            f"{' '.join(repr(callbacks).split())[:60]}"
        )


def tell(callbacks: Iterable[Callback], progress: Progress) -> None:
    """Call each of them."""
    for callback in callbacks:
        callback(progress)
