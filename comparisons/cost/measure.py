"""What is measured: gradients and whole updates in turns, and the memory that they need."""

from functools import partial

from comparisons.cost.memory import (
    MIB,
    jacobian_bytes,
    resident_growth,
    xla_temporary_bytes,
)
from comparisons.cost.problem import ACTION_SIZE, Problem, whole_update
from comparisons.cost.timing import MODES, best_times, in_mode, ratios
from comparisons.study import Track
from ddpg_tf.strategies import STRATEGIES

REFERENCE = "mean_q"


def run(quick: bool, track: Track) -> dict:
    """Measure times and memory of the strategies over modes, batch sizes and widths."""
    names = [name for name in STRATEGIES if name != "jacobian"]
    names = names[1:3] if quick else names
    batch_size, width = 64, 32 if quick else 256
    batches = (8, 64) if quick else (16, 64, 256, 1024)
    widths = (32,) if quick else (64, 256, 512)
    settings = {(size, width) for size in batches} | {(batch_size, size) for size in widths}
    effort = {"rounds": 3, "seconds": 0.002} if quick else {"rounds": 9, "seconds": 0.02}
    gradients = {
        setting: gradient_times(names, *setting, effort)
        for setting in track(sorted(settings), "gradients")
    }
    return {
        "batch_size": batch_size,
        "width": width,
        "batches": list(batches),
        "widths": list(widths),
        "gradient": gradients[batch_size, width],
        "update": {
            mode: update_times(names, batch_size, width, mode, effort)
            for mode in track(MODES, "whole updates")
        },
        "over_batch": [gradients[size, width] for size in batches],
        "over_width": [gradients[batch_size, size] for size in widths],
        "memory": memory(names, quick, track),
        "jacobian": jacobian_growth(quick, effort, track),
    }


def gradient_times(names: list[str], batch_size: int, width: int, effort: dict) -> dict:
    """Mode -> strategy -> times of one gradient, ratios to mean_q."""
    problem = Problem(width)
    observations = problem.observations(batch_size)
    times = {}
    for mode in MODES:
        compiled = {name: in_mode(mode, problem.gradient(name)) for name in names}
        times[mode] = measured(compiled, [observations], effort)
    return times


def update_times(names: list[str], batch_size: int, width: int, mode: str, effort: dict) -> dict:
    """Strategy -> times of one whole update of a DDPG agent, ratios to mean_q."""
    updates = {}
    for name in names:
        update, batch = whole_update(name, width, batch_size)
        updates[name] = in_mode(mode, update)
    return measured(updates, [batch], effort)


def measured(functions: dict, arguments: list, effort: dict) -> dict:
    """Name -> times of the functions on the arguments, ratios to mean_q."""
    calls = {name: partial(function, *arguments) for name, function in functions.items()}
    return ratios(best_times(calls, **effort), REFERENCE)


def memory(names: list[str], quick: bool, track: Track) -> dict:
    """Peak memory of a gradient in MiB: XLA's buffers, and growth of a process."""
    batch_size, width = 8192, 512
    problem = Problem(width)
    observations = problem.observations(batch_size)
    compiled = {name: in_mode("xla", problem.gradient(name)) for name in names}
    tasks = [("graph", REFERENCE)] if quick else [(m, n) for m in ("eager", "graph") for n in names]
    growth = {"eager": {}, "graph": {}}
    for mode, name in track(tasks, "memory, a process each"):
        growth[mode][name] = resident_growth(name, mode, batch_size, width)
    temporaries = {name: xla_temporary_bytes(f, observations) for name, f in compiled.items()}
    return {
        "batch_size": batch_size,
        "width": width,
        "xla": {name: size and size / MIB for name, size in temporaries.items()},
        **growth,
    }


def jacobian_growth(quick: bool, effort: dict, track: Track) -> dict:
    """For growing widths the Jacobian's size, XLA's buffers for it, and times to mean_q."""
    batch_size = 16
    widths = (8, 16) if quick else (8, 16, 32, 64, 128, 256)
    rows = []
    for width in track(widths, "the Jacobian"):
        problem = Problem(width)
        observations = problem.observations(batch_size)
        row = {"width": width, "bytes": jacobian_bytes(problem.actor, batch_size, ACTION_SIZE)}
        for mode in ("graph", "xla"):
            compiled = {
                name: in_mode(mode, problem.gradient(name)) for name in (REFERENCE, "jacobian")
            }
            row[mode] = measured(compiled, [observations], effort)
        row["xla_bytes"] = {
            name: xla_temporary_bytes(function, observations) for name, function in compiled.items()
        }
        rows.append(row)
    return {"batch_size": batch_size, "action_size": ACTION_SIZE, "rows": rows}
