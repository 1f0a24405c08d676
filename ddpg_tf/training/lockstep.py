"""The main job: train the same agent once with each strategy and look for the first different bit.

For each batch size the runs are independent (each has its own environment, replay buffer and
networks) and advance in lockstep, so that they can be compared after every call of the learner
without keeping a history. The batch sizes go in threads: one run cannot keep two cores busy.
"""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import replace
from threading import Event
from typing import ClassVar

import numpy as np
import tensorflow as tf

from ddpg_tf.agents.ddpg import DDPG
from ddpg_tf.batch import Batch
from ddpg_tf.config import DDPGConfig
from ddpg_tf.environments.description import with_environment
from ddpg_tf.environments.make import Source
from ddpg_tf.training.loop import TrainingRun
from ddpg_tf.training.progress import Progress

COMPARED = ("output_gradients", "mean_q", "get_updates")
REFERENCE = "mean_q"


class FingerprintedDDPG(DDPG):
    """A DDPG with one more metric: a fingerprint of the weights of actor and critic.

    The learner makes many updates in one call. The fingerprint tells after which of them the
    weights of two agents first differ; whether they differ is decided on the weights themselves.
    """

    METRICS: ClassVar = DDPG.METRICS | {"fingerprint": tf.int32}

    def one_update(self, batch: Batch) -> dict[str, tf.Tensor]:
        """Make one update; compute the fingerprint after it."""
        return super().one_update(batch) | {"fingerprint": self._fingerprint()}

    def _fingerprint(self):
        total = tf.constant(0)
        for index, variable in enumerate(self.actor.weights + self.critic.weights):
            bits = tf.reshape(tf.bitcast(variable.value, tf.int32), [-1])
            # odd factors make it depend on where a bit changed; int32 arithmetic wraps around
            places = 2 * tf.range(tf.size(bits)) + 1
            total += (2 * index + 3) * tf.reduce_sum(bits * places)
        return total


def compare(
    config: DDPGConfig,
    batch_sizes: tuple[int, ...] = (64, 100),
    strategies: tuple[str, ...] = COMPARED,
    progress: Callable[[int], None] | None = None,
    *,
    env: Source | None = None,
    interrupted: Event | None = None,
) -> dict:
    """Train `config` once with each strategy at each batch size, and compare the runs bit by bit.

    progress: called with the number of environment steps made since the last call.
    env: an id, a spec or a function that makes an environment, in place of the config's env_id.
    interrupted: once it is set, the runs end where they are and are compared as far as they went.
    The result is plain data for JSON: {"config": ..., "groups": [one for each batch size]}; see
    `compare_group`. Raises ValueError for settings under which there is nothing to compare.
    """
    if REFERENCE not in strategies:
        raise ValueError(f"the strategies must include {REFERENCE!r}, which all are held against")
    if not batch_sizes:
        raise ValueError("no batch size to compare at; give at least one, like 64")
    if len(set(batch_sizes)) < len(batch_sizes):
        raise ValueError(f"a batch size is given twice in {batch_sizes}; name each once")
    if config.buffer_size < config.total_steps:
        raise ValueError("buffer_size must hold all total_steps, so that all can be compared")
    if config.total_steps <= config.warmup_steps:
        raise ValueError(
            f"{config.total_steps} steps are not more than the {config.warmup_steps} of the "
            "warm-up: there would be no update to compare"
        )
    # all runs are made before the first one starts, so that a mistake in any shows at once
    groups = [
        [
            TrainingRun(with_update(config, size, name), FingerprintedDDPG, env=env)
            for name in strategies
        ]
        for size in batch_sizes
    ]
    with ExitStack() as stack, ThreadPoolExecutor(len(groups)) as pool:
        for runs in groups:
            for run in runs:
                stack.enter_context(run)
        stop = Event()

        def advance(steps: int) -> None:
            if stop.is_set():
                raise InterruptedError("the comparison was broken off")
            if progress:
                progress(steps)

        futures = [pool.submit(compare_group, runs, advance, interrupted) for runs in groups]
        try:
            compared = [future.result() for future in futures]
        except BaseException:
            stop.set()
            raise
    return {"config": with_environment(config, env)[0].to_dict(), "groups": compared}


def with_update(config: DDPGConfig, batch_size: int, strategy: str) -> DDPGConfig:
    """The config with that batch size and strategy, which it checks."""
    return replace(config, batch_size=batch_size, strategy=strategy)  # type: ignore[arg-type]


def compare_group(
    runs: list[TrainingRun],
    progress: Callable[[int], None],
    interrupted: Event | None = None,
) -> dict:
    """Make the runs in lockstep, one for each strategy, and compare all with the reference.

    The result: {"batch_size", "steps": [of each evaluation], "runs": {strategy: run}}; a run has
        eval_returns                mean return at each evaluation
        same_weights, same_returns, same_transitions        whether every bit is the reference's
        first_different_update      count of the first update after which a weight differs, or None
        first_different_step        environment step of the first different transition, or None
        differences                 [update, largest |difference| of a weight after it], one for
                                    each call of the learner
    """
    named: dict[str, TrainingRun] = {run.config.strategy: run for run in runs}
    records = {name: new_record() for name in named}
    steps, updates, last_step = [], 0, 0
    for all_reached in zip(*named.values(), strict=True):
        reached = dict(zip(named, all_reached, strict=True))
        reference = reached[REFERENCE]
        for name, own in reached.items():
            compare_updates(records[name], own, reference, updates)
            if own.row:
                records[name]["eval_returns"].append(own.row["eval_return_mean"])
        if reference.row:
            steps.append(reference.step)
        updates += len(reference.metrics["q"]) if reference.metrics else 0
        progress((reference.step - last_step) * len(runs))
        last_step = reference.step
        if interrupted is not None and interrupted.is_set():
            break
    for name, run in named.items():
        conclude(records[name], run, named[REFERENCE], records[REFERENCE]["eval_returns"])
    batch_size = named[REFERENCE].config.batch_size
    return {"batch_size": batch_size, "steps": steps, "runs": records}


def new_record() -> dict:
    """The record of a run that has not begun."""
    return {"eval_returns": [], "first_different_update": None, "differences": []}


def compare_updates(record: dict, own: Progress, reference: Progress, updates_before: int) -> None:
    """Record where the weights first differ from the reference's, and how much they differ now."""
    if not own.metrics:
        return
    differs = own.metrics["fingerprint"] != reference.metrics["fingerprint"]
    updates = updates_before + len(differs)
    theirs = weights(reference.agent)
    ours = theirs if own is reference else weights(own.agent)
    record["differences"].append([updates, float(np.max(np.abs(ours - theirs)))])
    if record["first_different_update"] is None:
        if differs.any():
            record["first_different_update"] = updates_before + int(np.argmax(differs)) + 1
        elif not same_bits(ours, theirs).all():
            # the fingerprints collided: all that is known is the call of the learner
            record["first_different_update"] = updates


def conclude(
    record: dict, run: TrainingRun, reference: TrainingRun, reference_returns: list[float]
) -> None:
    """Compare weights, returns and every transition, bit by bit, at the end of the run."""
    record["same_weights"] = record["first_different_update"] is None
    returns = record["eval_returns"]
    record["same_returns"] = bool(np.all(same_bits(np.array(returns), np.array(reference_returns))))
    stored = [each.replay.contents().arrays().values() for each in (run, reference)]
    pairs = zip(*stored, strict=True)
    same = [same_bits(a, b).reshape(len(a), -1).all(axis=1) for a, b in pairs]
    different = ~np.all(same, axis=0)
    record["same_transitions"] = not different.any()
    record["first_different_step"] = int(np.argmax(different)) + 1 if different.any() else None


def weights(agent: DDPG) -> np.ndarray:
    """All weights of the four networks in one float32 vector."""
    variables = [variable for network in agent.networks.values() for variable in network.weights]
    return np.concatenate([variable.value.numpy().ravel() for variable in variables])


def same_bits(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """Component by component, whether two arrays of one dtype hold the same bits."""
    if a.dtype.kind != "f":
        return a == b
    integer = np.dtype(f"i{a.dtype.itemsize}")
    return a.view(integer) == b.view(integer)


def is_power_of_two(n: int) -> bool:
    """Whether n = 2^k."""
    return n > 0 and n & (n - 1) == 0


def all_the_same(group: dict) -> bool:
    """Whether every run of the group has the reference's weights, returns and transitions."""
    checks = ("same_weights", "same_returns", "same_transitions")
    return all(run[check] for run in group["runs"].values() for check in checks)


def unexpected(result: dict) -> list[dict]:
    """The groups in which bits differ although the batch size is a power of two."""
    return [
        group
        for group in result["groups"]
        if is_power_of_two(group["batch_size"]) and not all_the_same(group)
    ]


def is_comparable(result: dict) -> bool:
    """Whether each run has an update and an evaluation, which an interrupted one may lack."""
    runs = [run for group in result["groups"] for run in group["runs"].values()]
    return all(run["differences"] and run["eval_returns"] for run in runs)


def closing_sentence(result: dict) -> str:
    """The result in one sentence, made from the data alone."""
    return "; ".join(group_clause(group) for group in result["groups"]) + "."


def group_clause(group: dict) -> str:
    """The result at one batch size."""
    runs, size = group["runs"], group["batch_size"]
    if all_the_same(group):
        updates = runs[REFERENCE]["differences"][-1][0]
        return (
            f"at batch {size} all {len(runs)} strategies had the same bits, in every weight after "
            f"each of {updates:,} updates, every return and every transition"
        )
    parted = {
        name: run
        for name, run in runs.items()
        if not (run["same_weights"] and run["same_returns"] and run["same_transitions"])
    }
    firsts = [
        f"{name} {first_difference(run)} and ended with weights up to "
        f"{run['differences'][-1][1]:.1g} apart"
        for name, run in parted.items()
    ]
    same = [name for name in runs if name not in parted and name != REFERENCE]
    kept = f", while {' and '.join(same)} kept the bits of {REFERENCE}" if same else ""
    return f"at batch {size} {' and '.join(firsts)}{kept}"


def first_difference(run: dict) -> str:
    """Where a run first differed from the reference, in words."""
    update, step = run["first_different_update"], run["first_different_step"]
    places = [f"at update {update:,}"] if update is not None else []
    places += [f"in what it did at step {step:,}"] if step is not None else []
    return f"first differed from {REFERENCE} " + " and ".join(places or ["in an evaluation"])
