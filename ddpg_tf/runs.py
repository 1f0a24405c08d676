"""Start a run, here or on several workers; go on with one that was cut off."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from ddpg_tf.agents.ddpg import require_config
from ddpg_tf.config import DDPGConfig, PositiveInt
from ddpg_tf.distributed import train_together
from ddpg_tf.distributed.cluster import several_workers
from ddpg_tf.environments.description import with_environment
from ddpg_tf.environments.make import Source, environment_for
from ddpg_tf.environments.spaces import action_bounds, observation_shape
from ddpg_tf.networks.own import UNNAMED, Network, require_names, with_names
from ddpg_tf.run_files import saved_config
from ddpg_tf.startup import note
from ddpg_tf.storage import locked
from ddpg_tf.training.loop import Result, TrainingRun
from ddpg_tf.training.progress import Callback, require_callbacks
from ddpg_tf.training.recorder import RunRecorder
from ddpg_tf.training.resume import restore_run
from ddpg_tf.training.saved_run import saved_run, to_go_on_from, why_complete
from ddpg_tf.training.start import Trained, with_start
from ddpg_tf.training.transitions import ReplaySource
from ddpg_tf.validation import plain, require, require_path


def train(
    config: DDPGConfig | None = None,
    run_dir: str | Path | None = None,
    *,
    env: Source | None = None,
    actor: Network | None = None,
    critic: Network | None = None,
    init_from: Trained | None = None,
    replay: ReplaySource | None = None,
    callbacks: Sequence[Callback] = (),
) -> Result:
    """Train an agent as `config` says.

    run_dir: directory for config.json, metrics.csv, TensorBoard events and checkpoints; None writes
    nothing to disk.
    env: an id or a spec of Gymnasium's, or a function that makes an environment, in place of the
    config's env_id. config.json records whatever can be written down; a function must be given to
    `resume` and `evaluate` again.
    actor, critic: networks of your own, see `DDPG`; config.json names those that have a name,
    others are to be given to `resume` again.
    init_from: a trained agent, or the directory of its run, whose networks (with `init_optimizers`
    also optimisers) and running moments this run begins with.
    replay: transitions that the replay buffer begins with: a `ReplayBuffer`, a `Batch`, a mapping
    or a list of episodes with its fields, or the path of a run or of a file, see
    `training/transitions.py`.
    callbacks: functions that are called with each `Progress`; one ends the run by calling its
    `stop`. If one raises, the run is saved as it stands and the error goes on; with workers on this
    machine, what came after the last evaluation is lost.
    Raises ValueError or TypeError for what cannot be trained and FileExistsError for a directory
    that holds a run already, each before anything is written. An environment that does what
    Gymnasium's API does not allow ends the run with a FaultyEnvironmentError; what was learned is
    saved first.
    """
    config = require_config(DDPGConfig() if config is None else config)
    if run_dir is not None:
        require_path("run_dir", run_dir)
    require_callbacks(callbacks)
    config = with_names(config, actor, critic)
    if several_workers(config):
        config = with_start(config, init_from, replay)
        if config.init_from == UNNAMED:
            raise ValueError(
                f"{config.workers} workers load the agent themselves: save it (agent.save(DIR)) "
                "and give init_from=DIR"
            )
        require_names(config)
        config, made_by = with_environment(config, env)
        if made_by is not None:
            raise ValueError(
                f"{config.workers} workers cannot share {config.env_id}: give them an env_id that "
                "each can make by itself, such as my_module:make_environment"
            )
        # what they would find out one by one, before any of them is started
        with environment_for(config) as example:
            observation_shape(example.observation_space)
            action_bounds(example.action_space)
        return train_together(config, run_dir, callbacks)
    with TrainingRun(
        config, env=env, actor=actor, critic=critic, init_from=init_from, replay=replay
    ) as run:
        if run_dir is not None:
            run.record_to(run_dir)
        for progress in run:
            run.tell(callbacks, progress)
        return run.result


def resume(
    run_dir: str | Path,
    total_steps: int | None = None,
    *,
    env: Source | None = None,
    actor: Network | None = None,
    critic: Network | None = None,
    callbacks: Sequence[Callback] = (),
) -> Result:
    """Go on with the run in `run_dir` from its last checkpoint, to the same end, bit for bit.

    total_steps: another length, more than what was done: then the run becomes the one that had this
    length from the beginning, bit for bit, unless it has a learning_rate_schedule, which is spread
    over the whole run.
    env: as in `train`, needed if config.json could not hold the run's own.
    actor, critic: networks of your own that the run was started with and that have no name.
    A checkpoint that is damaged is named in a line, and the one before it used.
    Raises FileNotFoundError if there is no run, BlockingIOError if another process is training it,
    DamagedError for files that are not what was written, and ValueError if it is complete, if it
    had several workers, if another version made it, or if its environment does not answer the same
    actions in the same way again.
    """
    require_path("run_dir", run_dir)
    require("total_steps", plain(total_steps), PositiveInt | None)
    require_callbacks(callbacks)
    config = saved_config(run_dir)
    if config.workers > 1:
        raise ValueError(
            f"the run in {str(run_dir)!r} had {config.workers} workers, of which only the first is "
            "saved; it cannot be resumed, but its agent is intact: ddpg-tf evaluate DIR"
        )
    with locked(run_dir):
        saved = saved_run(run_dir)
        if complete := why_complete(config, saved, total_steps):
            raise ValueError(complete)
        longer = config if total_steps is None else replace(config, total_steps=total_steps)
        if longer != config and config.learning_rate_schedule != "constant":
            note(
                f"the learning_rate_schedule {config.learning_rate_schedule} is spread over "
                f"{longer.total_steps:,} steps from here on; a run that had them from the "
                "beginning would have other bits"
            )
        with TrainingRun(longer, env=env, actor=actor, critic=critic, resumes=run_dir) as run:
            saved = to_go_on_from(saved)
            if saved is not None:
                restore_run(run, saved)
            run.recorder = RunRecorder.resumed(run_dir, longer, saved, run.made_by)
            for progress in run:
                run.tell(callbacks, progress)
            return run.result
