"""One worker's part of a run."""

import dataclasses
import multiprocessing
from collections.abc import Sequence
from functools import partial
from pathlib import Path

import numpy as np

from ddpg_tf.config import DDPGConfig
from ddpg_tf.distributed.agent import averaging
from ddpg_tf.distributed.cluster import Cluster
from ddpg_tf.distributed.collectives import Workers, losses_in_one_line
from ddpg_tf.environments.faults import FaultyEnvironmentError
from ddpg_tf.training.loop import Result, TrainingRun
from ddpg_tf.training.progress import Callback
from ddpg_tf.training.recorder import RunRecorder
from ddpg_tf.training.start import write_start


def train_as_worker(
    config: DDPGConfig,
    cluster: Cluster,
    run_dir: str | Path | None = None,
    callbacks: Sequence[Callback] = (),
) -> Result:
    """Train as one of the workers of `config`; only the chief evaluates, records and reports."""
    # async environments: a plain fork of a process that talks to others would hang
    multiprocessing.set_start_method("forkserver", force=True)
    with losses_in_one_line(), WorkerRun(config, Workers(cluster)) as run:
        if cluster.is_chief and run_dir is not None:
            run.recorder = RunRecorder(run_dir, config, write_start=partial(write_start, run))
        for progress in run:
            run.tell(callbacks if cluster.is_chief else (), progress)
        run.workers.wait()
        return run.result


class WorkerRun(TrainingRun):
    """A run with B / N transitions a batch, whose agent learns together with all others."""

    def __exit__(self, kind, error: BaseException | None, traceback) -> None:
        super().__exit__(kind, error, traceback)
        if isinstance(error, FaultyEnvironmentError) and not error.saved:
            error.saved = "what was saved before is intact"

    def __init__(self, config: DDPGConfig, workers: Workers):
        self.workers = workers
        own = worker_config(config, workers.index)
        super().__init__(own, averaging(config.algorithm, workers))
        # what is saved is the agent of the whole run
        self.agent.config = config

    def agreed(self, stop: bool) -> bool:
        """Whether a worker ends the run here: then all do."""
        return bool(self.workers.gather(np.int32([stop])).numpy().any())

    def evaluation_row(self) -> dict | None:
        """Evaluate if this is the chief."""
        if self.workers.is_chief:
            return super().evaluation_row()
        self.episodes = self.episodes.next()
        return None


def worker_config(config: DDPGConfig, index: int) -> DDPGConfig:
    """The config of one worker: its share of the batch and a seed of its own.

    The chief keeps the run's seed. XLA has no collective operations between processes.
    """
    seed = config.seed
    if index > 0:
        seed = int(np.random.SeedSequence([seed, index]).generate_state(1)[0])
    return dataclasses.replace(
        config,
        seed=seed,
        batch_size=config.batch_size // config.workers,
        workers=1,
        jit_compile=False,
    )
