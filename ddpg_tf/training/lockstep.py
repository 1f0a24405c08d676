"""The main job: train the same agent once with each strategy and look for the first different bit.

For each batch size the runs are independent (own environment, own replay, own networks) and go side
by side, so that they can be compared after every call of the learner without keeping a history. The
batch sizes go in threads, because one run cannot keep two cores busy.
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
from ddpg_tf.config import DDPGConfig
from ddpg_tf.training.loop import TrainingRun

COMPARED = ("output_gradients", "mean_q", "get_updates")
REFERENCE = "mean_q"


class FingerprintedDDPG(DDPG):
    """A DDPG that measures, after every update, a fingerprint of the weights of actor and critic.

    The learner makes many updates in one call. A fingerprint is what lets one name the very update
    at which two agents part; whether they have parted at all is decided on the weights themselves.
    """

    MEASURES: ClassVar = DDPG.MEASURES | {"fingerprint": tf.int32}

    def step(self, batch):
        """Make one update; measure the fingerprint too."""
        return super().step(batch) | {"fingerprint": self._fingerprint()}

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
) -> dict:
    """Train `config` once with each strategy at each batch size; return what was seen.

    progress: called with the number of environment steps made since the last call.
    Returns {"config": ..., "groups": [a group for each batch size]}, plain data for JSON; see
    `compare_group`.
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
            TrainingRun(replace(config, batch_size=size, strategy=name), FingerprintedDDPG)
            for name in strategies
        ]
        for size in batch_sizes
    ]
    with ExitStack() as stack, ThreadPoolExecutor(len(groups)) as pool:
        for runs in groups:
            for run in runs:
                stack.callback(run.environments.close)
        stop = Event()

        def advance(steps: int) -> None:
            if stop.is_set():
                raise InterruptedError("the comparison was broken off")
            if progress:
                progress(steps)

        futures = [pool.submit(compare_group, runs, advance) for runs in groups]
        try:
            seen = [future.result() for future in futures]
        except BaseException:
            stop.set()
            raise
    return {"config": config.to_dict(), "groups": seen}


def compare_group(runs: list[TrainingRun], progress: Callable[[int], None]) -> dict:
    """Make the runs side by side, one for each strategy, and hold all against the reference.

    Returns {"batch_size", "steps": [step of each evaluation], "runs": {strategy: run}}; a run has
        eval_returns                mean return at each evaluation
        same_weights, same_returns, same_transitions        whether every bit is the reference's
        first_different_update      count of the first update after which a weight differs, or None
        first_different_step        environment step of the first different transition, or None
        differences                 [update, largest |difference| of a weight after it], one for
                                    each call of the learner
    """
    runs = {run.config.strategy: run for run in runs}
    seen = {name: new_record() for name in runs}
    steps, updates, last_step = [], 0, 0
    for moments in zip(*runs.values(), strict=True):
        moments = dict(zip(runs, moments, strict=True))
        reference = moments[REFERENCE]
        for name, moment in moments.items():
            watch_updates(seen[name], moment, reference, updates)
            if moment.row:
                seen[name]["eval_returns"].append(moment.row["eval_return_mean"])
        if reference.row:
            steps.append(reference.step)
        updates += len(reference.measured["q"]) if reference.measured else 0
        progress((reference.step - last_step) * len(runs))
        last_step = reference.step
    for name, run in runs.items():
        conclude(seen[name], run, runs[REFERENCE], seen[REFERENCE]["eval_returns"])
    batch_size = runs[REFERENCE].config.batch_size
    return {"batch_size": batch_size, "steps": steps, "runs": seen}


def new_record() -> dict:
    """Return the record of a run of which nothing has been seen."""
    return {"eval_returns": [], "first_different_update": None, "differences": []}


def watch_updates(record: dict, moment, reference, updates_before: int) -> None:
    """Note where the weights part from the reference's, and how far apart they are now."""
    if not moment.measured:
        return
    differs = moment.measured["fingerprint"] != reference.measured["fingerprint"]
    updates = updates_before + len(differs)
    theirs = weights(reference.agent)
    ours = theirs if moment is reference else weights(moment.agent)
    record["differences"].append([updates, float(np.max(np.abs(ours - theirs)))])
    if record["first_different_update"] is None:
        if differs.any():
            record["first_different_update"] = updates_before + int(np.argmax(differs)) + 1
        elif not same_bits(ours, theirs).all():
            # the fingerprints collided: all that is known is the call of the learner
            record["first_different_update"] = updates


def conclude(record: dict, run: TrainingRun, reference: TrainingRun, reference_returns) -> None:
    """Compare weights, returns and every transition, bit by bit, at the end of the run."""
    record["same_weights"] = record["first_different_update"] is None
    returns = record["eval_returns"]
    record["same_returns"] = bool(np.all(same_bits(np.array(returns), np.array(reference_returns))))
    ours, theirs = run.replay.arrays(), reference.replay.arrays()
    same = [same_bits(ours[k], theirs[k]).reshape(len(ours[k]), -1).all(axis=1) for k in ours]
    different = ~np.all(same, axis=0)
    record["same_transitions"] = not different.any()
    record["first_different_step"] = int(np.argmax(different)) + 1 if different.any() else None


def weights(agent) -> np.ndarray:
    """Return all weights of the four networks in one float32 vector."""
    variables = [variable for network in agent.networks.values() for variable in network.weights]
    return np.concatenate([variable.value.numpy().ravel() for variable in variables])


def same_bits(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """Return, component by component, whether two arrays of one dtype hold the same bits."""
    if a.dtype.kind != "f":
        return a == b
    integer = np.dtype(f"i{a.dtype.itemsize}")
    return a.view(integer) == b.view(integer)


def is_power_of_two(n: int) -> bool:
    """Return whether n = 2^k."""
    return n > 0 and n & (n - 1) == 0


def all_the_same(group: dict) -> bool:
    """Return whether every run of the group has the reference's weights, returns, transitions."""
    checks = ("same_weights", "same_returns", "same_transitions")
    return all(run[check] for run in group["runs"].values() for check in checks)


def unexpected(result: dict) -> list[dict]:
    """Return the groups that part although their batch size is a power of two."""
    return [
        group
        for group in result["groups"]
        if is_power_of_two(group["batch_size"]) and not all_the_same(group)
    ]


def closing_sentence(result: dict) -> str:
    """Return what was seen, in one sentence made from the measurement alone."""
    return "; ".join(group_clause(group) for group in result["groups"]) + "."


def group_clause(group: dict) -> str:
    """Return what was seen at one batch size."""
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
    """Return in words where a run parted from the reference."""
    update, step = run["first_different_update"], run["first_different_step"]
    places = [f"at update {update:,}"] if update is not None else []
    places += [f"in what it did at step {step:,}"] if step is not None else []
    return f"parted from {REFERENCE} " + " and ".join(places or ["in an evaluation"])
