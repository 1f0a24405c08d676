"""`ddpg-tf train`: a new run, or one that was cut off."""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import tyro

from ddpg_tf.cli.console import progress_bar
from ddpg_tf.config import DDPGConfig
from ddpg_tf.presets import PRESETS
from ddpg_tf.run_files import saved_config
from ddpg_tf.startup import import_tensorflow_quietly, start_compiler_quietly

if TYPE_CHECKING:
    from ddpg_tf.training.loop import Progress


@dataclass
class Train:
    """Train an agent.

    Every field below can be set, and overrides the preset's. Writes config.json, metrics.csv and
    TensorBoard events to the run's directory, and the agent at every evaluation.

    Example:  ddpg-tf train --env-id Pendulum-v1 --strategy output_gradients --seed 1
    """

    config: Annotated[DDPGConfig, tyro.conf.OmitArgPrefixes, tyro.conf.FlagConversionOff] = field(
        default_factory=DDPGConfig
    )
    preset: Literal[tuple(PRESETS)] | None = None  # type: ignore[valid-type]
    """Published system whose settings to start from; print(ddpg_tf.PRESETS[NAME]) in Python shows
    their source."""
    run_dir: Path | None = None
    """Directory of the run; by default runs/ENV/NAME-STRATEGY-sSEED, with NAME the preset's or,
    without a preset, the algorithm's."""
    resume: Path | None = None
    """Directory of a run that was cut off, to go on with it. Its own config is used, so no other
    option can be given."""

    def run(self) -> int:
        if self.resume is not None:
            config, run_dir = saved_config(self.resume), self.resume
        else:
            config = self.config
            run_dir = self.run_dir or default_directory(config, self.preset)
            warn_of_no_updates(config)
        # only now, because a mistake in the options should not take seconds to be told
        import_tensorflow_quietly()
        from ddpg_tf import runs
        from ddpg_tf.distributed.cluster import is_chief

        if config.workers == 1:
            start_compiler_quietly()
        with (
            progress_bar(config.env_id, config.total_steps, shown=is_chief()) as advance,
            interruption_explained(config, run_dir),
        ):
            show = on_bar(advance)
            if self.resume is not None:
                result = runs.resume(run_dir, callbacks=[show])
            else:
                result = runs.train(config, run_dir, callbacks=[show])
        if is_chief():
            mean = result.history[-1]["eval_return_mean"]
            print(f"return {mean:.1f} without noise, see {run_dir}")
        return 0


def default_directory(config: DDPGConfig, preset: str | None) -> Path:
    """The directory of a run for which none was named."""
    name = preset or config.algorithm
    return Path("runs") / config.env_id / f"{name}-{config.strategy}-s{config.seed}"


def on_bar(advance: Callable[[int, str | None], None]) -> Callable[["Progress"], None]:
    """Show a run's progress on a bar: its step, and the mean return of its last evaluation."""
    last = 0

    def show(progress: "Progress") -> None:
        nonlocal last
        row = progress.row
        note = None if row is None else f"return {row['eval_return_mean']:.1f}"
        advance(progress.step - last, note)
        last = progress.step

    return show


@contextmanager
def interruption_explained(config: DDPGConfig, run_dir: Path) -> Iterator[None]:
    """Add to a KeyboardInterrupt what can be done with the unfinished run."""
    try:
        yield
    except KeyboardInterrupt:
        if config.workers == 1:
            raise KeyboardInterrupt(f"go on with: ddpg-tf train --resume {run_dir}") from None
        raise KeyboardInterrupt(f"what was saved in {run_dir} is intact") from None


def warn_of_no_updates(config: DDPGConfig) -> None:
    """Print a note if the run will end with its warm-up, which is allowed and rarely meant."""
    if config.warmup_steps >= config.total_steps:
        print(
            f"note: all {config.total_steps:,} steps belong to the warm-up of "
            f"{config.warmup_steps:,}, so nothing will be learned; lower --warmup-steps",
            file=sys.stderr,
        )
