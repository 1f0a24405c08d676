"""One of the workers that the study starts: times updates alone and together, in turns."""

import os
import sys
import time
from collections.abc import Callable, Iterable
from dataclasses import replace
from functools import partial

from ddpg_tf.config import DDPGConfig
from ddpg_tf.distributed.child import Parent, obey
from ddpg_tf.distributed.cluster import cluster_of_environment
from ddpg_tf.startup import import_tensorflow_quietly


def measure(order: dict, parent: Parent) -> None:
    """Send the chief's seconds for each case of the order, one after the other."""
    cluster = cluster_of_environment()
    stay_on_one_core(cluster.index)
    import_tensorflow_quietly()
    from ddpg_tf.distributed.collectives import Workers

    workers = Workers(cluster)
    for config in order["cases"].values():
        seconds = seconds_of(DDPGConfig.from_dict(config), workers, order["rounds"])
        if workers.is_chief:
            parent.tell(seconds)
    workers.wait()


def stay_on_one_core(index: int) -> None:
    """Keep this process on the core of its index, as if it were a machine by itself."""
    if hasattr(os, "sched_setaffinity"):
        cores = sorted(os.sched_getaffinity(0))
        os.sched_setaffinity(0, {cores[index % len(cores)]})


def seconds_of(config: DDPGConfig, workers, rounds: int) -> dict[str, float]:
    """The least seconds for one update of each block, of so many rounds taken in turns.

    xla, graph: the learner alone, all B transitions. together: with all workers, B / N each.
    all_reduce: averaging the gradients and nothing else. run_alone, run_together: one step of the
    environment and one update, in a whole training run. On the other workers,
    the seconds of what the chief does alone are spent waiting.
    """
    from ddpg_tf.distributed.worker import WorkerRun
    from ddpg_tf.training.loop import TrainingRun

    together = WorkerRun(config, workers)
    learn_together, run_together = blocks_of(together)
    blocks = {
        "together": learn_together,
        "run_together": run_together,
        "all_reduce": all_reduces(config.update_every, together.agent, workers),
    }
    alone = replace(config, workers=1)
    blocks |= dict.fromkeys(("xla", "run_alone", "graph"), nothing)
    if workers.is_chief:
        blocks["xla"], blocks["run_alone"] = blocks_of(TrainingRun(alone))
        blocks["graph"], _ = blocks_of(TrainingRun(replace(alone, jit_compile=False)))
    seconds = {name: [] for name in blocks}
    for _ in range(rounds):
        for name, block in blocks.items():
            workers.wait()
            started = time.perf_counter()
            block()
            seconds[name].append((time.perf_counter() - started) / config.update_every)
    return {name: min(times) for name, times in seconds.items()}


def blocks_of(run: Iterable) -> tuple[Callable, Callable]:
    """Two functions: K updates, and K steps and updates of the run. Everything is compiled."""
    progress = iter(run)
    # the warm-up comes in blocks without updates
    while next(progress).metrics is None:
        pass
    config = run.config
    batch = run.replay.sample(run.generators["replay"], config.batch_size, config.update_every)
    return partial(run.agent.learn, batch), partial(next, progress)


def all_reduces(updates: int, agent, workers) -> Callable:
    """A function that averages what the gradients of that many updates would be."""
    import tensorflow as tf

    networks = agent.critic, agent.actor
    gradients = [[tf.zeros(v.shape) for v in net.trainable_variables] for net in networks]

    @tf.function
    def loop():
        critic, actor = gradients
        for _ in tf.range(updates):
            critic = workers.average(critic)
            actor = workers.average(actor)
        return critic, actor

    loop()
    return loop


def nothing() -> None:
    """What the others do while the chief works alone."""


if __name__ == "__main__":
    sys.exit(obey(measure))
