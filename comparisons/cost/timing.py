"""Times, measured in turns so that a busy machine slows all competitors alike."""

import time
from collections.abc import Callable

import numpy as np
import tensorflow as tf

MODES = ("eager", "graph", "xla")
"""How a function runs: op by op, as a `tf.function`, or compiled by XLA."""


def in_mode(mode: str, function: Callable) -> Callable:
    """`function` as it runs in that mode."""
    if mode == "eager":
        return function
    return tf.function(function, autograph=False, jit_compile=mode == "xla")


def best_times(
    calls: dict[str, Callable[[], object]], rounds: int, seconds: float
) -> dict[str, list[float]]:
    """Name -> [seconds of the fastest call in each round], competitors in turns.

    A round calls each competitor as often as fits in `seconds`, at least once; the fastest call is
    the one that other work on the machine disturbed least. calls: name -> function without
    arguments that ends when its result is there; each is called once before, to compile.
    """
    repetitions = {}
    for name, call in calls.items():
        call()
        repetitions[name] = max(1, int(seconds / max(fastest(call, 2), 1e-6)))
    times = {name: [] for name in calls}
    for _ in range(rounds):
        for name, call in calls.items():
            times[name].append(fastest(call, repetitions[name]))
    return times


def fastest(call: Callable[[], object], repetitions: int) -> float:
    """The seconds of the fastest of so many calls."""
    times = []
    for _ in range(repetitions):
        started = time.perf_counter()
        call()
        times.append(time.perf_counter() - started)
    return min(times)


def ratios(times: dict[str, list[float]], reference: str) -> dict:
    """Name -> least and median time, and quartiles over rounds of time / reference's.

    `ratio` is the middle quartile; between `low` and `high` lies the middle half of the rounds.
    """
    base = np.array(times[reference])
    rows = {}
    for name, values in times.items():
        low, middle, high = np.percentile(np.array(values) / base, (25, 50, 75))
        rows[name] = {
            "least_ms": 1e3 * float(np.min(values)),
            "median_ms": 1e3 * float(np.median(values)),
            "ratio": float(middle),
            "low": float(low),
            "high": float(high),
        }
    return rows
