"""`ddpg-tf train`: a new run, or one that was cut off."""

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from ddpg_tf.cli.console import progress_bar
from ddpg_tf.cli.interruption import Interrupted, interruptible, number_of
from ddpg_tf.cli.output import require_writable
from ddpg_tf.cli.seeds import of_each, seeds_in, state_of
from ddpg_tf.config import DDPGConfig
from ddpg_tf.distributed.cluster import is_chief
from ddpg_tf.presets import PRESETS
from ddpg_tf.run_files import latest_checkpoint, saved_config
from ddpg_tf.startup import import_tensorflow_quietly, note, start_compiler_quietly
from ddpg_tf.training.history import best_row, reached_return
from ddpg_tf.training.saved_run import saved_run, why_complete

if TYPE_CHECKING:
    from ddpg_tf.training.progress import Progress


@dataclass
class Train:
    """Train an agent.

    Every option overrides the preset's setting, or the default.

    Writes config.json, metrics.csv, TensorBoard's events and checkpoints.

    Example:  ddpg-tf train --env-id Pendulum-v1 --strategy output_gradients --seed 1
    """

    config: DDPGConfig = field(default_factory=DDPGConfig)
    preset: Literal[tuple(PRESETS)] | None = None  # type: ignore[valid-type]
    """Published system whose settings to start from; print(ddpg_tf.PRESETS[NAME]) in Python shows
    their source."""
    run_dir: Path | None = None
    """Directory of the run; by default runs/ENV/NAME-STRATEGY-sSEED, with NAME the preset's or,
    without a preset, the algorithm's."""
    resume: Path | None = None
    """Directory of a run that was cut off, or is to become longer, to go on with it. Its own config
    is used: the only other options are --total-steps, for a run of another length, and --env-id,
    for a run whose environment came from a function."""

    seeds: str | None = None
    """Seeds of several runs, like 0-4 or 0,3,7, in place of --seed: one run after the other, each
    in a directory of its own. Given again, unfinished runs go on, and so do all with more
    --total-steps; complete ones are left alone."""

    has_new_length: bool = field(default=False, init=False)
    """Whether --total-steps was given with --resume."""

    def run(self) -> int:
        if self.resume is None and self.config.init_from is not None:
            # as the run's config.json will name it, and before TensorFlow is imported
            checkpoint = latest_checkpoint(self.config.init_from)
            self.config = replace(self.config, init_from=str(checkpoint))
        return self.run_one() if self.seeds is None else self.run_each(seeds_in(self.seeds))

    def run_each(self, seeds: list[int]) -> int:
        """Make the runs that `--seeds` asks for, after all of them have been found possible."""
        runs = []
        for config in of_each(self.config, seeds):
            directory = default_directory(config, self.preset)
            if self.run_dir is not None:
                directory = self.run_dir / f"s{config.seed}"
            runs.append((config, directory, state_of(directory, config)))
        try:
            for config, directory, state in runs:
                if state == "complete":
                    print(f"complete already, see {directory}")
                elif state == "unfinished":
                    unfinished = replace(self, config=config, seeds=None, resume=directory)
                    unfinished.has_new_length = saved_config(directory) != config
                    unfinished.run_one()
                else:
                    replace(self, config=config, seeds=None, run_dir=directory).run_one()
        except KeyboardInterrupt as interrupt:
            said = "to go on, give the same command again"
            raise Interrupted(said, number_of(interrupt)) from None
        print(f"ddpg-tf plot {' '.join(str(directory) for _, directory, _ in runs)}")
        return 0

    def run_one(self) -> int:
        config = self.config
        if self.resume is not None:
            run_dir = self.resume
            total_steps = config.total_steps if self.has_new_length else None
            before = saved_config(run_dir)
            saved = saved_run(run_dir) if before.workers == 1 else None
            if complete := why_complete(before, saved, total_steps):
                print(complete)
                return 0
        else:
            run_dir = self.run_dir or default_directory(config, self.preset)
            require_writable(run_dir)
            warn_of_no_updates(config)
        with (
            progress_bar(config.env_id, config.total_steps, shown=is_chief()) as advance,
            interruption_explained(config, run_dir),
        ):
            # only now, because a mistake in the options should not take seconds to be told
            advance(0, "loading TensorFlow")
            import_tensorflow_quietly()
            from ddpg_tf import runs

            if config.workers == 1:
                start_compiler_quietly()
            with heard(config, run_dir) as callbacks:
                callbacks = [on_bar(advance, config), *callbacks]
                if self.resume is not None:
                    other = self.other_environment
                    result = runs.resume(run_dir, total_steps, env=other, callbacks=callbacks)
                else:
                    result = runs.train(config, run_dir, callbacks=callbacks)
        if is_chief():
            print(closing_line(result.history, run_dir, config))
        return 0

    @property
    def other_environment(self) -> str | None:
        """The environment that a resumed run is to have in place of its own, or None."""
        given = self.config.env_id
        return None if given == saved_config(str(self.resume)).env_id else given


def closing_line(rows: list[dict], run_dir: Path, config: DDPGConfig) -> str:
    """What the last evaluation returned, and the best, if that was another."""
    last, best = rows[-1], best_row(rows)
    said = f"return {last['eval_return_mean']:.1f} without noise, see {run_dir}"
    if reached_return(config, last):
        said += f"; at step {last['step']:,} it reached stop_at_return {config.stop_at_return:g}"
    if best is not None and best is not last:
        said += (
            f"; the best was {best['eval_return_mean']:.1f} at step {best['step']:,}: "
            f"ddpg-tf evaluate {run_dir} --best"
        )
    return said


def default_directory(config: DDPGConfig, preset: str | None) -> Path:
    """The directory of a run for which none was named."""
    name = preset or config.algorithm
    return Path("runs") / legal_name(config.env_id) / f"{name}-{config.strategy}-s{config.seed}"


def legal_name(env_id: str) -> str:
    """A name for a directory, on any system: Windows allows no colon, nor a dot at the end."""
    name = re.sub(r"[^\w.-]+", "-", env_id).strip(".-")
    return f"env-{name}" if not name or re.match(DEVICES, name, re.IGNORECASE) else name


DEVICES = r"(con|prn|aux|nul|com\d|lpt\d)(\.|$)"
"""Names that mean devices on Windows, with any ending."""


def on_bar(
    advance: Callable[[int, str | None], None], config: DDPGConfig
) -> Callable[["Progress"], None]:
    """Show a run's progress on a bar: its step, and the mean return of its last evaluation.

    Until the first block with updates is done, the bar says what is going on instead.
    """
    first = config.warmup_steps + config.update_every
    last, value, learns = 0, "", False
    advance(0, waiting_for(config, 0))

    def show(progress: "Progress") -> None:
        nonlocal last, value, learns
        learns = learns or progress.metrics is not None or progress.step >= first
        if progress.row is not None:
            value = f"return {progress.row['eval_return_mean']:.1f}"
        advance(progress.step - last, value if learns else waiting_for(config, progress.step))
        last = progress.step

    return show


def waiting_for(config: DDPGConfig, step: int) -> str:
    """What a run does at a step before its first update: the learner is compiled in its call."""
    in_warmup = step + config.update_every <= config.warmup_steps
    return "warm-up" if in_warmup else "compiling"


@contextmanager
def heard(config: DDPGConfig, run_dir: Path) -> Iterator[list[Callable]]:
    """Callbacks that end a run with a checkpoint where it is interrupted inside.

    None for several workers, which end with this process.
    """
    if config.workers > 1:
        yield []
        return
    intact = f"what was saved in {run_dir} is intact: ddpg-tf train --resume {run_dir}"
    with interruptible("the block that is running is finished and saved", intact) as interruption:
        yield [interruption]


@contextmanager
def interruption_explained(config: DDPGConfig, run_dir: Path) -> Iterator[None]:
    """Add to a KeyboardInterrupt what can be done with the unfinished run."""
    try:
        yield
    except KeyboardInterrupt as interrupt:
        said = f"what was saved in {run_dir} is intact"
        if not (run_dir / "config.json").is_file():
            said = "nothing was written yet"
        elif config.workers == 1:
            saved = "".join(f"{text}; " for text in interrupt.args)
            said = f"{saved}go on with: ddpg-tf train --resume {run_dir}"
        raise Interrupted(said, number_of(interrupt)) from None


def warn_of_no_updates(config: DDPGConfig) -> None:
    """Print a note if the run will end with its warm-up, which is allowed and rarely meant."""
    if config.warmup_steps >= config.total_steps:
        note(
            f"all {config.total_steps:,} steps belong to the warm-up of {config.warmup_steps:,}, "
            "so nothing will be learned; lower --warmup-steps"
        )
