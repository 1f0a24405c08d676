"""What the finding asserts, and the numbers that it names."""

import numpy as np

from comparisons.peer_programs.setting import SIZES
from comparisons.peers.goals import (
    GOALS,
    Measured,
    in_blocks,
    measured_goals,
    pairs_of,
    ratios,
    whole_step,
)
from comparisons.peers.measure import CORES
from comparisons.study import Claim, table_rows

MB = 1e6

LEARNER_GOALS = (0.75, 0.85)
"""On Pendulum-v1 and HalfCheetah-v5, the share of the machine's rate that the learner is to reach
in blocks."""

RATES = ("alone", "learner", "plain", "own_shapes", "large")
"""What is measured in GFLOP/s, see `peer_programs/learner.py`, in the order of the table."""


def values(data: dict) -> dict:
    """The rows of the tables, and the ratios that the claims are about.

    ratios: "SBX, blocks of 50" and the like -> the least of the medians in that kind of column;
    left out where nothing was measured.
    """
    goals = measured_goals(data)
    known = [goal for goal in goals if goal.is_known]
    return {
        "goal_rows": table_rows(goal_row(goal) for goal in goals),
        "speed_head": speed_head(data),
        "speed_rows": table_rows(speed_rows(data)),
        "small_rows": table_rows(small_rows(data)),
        "goals_measured": len(known),
        "goals_reached": sum(goal.is_reached for goal in known),
        "goals_out_of_reach": sum(
            not goal.is_reached and goal.needed > goal.possible for goal in known
        ),
        "least_ratios": least_ratios(data),
        "learning_shares": learning_shares(data),
        "memory_rows": table_rows(memory_rows(data)),
        "versions_text": ", ".join(f"{name} {v}" for name, v in data["versions"].items()),
        "rate_rows": table_rows(rate_row(learner) for learner in data["learner"]),
        "own_share": shares(data, "learner", "own_shapes"),
        "stepping": {
            cores: [1 - share for share in found]
            for cores, found in shares(data, "learner", "plain").items()
        },
        "second_core": {name: second_core(data, name) for name in RATES},
    }


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


def uses_most_and_starts_later(programs: dict[str, list[dict]]) -> bool:
    """Whether, by the medians, each program of ours takes more memory than every peer.

    And has its first update later than those of Stable-Baselines3 and of keras.io.
    """

    def medians(key: str, *first_words: str) -> list[float]:
        return [
            float(np.median([found[key] for found in rounds]))
            for name, rounds in programs.items()
            if name.startswith(first_words)
        ]

    most = min(medians("peak_bytes", "ddpg-tf")) > max(medians("peak_bytes", "SB", "keras.io"))
    quick = medians("first_update", "SB3", "keras.io")
    return most and min(medians("first_update", "ddpg-tf")) > max(quick)


def least_ratios(data: dict) -> dict[str, float]:
    """Peer and block -> the least median ratio, over environments and algorithms."""
    found: dict[str, list[float]] = {}
    for goal in GOALS:
        kind = f"{goal.peer.split()[0]}, {in_blocks(goal.block)}"
        for env_id in goal.asked:
            if pairs := pairs_of(goal, env_id, data):
                found.setdefault(kind, []).append(float(np.median(ratios(pairs))))
    return {kind: min(medians) for kind, medians in found.items()}


def learning_shares(data: dict) -> list[float]:
    """For each program in each column, the share of a step that is spent in the learner."""
    return [
        float(np.median([m["seconds_a_step"]["learning"] / whole_step(m) for m in rounds]))
        for column in data["columns"]
        for rounds in column["programs"].values()
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


def shares(data: dict, part: str, whole: str) -> dict[str, list[float]]:
    """Cores -> one rate as a share of another, for each learner."""
    found: dict[str, list[float]] = {}
    for learner in data["learner"]:
        share = median_rate(learner, part) / median_rate(learner, whole)
        found.setdefault(learner["cores"], []).append(share)
    return found


def second_core(data: dict, name: str) -> list[float]:
    """How many times as fast something is on all cores as on one, for each learner."""
    rates = {
        cores: [median_rate(found, name) for found in data["learner"] if found["cores"] == cores]
        for cores in CORES
    }
    pairs = zip(rates["all cores"], rates["one core"], strict=True)
    return [together / alone for together, alone in pairs]


def median_rate(learner: dict, name: str) -> float:
    """A rate of a learner's study in GFLOP/s, its median over the rounds."""
    return float(np.median([rates[name] for rates in learner["rounds"]]))


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
        "a second core gives products of the learner's own shapes less than it gives a large one",
        lambda second_core: max(second_core["own_shapes"]) < min(second_core["large"]),
        in_quick_runs=False,
    ),
    Claim(
        "the learner is slower than products of its own shapes on one core already",
        lambda own_share: max(own_share["one core"]) < 0.9,
        in_quick_runs=False,
    ),
    Claim(
        "the learner misses its goals beside products of its own shapes on all cores",
        lambda own_share: all(
            share < goal
            for share, goal in zip(own_share["all cores"], 2 * LEARNER_GOALS, strict=True)
        ),
        in_quick_runs=False,
    ),
    Claim(
        "Adam and the targets cost less on all cores than on one with B = 64",
        lambda stepping: all(
            both < one
            for both, one in zip(stepping["all cores"][::2], stepping["one core"][::2], strict=True)
        ),
        in_quick_runs=False,
    ),
    Claim(
        "a run on HalfCheetah-v5 that learns from a buffer of a million stays below 1.2 GB",
        lambda memory: all(
            run["transitions"] == 1_000_000 and run["whole_run"] < 1.2e9 for run in memory.values()
        ),
        in_quick_runs=False,
    ),
    Claim(
        "most of that memory is TensorFlow's and the library's, after their import",
        lambda memory: all(run["imports"] > run["whole_run"] / 2 for run in memory.values()),
        in_quick_runs=False,
    ),
    Claim(
        "the buffer is a smaller part of it than the imports are",
        lambda memory: all(run["buffer"] < run["imports"] for run in memory.values()),
    ),
    Claim(
        "this project takes the most memory, and starts later than Stable-Baselines3 and keras.io",
        lambda columns: uses_most_and_starts_later(columns[-1]["programs"]),
        in_quick_runs=False,
    ),
]
