"""`ddpg-tf train`: a new run, or one that was cut off."""

import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Literal

import tyro

from ddpg_tf.cli.console import progress_bar
from ddpg_tf.config import DDPGConfig
from ddpg_tf.presets import PRESETS
from ddpg_tf.run_files import saved_config
from ddpg_tf.startup import import_tensorflow_quietly, start_compiler_quietly


@dataclass
class Train:
    """Train an agent.

    Every field below can be set, and overrides the preset's. Writes config.json, metrics.csv,
    TensorBoard events and the agent at every evaluation to the run's directory.

    Example:  ddpg-tf train --env-id Pendulum-v1 --strategy output_gradients --seed 1
    """

    config: Annotated[DDPGConfig, tyro.conf.OmitArgPrefixes, tyro.conf.FlagConversionOff] = field(
        default_factory=DDPGConfig
    )
    preset: Literal[tuple(PRESETS)] | None = None
    """Published hyperparameters to start from."""
    run_dir: Path | None = None
    """Directory of the run; by default runs/ENV/NAME-STRATEGY-sSEED, with NAME the preset's or, for
    none, the algorithm's."""
    resume: Path | None = None
    """Directory of a run that was cut off, to go on with; its config holds, no other option."""

    def run(self) -> int:
        if self.resume is not None:
            config, run_dir = saved_config(self.resume), self.resume
        else:
            config, run_dir = self.config, self.run_dir
            run_dir = run_dir or default_directory(config, self.preset)
            warn_of_no_updates(config)
        import_tensorflow_quietly()
        from ddpg_tf.distributed.cluster import is_chief
        from ddpg_tf.runs import resume, train

        if config.workers == 1:
            start_compiler_quietly()
        with progress_bar(config.env_id, config.total_steps, shown=is_chief()) as advance:
            last = 0

            def show(reached):
                nonlocal last
                row = reached.row
                advance(reached.step - last, row and f"return {row['eval_return_mean']:.1f}")
                last = reached.step

            try:
                result = resume(run_dir, show) if self.resume else train(config, run_dir, show)
            except KeyboardInterrupt:
                goes_on = f"go on with: ddpg-tf train --resume {run_dir}"
                raise KeyboardInterrupt(
                    goes_on if config.workers == 1 else f"what was saved in {run_dir} is intact"
                ) from None
        if is_chief():
            mean = result.history[-1]["eval_return_mean"]
            print(f"return {mean:.1f} without noise, see {run_dir}")
        return 0


def default_directory(config: DDPGConfig, preset: str | None) -> Path:
    """The directory of a run for which none was named."""
    kind = preset or config.algorithm
    return Path("runs") / config.env_id / f"{kind}-{config.strategy}-s{config.seed}"


def warn_of_no_updates(config: DDPGConfig) -> None:
    """Say so if the run will end with its warm-up: it is allowed, and rarely meant."""
    if config.warmup_steps >= config.total_steps:
        print(
            f"note: all {config.total_steps:,} steps belong to the warm-up of "
            f"{config.warmup_steps:,}, so nothing will be learned; lower --warmup-steps",
            file=sys.stderr,
        )
