"""One run on several processes or machines, as OpenAI Baselines did it with MPI.

Every worker has environments, noise and a replay buffer of its own, and draws its share of each
batch, B / N transitions, from its own buffer. Between gradients and optimiser the gradients are
averaged over the N workers. All workers start from the weights of the first, the chief, and make
equal updates from there: so their weights stay equal, and never have to be sent.

    cluster.py      who takes part: TensorFlow's environment variable TF_CONFIG
    collectives.py  average, gather and copy between workers, on MultiWorkerMirroredStrategy
    agent.py        the same agents, with averaged gradients and shared moments
    worker.py       one worker's part of a run
    launch.py       N workers on this machine, each a process with a TF_CONFIG of its own
    child.py        how such a process talks to the one that started it
"""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from ddpg_tf.config import DDPGConfig

if TYPE_CHECKING:
    from ddpg_tf.training.loop import Result


def train_together(
    config: DDPGConfig, run_dir: str | Path | None = None, callbacks: Sequence[Callable] = ()
) -> "Result":
    """Train as `ddpg_tf.train` does, with `config.workers` workers.

    With TF_CONFIG in the environment this process is one of them; else all are started here.
    Besides what `train` raises, raises ConnectionError or ChildProcessError if a worker is lost,
    and ValueError if TF_CONFIG lists another number of workers.
    """
    from ddpg_tf.distributed.cluster import cluster_for
    from ddpg_tf.distributed.launch import train_on_this_machine
    from ddpg_tf.distributed.worker import train_as_worker

    cluster = cluster_for(config.workers)
    if cluster is None:
        return train_on_this_machine(config, run_dir, callbacks)
    return train_as_worker(config, cluster, run_dir, callbacks)
