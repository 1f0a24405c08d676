"""What the finding asserts, and the numbers that it names."""

import numpy as np

from comparisons.peers import tables
from comparisons.peers.goals import GOALS, in_blocks, measured_goals, pairs_of, ratios, whole_step
from comparisons.peers.rates import RATES, second_core, shares
from comparisons.study import Claim, table_rows

LEARNER_GOALS = (0.75, 0.85)
"""On Pendulum-v1 and HalfCheetah-v5, the share of the machine's rate that the learner is to reach
in blocks."""


def values(data: dict) -> dict:
    """The rows of the tables, and the ratios that the claims are about.

    ratios: "SBX, blocks of 50" and the like -> the least of the medians in that kind of column;
    left out where nothing was measured.
    """
    goals = measured_goals(data)
    known = [goal for goal in goals if goal.is_known]
    return {
        "goal_rows": table_rows(tables.goal_row(goal) for goal in goals),
        "speed_head": tables.speed_head(data),
        "speed_rows": table_rows(tables.speed_rows(data)),
        "small_rows": table_rows(tables.small_rows(data)),
        "goals_measured": len(known),
        "goals_reached": sum(goal.is_reached for goal in known),
        "goals_out_of_reach": sum(
            not goal.is_reached and goal.needed > goal.possible for goal in known
        ),
        "least_ratios": least_ratios(data),
        "learning_shares": learning_shares(data),
        "memory_rows": table_rows(tables.memory_rows(data)),
        "versions_text": ", ".join(f"{name} {v}" for name, v in data["versions"].items()),
        "rate_rows": table_rows(tables.rate_row(learner) for learner in data["learner"]),
        "learner_goals": LEARNER_GOALS,
        "own_share": shares(data, "learner", "own_shapes"),
        "stepping": {
            cores: [1 - share for share in found]
            for cores, found in shares(data, "learner", "plain").items()
        },
        "second_core": {name: second_core(data, name) for name in RATES},
    }


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
