"""`ddpg-tf compare`: the main job."""

import json
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.table import Table

from ddpg_tf.cli.console import progress_bar
from ddpg_tf.cli.interruption import Interrupted, interruptible
from ddpg_tf.cli.output import require_writable
from ddpg_tf.config import DDPGConfig
from ddpg_tf.startup import import_tensorflow_quietly, start_compiler_quietly
from ddpg_tf.validation import FrozenDict


@dataclass
class Compare:
    """Train the same agent once with each of three actor updates and look for different bits.

    Trains three times with a batch of 64 and three times with a batch of 100, from the same seed;
    prints a table and one sentence; writes compare.png and compare.json. Exits with 1 if the runs
    at a batch size that is a power of two are not the same to the bit.

    Example:  ddpg-tf compare --seed 1 --out runs/compare-1
    """

    env_id: str = "Pendulum-v1"
    """Gymnasium id of the environment; module:Env-v0 or module:name for one of your own."""
    env_kwargs: Mapping[str, Any] = field(default_factory=FrozenDict)
    """Arguments for making the environment, plain values by name."""
    wrappers: tuple[str, ...] | None = None
    """Wrappers around the environment, as in ddpg-tf train."""
    seed: int = 0
    """Source of all randomness, the same for all runs."""
    steps: int = 4_500
    """Environment steps of each run."""
    batch_sizes: tuple[int, ...] = (64, 100)
    """One group of runs for each."""
    out: Path = Path("runs/compare")
    """Directory for the figure and the result; those of an earlier comparison are replaced."""

    def run(self) -> int:
        require_writable(self.out)
        import_tensorflow_quietly()
        start_compiler_quietly()
        from ddpg_tf.training.figures import compare_figure
        from ddpg_tf.training.lockstep import (
            COMPARED,
            closing_sentence,
            compare,
            is_comparable,
            unexpected,
        )

        config = DDPGConfig(
            env_id=self.env_id,
            env_kwargs=self.env_kwargs,
            wrappers=self.wrappers,
            seed=self.seed,
            total_steps=self.steps,
            eval_every=500,
            eval_episodes=5,
            update_every=25,
        )
        total = self.steps * len(self.batch_sizes) * len(COMPARED)
        started = time.perf_counter()
        with (
            progress_bar("comparing", total) as advance,
            interruptible("what has been compared is kept", f"{self.out} is as it was") as asked,
        ):
            result = compare(config, self.batch_sizes, progress=advance, interrupted=asked.asked)
        if asked.number and not is_comparable(result):
            raise Interrupted("nothing had been compared yet", asked.number)
        figure = compare_figure(result)
        self.out.mkdir(parents=True, exist_ok=True)
        (self.out / "compare.json").write_text(json.dumps(result) + "\n")
        figure.savefig(self.out / "compare.png", dpi=130)
        Console().print(compare_table(result))
        print(f"{self.out / 'compare.png'}  {self.out / 'compare.json'}")
        if not asked.number:
            print(f"{total:,} steps of {self.env_id} in {time.perf_counter() - started:.0f} s")
        print(f"Result: {closing_sentence(result)}")
        if asked.number:
            raise Interrupted(f"what was compared until then is in {self.out}", asked.number)
        return 1 if unexpected(result) else 0


def compare_table(result: dict) -> Table:
    """The table that `ddpg-tf compare` prints: a row for each run."""
    table = Table(title="Each run compared with mean_q, bit by bit", box=SIMPLE_HEAD, padding=0)
    for column in ("batch", "actor update", "weights", "returns", "steps"):
        table.add_column(column, no_wrap=True)
    for column in ("first difference", "largest", "return"):
        table.add_column(column, justify="right", no_wrap=True)
    for group in result["groups"]:
        for name, run in group["runs"].items():
            first = run["first_different_update"]
            checks = ("same_weights", "same_returns", "same_transitions")
            table.add_row(
                str(group["batch_size"]),
                name,
                *("same" if run[check] else "differ" for check in checks),
                "never" if first is None else f"update {first:,}",
                f"{run['differences'][-1][1]:.1g}",
                f"{run['eval_returns'][-1]:.1f}",
            )
        table.add_section()
    return table
