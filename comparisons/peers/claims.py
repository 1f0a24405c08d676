"""What the finding asserts, and the numbers that it names."""

import numpy as np

from comparisons.peers.goals import (
    GOALS,
    Measured,
    in_blocks,
    measured_goals,
    missed,
    ratios_of,
    verdict,
    whole_step,
)
from comparisons.study import Claim, table_rows

MB = 1e6


def values(data: dict) -> dict:
    """The rows of the tables, and the ratios that the claims are about.

    ratios: "SBX, blocks of 50" and the like -> the least of the medians in that kind of column;
    left out where nothing was measured.
    """
    goals = measured_goals(data)
    known = [goal for goal in goals if goal.is_known]
    return {
        "goal_rows": table_rows(goal_row(goal) for goal in goals),
        "speed_rows": table_rows(row for column in data["columns"] for row in speed_rows(column)),
        "small_rows": table_rows(small_rows(data)),
        "goals_measured": len(known),
        "goals_reached": sum(goal.is_reached for goal in known),
        "goals_missed": missed(goals),
        "least_ratios": least_ratios(data),
        "learning_shares": learning_shares(data),
        "memory_mb": {name: size / MB for name, size in data["memory"].items()},
        "versions_text": ", ".join(f"{name} {v}" for name, v in data["versions"].items()),
        "large_gflops": {env: median_rate(data, env, "large") for env in data["learner"]},
        "own_gflops": {env: median_rate(data, env, "own_shapes") for env in data["learner"]},
        "learner_gflops": {env: median_rate(data, env, "learner") for env in data["learner"]},
    }


def goal_row(goal: Measured) -> list[str]:
    """The cells of a goal: the ratio with its spread, what is asked, whether that is reached."""
    spread = f"{goal.median:.2f} ({goal.low:.2f} to {goal.high:.2f})" if goal.is_known else ""
    return [goal.what, goal.env_id, spread, f"{goal.asked:g}", verdict(goal)]


def speed_rows(column: dict) -> list[list[str]]:
    """The cells of each program's speed in a column, the median round with the extremes."""
    title = f"{column['env_id']}, B = {column['batch_size']}, {in_blocks(column['block'])}"
    rows = []
    for name, rounds in column["programs"].items():
        speeds = [1 / whole_step(measured) for measured in rounds]
        spread = f"{min(speeds):,.0f} to {max(speeds):,.0f}"
        rows.append([title, name, f"{np.median(speeds):,.0f}", spread])
    return rows


def small_rows(data: dict) -> list[list[str]]:
    """The cells of each program's first update, peak memory and time to the mark."""
    last = data["columns"][-1]["programs"]
    rows = []
    for name, rounds in last.items():
        first = np.median([measured["first_update"] for measured in rounds])
        peak = np.median([measured["peak_bytes"] for measured in rounds]) / MB
        rows.append([name, f"{first:.1f}", f"{peak:,.0f}", *mark_cells(data["learning"].get(name))])
    return rows


def mark_cells(seeds: list[dict] | None) -> list[str]:
    """Seeds that reached the mark, and their median seconds and steps to it."""
    if not seeds:
        return ["", "", ""]
    reached = [seed for seed in seeds if seed["reached"] is not None]
    count = f"{len(reached)} of {len(seeds)}"
    if not reached:
        return [count, "", ""]
    seconds = np.median([seed["reached"] for seed in reached])
    steps = np.median([seed["steps"] for seed in reached])
    return [count, f"{seconds:.1f}", f"{steps:,.0f}"]


def least_ratios(data: dict) -> dict[str, float]:
    """Peer and block -> the least median ratio, over environments and algorithms."""
    found: dict[str, list[float]] = {}
    for goal in GOALS:
        kind = f"{goal.peer.split()[0]}, {in_blocks(goal.block)}"
        for env_id in goal.asked:
            if ratios := ratios_of(goal, env_id, data):
                found.setdefault(kind, []).append(float(np.median(ratios)))
    return {kind: min(medians) for kind, medians in found.items()}


def learning_shares(data: dict) -> list[float]:
    """For each program in each column, the share of a step that is spent in the learner."""
    return [
        float(np.median([m["seconds_a_step"]["learning"] / whole_step(m) for m in rounds]))
        for column in data["columns"]
        for rounds in column["programs"].values()
    ]


def median_rate(data: dict, env_id: str, name: str) -> float:
    """A rate of the learner's study in GFLOP/s, its median over the rounds."""
    return float(np.median([rates[name] for rates in data["learner"][env_id]]))


CLAIMS = [
    Claim(
        "this project is faster than Stable-Baselines3 and the keras.io way in every column",
        lambda least_ratios: all(
            ratio > 1 for kind, ratio in least_ratios.items() if not kind.startswith("SBX")
        ),
        in_quick_runs=False,
    ),
    Claim(
        "this project is faster than SBX in every column",
        lambda least_ratios: all(
            ratio > 1 for kind, ratio in least_ratios.items() if kind.startswith("SBX")
        ),
        in_quick_runs=False,
    ),
    Claim(
        "most of a step goes into the learner, in every program and column",
        lambda learning_shares: min(learning_shares) > 0.5,
        in_quick_runs=False,
    ),
    Claim(
        "a run on HalfCheetah-v5 with a buffer of a million stays below 1.2 GB",
        lambda memory: memory["transitions"] == 1_000_000 and memory["whole_run"] < 1.2e9,
        in_quick_runs=False,
    ),
    Claim(
        "most of that memory is there before the first step",
        lambda memory: memory["networks"] > memory["whole_run"] / 2,
        in_quick_runs=False,
    ),
    Claim(
        "the buffer is a smaller part of it than the imports are",
        lambda memory: memory["buffer"] < memory["imports"],
    ),
]
