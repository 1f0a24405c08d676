"""`ddpg-tf train --seeds 0-4`: the same run with several seeds, one after the other."""

import re
from dataclasses import replace
from pathlib import Path
from typing import Literal

from ddpg_tf.config import DDPGConfig
from ddpg_tf.run_files import latest_checkpoint, resumable_checkpoints, saved_config, step_of
from ddpg_tf.training.history import own_row, reached_return

EXAMPLE = "write it like 0-4 or 0,3,7"
MOST_SEEDS = 10_000


def seeds_in(text: str) -> list[int]:
    """The seeds that "0-4" or "0,3,7-9" stand for. Raises ValueError for anything else."""
    seeds: list[int] = []
    for part in text.split(","):
        ends = re.fullmatch(r"\s*(\d+)(?:\s*-\s*(\d+))?\s*", part)
        if not ends:
            raise ValueError(f"--seeds {text!r} is not a list of seeds; {EXAMPLE}")
        first, last = int(ends[1]), int(ends[2] or ends[1])
        if last < first:
            raise ValueError(f"--seeds {text!r} counts down from {first} to {last}; {EXAMPLE}")
        if last - first >= MOST_SEEDS:
            raise ValueError(
                f"--seeds {text!r} stands for {last - first + 1:,} runs; ask for at most "
                f"{MOST_SEEDS:,}"
            )
        seeds += range(first, last + 1)
    repeated = {seed for seed in seeds if seeds.count(seed) > 1}
    if repeated:
        raise ValueError(f"--seeds {text!r} names seed {min(repeated)} twice; name each once")
    return seeds


def state_of(run_dir: Path, config: DDPGConfig) -> Literal["new", "unfinished", "complete"]:
    """How far the run in `run_dir`, which may be new, has come; it may be shorter than `config`'s.

    Raises ValueError if it is the run of another config.
    """
    if not (run_dir / "config.json").is_file():
        return "new"
    saved = saved_config(run_dir)
    if replace(saved, total_steps=max(saved.total_steps, config.total_steps)) != config:
        before, now = saved.to_dict(), config.to_dict()
        name = next(name for name in now if now[name] != before[name])
        raise ValueError(
            f"the run in {str(run_dir)!r} has {name} {before[name]} and not {now[name]}; choose "
            "another --run-dir, or remove it"
        )
    if resumable_checkpoints(run_dir):
        last = latest_checkpoint(run_dir)
        if step_of(last) >= config.total_steps or reached_return(config, own_row(last)):
            return "complete"
    if config.workers > 1:
        raise ValueError(
            f"the run in {str(run_dir)!r} was cut off, and a run with several workers cannot go "
            "on; remove it, or choose another --run-dir"
        )
    return "unfinished"


def of_each(config: DDPGConfig, seeds: list[int]) -> list[DDPGConfig]:
    """The config with each of the seeds. Raises ValueError if it has a seed already."""
    if config.seed != DDPGConfig().seed:
        raise ValueError(f"--seed {config.seed} and --seeds contradict each other; leave out one")
    return [replace(config, seed=seed) for seed in seeds]
