"""What is measured: groups of trainings, one strategy each, and two seeds of mean_q."""

from collections.abc import Sequence
from dataclasses import replace

import tensorflow as tf
from keras.optimizers import Optimizer

from comparisons.study import Track
from ddpg_tf import DDPGConfig
from ddpg_tf.training.lockstep import (
    COMPARED,
    FingerprintedDDPG,
    compare_group,
    compare_updates,
    new_record,
)
from ddpg_tf.training.loop import TrainingRun

SMALL_ENOUGH = ("output_gradients", "mean_q", "get_updates", "surrogate", "target_action")
"""All but jacobian, which no training run of this size can afford."""

Condition = tuple[DDPGConfig, Sequence[str]]
"""A config, and the strategies that are trained with it."""


class UnfencedDDPG(FingerprintedDDPG):
    """The agent without the fence: the compiler may mix gradients and optimisers."""

    def apply_gradients(
        self, optimizer: Optimizer, gradients: list[tf.Tensor], variables: list
    ) -> None:
        """Take one optimiser step with the gradients as they are."""
        optimizer.apply(gradients, variables)


def run(quick: bool, track: Track) -> dict:
    """Train a group in each condition with and without the fence, and mean_q from two seeds."""
    config, conditions = quick_conditions() if quick else full_conditions()
    jobs = [(*condition, fenced) for fenced in (True, False) for condition in conditions]
    return {
        "env_id": config.env_id,
        "groups": [group_of(*job) for job in track(jobs, "trainings")],
        "seeds": next(two_seeds(config) for _ in track(range(1), "two seeds")),
    }


def full_conditions() -> tuple[DDPGConfig, list[Condition]]:
    """The config of a plain run, and each condition."""
    config = DDPGConfig(total_steps=4_000, batch_size=64, eval_episodes=5)
    batch_norm = replace(config, total_steps=1_500, normalization="batch")
    return config, [
        (config, SMALL_ENOUGH),
        (replace(config, batch_size=100), SMALL_ENOUGH),
        (batch_norm, COMPARED),
    ]


def quick_conditions() -> tuple[DDPGConfig, list[Condition]]:
    """The same for runs of a few updates with tiny networks, without batch norm."""
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


def group_of(config: DDPGConfig, strategies: Sequence[str], fenced: bool) -> dict:
    """Train each strategy, see `compare_group`; with the condition it happened in."""
    agent_class = FingerprintedDDPG if fenced else UnfencedDDPG
    runs = [TrainingRun(replace(config, strategy=name), agent_class) for name in strategies]
    group = compare_group(runs, lambda steps: None)
    return {"fenced": fenced, "normalization": config.normalization} | group


def two_seeds(config: DDPGConfig) -> dict:
    """Train mean_q from two seeds: its evaluations, and the difference of the weights.

    differences: [update, largest |difference| of a weight after it] for each call of the learner.
    """
    runs = [TrainingRun(replace(config, seed=seed), FingerprintedDDPG) for seed in (0, 1)]
    record, updates = new_record(), 0
    returns = {"0": [], "1": []}
    for first, other in zip(*runs, strict=True):
        compare_updates(record, other, first, updates)
        updates += len(first.metrics["q"]) if first.metrics else 0
        if first.row:
            for evaluations, each in zip(returns.values(), (first, other), strict=True):
                evaluations.append(each.row["eval_return_mean"])
    return {"returns": returns, "differences": record["differences"]}
