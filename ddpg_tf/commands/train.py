"""`ddpg-tf train`: a new run, or one that was cut off."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Literal

import tyro

from ddpg_tf.config import DDPGConfig
from ddpg_tf.console import progress_bar
from ddpg_tf.presets import PRESETS


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
    """Directory of the run; by default runs/ENV/ALGORITHM-STRATEGY-sSEED."""
    resume: Path | None = None
    """Directory of a run that was cut off, to go on with; its config holds, no other option."""

    def run(self) -> int:
        from ddpg_tf.distributed.cluster import is_chief
        from ddpg_tf.resuming import saved_config
        from ddpg_tf.training import resume, train

        if self.resume is not None:
            self.require_nothing_else()
            config, run_dir = saved_config(self.resume), self.resume
        else:
            config, run_dir = self.config, self.run_dir or default_directory(self.config)
        with progress_bar(config.env_id, config.total_steps, shown=is_chief()) as advance:
            last = 0

            def show(moment):
                nonlocal last
                row = moment.row
                advance(moment.step - last, row and f"return {row['eval_return_mean']:.1f}")
                last = moment.step

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

    def require_nothing_else(self) -> None:
        """Raise ValueError if more than the run to resume was given."""
        if self != Train(resume=self.resume):
            raise ValueError(
                "--resume goes on with the run's own config; leave out all other options, or start "
                "a new run without --resume"
            )


def default_directory(config: DDPGConfig) -> Path:
    """Return the directory of a run for which none was named."""
    return Path("runs") / config.env_id / f"{config.algorithm}-{config.strategy}-s{config.seed}"
