"""Start a run, here or on several workers; go on with one that was cut off."""

from collections.abc import Callable
from contextlib import closing

from ddpg_tf.config import DDPGConfig
from ddpg_tf.distributed.cluster import several_workers
from ddpg_tf.training.loop import Progress, Result, TrainingRun, follow
from ddpg_tf.training.recorder import RunRecorder
from ddpg_tf.training.resume import restore_run, saved_config


def train(
    config: DDPGConfig | None = None,
    run_dir=None,
    progress: Callable[[Progress], None] | None = None,
) -> Result:
    """Train an agent as `config` says.

    run_dir: directory for config.json, metrics.csv, TensorBoard events and checkpoints; None writes
    nothing to disk. progress: called with each `Progress`.
    Raises ValueError or TypeError for what cannot be trained and FileExistsError for a directory
    that holds a run already, each before anything is written.
    """
    config = config or DDPGConfig()
    if several_workers(config):
        from ddpg_tf.distributed import train_together

        return train_together(config, run_dir, progress)
    run = TrainingRun(config)
    with closing(run.environments):
        recorder = RunRecorder(run_dir, run.config) if run_dir is not None else None
        return follow(run, recorder, [], progress)


def resume(run_dir, progress: Callable[[Progress], None] | None = None) -> Result:
    """Go on with the run in `run_dir` from its last evaluation, to the same end, bit for bit.

    Raises FileNotFoundError if there is no run and ValueError if it is complete, if it had several
    workers, or if its environment, played again, does not do the same again.
    """
    config = saved_config(run_dir)
    if config.workers > 1:
        raise ValueError(
            f"the run in {str(run_dir)!r} had {config.workers} workers, of which only the first is "
            "saved; it cannot be resumed, but its agent is intact: ddpg-tf evaluate DIR"
        )
    run = TrainingRun(config)
    with closing(run.environments):
        restore_run(run, run_dir)
        recorder = RunRecorder.resumed(run_dir, run.step)
        return follow(run, recorder, recorder.history, progress)
