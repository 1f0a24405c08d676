"""Whole trainings in lockstep: when the bits first differ from mean_q's, and what becomes of it.

Each strategy trains an agent of its own on the real environment, from the same seed: at a batch
size that is a power of two and at one that is not, with and without the fence that keeps the
compiler from mixing gradient and optimiser; and, for scale, mean_q from another seed.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

import ddpg_tf.agents.ddpg
import ddpg_tf.strategies.base
import ddpg_tf.strategies.get_updates
from comparisons.lockstep.figures import difference_figure, return_figure
from comparisons.lockstep.finding import finding
from ddpg_tf import DDPGConfig
from ddpg_tf.training.lockstep import (
    COMPARED,
    FingerprintedDDPG,
    compare_group,
    compare_updates,
    new_record,
)
from ddpg_tf.training.loop import TrainingRun

FENCED_MODULES = (ddpg_tf.strategies.base, ddpg_tf.strategies.get_updates, ddpg_tf.agents.ddpg)
"""Where `fence` is called by that name."""

SMALL_ENOUGH = ("output_gradients", "mean_q", "get_updates", "surrogate", "target_action")
"""All but jacobian, which no training run of this size can afford."""


@contextmanager
def no_fence() -> Iterator[None]:
    """Let agents that are compiled inside run without the fence before their optimisers."""
    fences = [module.fence for module in FENCED_MODULES]
    for module in FENCED_MODULES:
        module.fence = list
    try:
        yield
    finally:
        for module, fence in zip(FENCED_MODULES, fences, strict=True):
            module.fence = fence


@contextmanager
def fence_kept() -> Iterator[None]:
    """Leave the fence where it is."""
    yield


def run(quick, track) -> dict:
    """Return a group of runs for each condition, and two seeds of mean_q side by side."""
    config, conditions = quick_conditions() if quick else full_conditions()
    jobs = [(*condition, fenced) for fenced in (True, False) for condition in conditions]
    return {
        "env_id": config.env_id,
        "groups": [group_of(*job) for job in track(jobs, "trainings")],
        "seeds": next(two_seeds(config) for _ in track(range(1), "two seeds")),
    }


def full_conditions() -> tuple:
    """Return the config of a plain run, and (config, strategies) of each condition."""
    config = DDPGConfig(total_steps=4_000, batch_size=64, eval_episodes=5)
    batch_norm = replace(config, total_steps=1_500, normalization="batch")
    return config, [
        (config, SMALL_ENOUGH),
        (replace(config, batch_size=100), SMALL_ENOUGH),
        (batch_norm, COMPARED),
    ]


def quick_conditions() -> tuple:
    """Return the same for runs of a few updates with tiny networks, without batch norm."""
    config = DDPGConfig(
        total_steps=220,
        warmup_steps=200,
        batch_size=64,
        hidden_sizes=(8,),
        update_every=10,
        eval_every=110,
        eval_episodes=1,
    )
    strategies = ("output_gradients", "mean_q")
    return config, [(config, strategies), (replace(config, batch_size=100), strategies)]


def group_of(config: DDPGConfig, strategies, fenced: bool) -> dict:
    """Return `compare.compare_group` of the strategies, and the condition they ran in."""
    # the fence is laid when the learner is compiled, at its first call
    with fence_kept() if fenced else no_fence():
        runs = [
            TrainingRun(replace(config, strategy=name), FingerprintedDDPG) for name in strategies
        ]
        group = compare_group(runs, lambda steps: None)
    return {"fenced": fenced, "normalization": config.normalization} | group


def two_seeds(config: DDPGConfig) -> dict:
    """Return mean_q's evaluations from two seeds and the difference of their weights.

    differences: [update, largest |difference| of a weight after it] for each call of the learner.
    """
    runs = [TrainingRun(replace(config, seed=seed), FingerprintedDDPG) for seed in (0, 1)]
    record, updates = new_record(), 0
    returns = {"0": [], "1": []}
    for moment, other in zip(*runs, strict=True):
        compare_updates(record, other, moment, updates)
        updates += len(moment.metrics["q"]) if moment.metrics else 0
        if moment.row:
            for found, each in zip(returns.values(), (moment, other), strict=True):
                found.append(each.row["eval_return_mean"])
    return {"returns": returns, "differences": record["differences"]}


def figures(data: dict):
    """Return the growing differences and the returns beside them."""
    return {"differences": difference_figure(data), "returns": return_figure(data)}


__all__ = ["figures", "finding", "run"]
