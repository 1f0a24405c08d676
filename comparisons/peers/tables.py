"""The cells of the finding's tables."""

import numpy as np

from comparisons.peer_programs.setting import SIZES
from comparisons.peers.goals import Measured, in_blocks, whole_step
from comparisons.peers.rates import RATES, median_rate

MB = 1e6


def goal_row(goal: Measured) -> list[str]:
    """The cells of a goal: the ratio with its spread, what it is to be, what that would take."""
    if not goal.is_known:
        return [goal.what, goal.env_id, "", f"{goal.asked:g}", "not measured", ""]
    spread = f"{goal.median:.2f} ({goal.low:.2f} to {goal.high:.2f})"
    needed = "reached" if goal.is_reached else f"{goal.needed:.2f}"
    return [goal.what, goal.env_id, spread, f"{goal.asked:g}", needed, f"{goal.possible:.2f}"]


def speed_head(data: dict) -> str:
    """The head of the table of speeds: a column for each environment and block."""
    titles = [
        f"{column['env_id']}, B = {column['batch_size']}, {in_blocks(column['block'])}"
        for column in data["columns"]
    ]
    return f"| steps a second | {' | '.join(titles)} |\n|---|{'---:|' * len(titles)}"


def speed_rows(data: dict) -> list[list[str]]:
    """The cells of each program's speed in every column."""
    columns = [column["programs"] for column in data["columns"]]
    names = dict.fromkeys(name for programs in columns for name in programs)
    return [[name, *(speed(programs.get(name)) for programs in columns)] for name in names]


def speed(rounds: list[dict] | None) -> str:
    """Steps a second, the median round with the extremes; empty if nothing was measured."""
    if rounds is None:
        return ""
    speeds = [1 / whole_step(measured) for measured in rounds]
    return f"{np.median(speeds):,.0f} ({min(speeds):,.0f} to {max(speeds):,.0f})"


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


def memory_rows(data: dict) -> list[list[str]]:
    """The cells of what a run takes of memory after each stage, for each algorithm."""
    stages = "imports", "networks", "full_buffer", "whole_run", "buffer"
    return [
        [algorithm.upper(), *(f"{found[stage] / MB:,.0f}" for stage in stages)]
        for algorithm, found in data["memory"].items()
    ]


def rate_row(learner: dict) -> list[str]:
    """The cells of a learner's rates, and its own as shares of the machine's."""
    rates = {name: median_rate(learner, name) for name in RATES}
    shares = [rates["learner"] / rates[product] for product in ("own_shapes", "large")]
    batch_size = SIZES[learner["env_id"]][-1]
    return [
        f"{learner['algorithm'].upper()}, {learner['env_id']}, B = {batch_size}",
        learner["cores"],
        *(f"{rate:.0f}" for rate in rates.values()),
        *(f"{share:.2f}" for share in shares),
    ]
