"""Training runs, each of them what a line of the command line does."""

import time
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from dataclasses import replace
from multiprocessing import get_context

from comparisons.runs import config_of
from ddpg_tf import DDPG, evaluate
from ddpg_tf.startup import import_tensorflow_quietly
from ddpg_tf.training.loop import TrainingRun

DEFAULT_EPISODES = 20
"""Episodes that `ddpg-tf evaluate` plays by default."""


class TargetsByMovingMoments(DDPG):
    """An agent whose target critics normalise next states by moving moments, in inference mode."""

    def target_values(self, observations, actions):
        return [self.value(critic, observations, actions) for critic in self.target_critics]


def training(command: str, seed: int, episodes: int, agent_class: type[DDPG] | None = None) -> dict:
    """Train; the learning curve, the mean return of new episodes at the end, and the seconds.

    agent_class: a class in place of the one that the command's algorithm names. first_return is
    the mean of the first DEFAULT_EPISODES episodes. The time includes compiling and the evaluations
    on the way, but not the import of TensorFlow.
    """
    config = replace(config_of(command), seed=seed)
    started = time.perf_counter()
    with TrainingRun(config, agent_class) as run:
        for _ in run:
            pass
    seconds = time.perf_counter() - started
    returns = evaluate(run.agent, config.env_id, episodes)
    return {
        "seed": seed,
        "steps": [row["step"] for row in run.history],
        "eval_returns": [row["eval_return_mean"] for row in run.history],
        "return": float(returns.mean()),
        "first_return": float(returns[:DEFAULT_EPISODES].mean()),
        "standard_deviation": float(returns.std()),
        "seconds": seconds,
    }


@contextmanager
def trained(trials: list[tuple], together: int) -> Iterator[Iterator[dict]]:
    """Yield what `training` returns for each (member, seed, agent's class), in order.

    together: how many run at a time, for one run alone does not keep two cores busy.
    """
    rows = [(member["command"], seed, member["episodes"], kind) for member, seed, kind in trials]
    if together == 1:
        yield (training(*row) for row in rows)
        return
    context = get_context("spawn")
    with ProcessPoolExecutor(together, context, import_tensorflow_quietly) as pool:
        yield pool.map(training, *zip(*rows, strict=True))
