"""What is measured: the whole loop of this project, steps and updates, over one size at a time."""

import time
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import replace
from functools import partial
from typing import NamedTuple

import numpy as np

from comparisons.cost.timing import best_times
from comparisons.study import Track
from ddpg_tf import DDPGConfig, TrainingRun, train
from ddpg_tf.batch import Batch

BLOCK = 64
"""Steps between calls of the learner: a multiple of every number of environments here."""

BASE = DDPGConfig(
    total_steps=10_000_000,
    eval_every=10_000_000,
    update_every=BLOCK,
    buffer_size=100_000,
    eval_episodes=1,
)
"""Pendulum-v1, B = 64, networks of 256-256, one environment, one worker."""


class Sweep(NamedTuple):
    """A field of the config and the sizes that it takes.

    quick: those of a quick run. has_fixed_part: whether the law is to have one.
    """

    field: str
    sizes: tuple[int, ...]
    quick: tuple[int, ...]
    has_fixed_part: bool


SWEEPS = {
    "buffer": Sweep(
        "buffer_size", (10_000, 30_000, 100_000, 300_000, 1_000_000), (500, 2_000), False
    ),
    "width": Sweep("hidden_sizes", (64, 128, 256, 512, 1_024), (16, 32, 64), True),
    "batch": Sweep("batch_size", tuple(2**k for k in range(5, 13)), (16, 32, 64), True),
    "environments": Sweep("num_envs", (1, 2, 4, 8, 16), (1, 2, 4), False),
}
"""Name -> what is varied within one process."""

WORKERS = (1, 2)
"""Two cores are all that is asked of a machine."""


def run(quick: bool, track: Track) -> dict:
    """The seconds of a step over each size, for each round."""
    effort = {"rounds": 2, "seconds": 0.0} if quick else {"rounds": 9, "seconds": 0.4}
    sweeps = {
        name: {
            "sizes": list(sweep.quick if quick else sweep.sizes),
            "rounds": sweep_rounds(sweep, quick, effort),
            "has_fixed_part": sweep.has_fixed_part,
        }
        for name, sweep in track(SWEEPS.items(), "one process")
    }
    steps, rounds = (256, 1) if quick else (2_048, 5)
    workers = [
        [worker_seconds(count, steps) for count in WORKERS] for _ in track(range(rounds), "workers")
    ]
    sweeps["workers"] = {"sizes": list(WORKERS), "rounds": workers, "has_fixed_part": False}
    return {"block": BLOCK, "batch_size": BASE.batch_size, "sweeps": sweeps}


def sweep_rounds(sweep: Sweep, quick: bool, effort: dict) -> list[list[float]]:
    """The seconds of a step and its update, [rounds, sizes], the sizes in turns."""
    with ExitStack() as stack:
        blocks = {}
        for size in sweep.quick if quick else sweep.sizes:
            config = config_of(sweep.field, size, quick)
            replay = in_order(size) if sweep.field == "buffer_size" else None
            blocks[size] = block_of(stack.enter_context(TrainingRun(config, replay=replay)))
        times = best_times(blocks, **effort)
    return (np.transpose(list(times.values())) / BLOCK).tolist()


def config_of(field: str, size: int, quick: bool) -> DDPGConfig:
    """The base config with one field changed; with enough random steps for a batch."""
    value = (size, size) if field == "hidden_sizes" else size
    base = replace(BASE, hidden_sizes=(16, 16), jit_compile=False) if quick else BASE
    config = replace(base, **{field: value})
    return replace(config, warmup_steps=max(BLOCK, config.batch_size))


def in_order(count: int) -> Batch:
    """Made-up transitions for Pendulum-v1, each beginning where the one before it ended."""
    generator = np.random.default_rng(0)
    observations = generator.uniform(-1, 1, (count + 1, 3)).astype(np.float32)
    return Batch(
        observations=observations[:-1],
        actions=generator.uniform(-2, 2, (count, 1)).astype(np.float32),
        rewards=generator.uniform(-16, 0, count).astype(np.float32),
        next_observations=observations[1:],
        terminated=np.zeros(count, bool),
    )


def block_of(run: TrainingRun) -> Callable[[], object]:
    """A block of steps and updates of a run whose warm-up is over, as a function."""
    progress = iter(run)
    while next(progress).metrics is None:
        pass
    return partial(next, progress)


def worker_seconds(workers: int, steps: int) -> float:
    """The seconds of a step of so many workers, who step environments of their own, together.

    Read in the second half of a run of `steps` steps each, as a callback sees it.
    """
    seen = {}

    def note(progress):
        seen.setdefault(progress.step, time.perf_counter())

    config = replace(BASE, workers=workers, total_steps=steps, eval_every=steps, warmup_steps=BLOCK)
    train(config, callbacks=[note])
    # the last one comes with an evaluation
    first, last = min(step for step in seen if step >= steps // 2), steps - BLOCK
    return (seen[last] - seen[first]) / (last - first) / workers
