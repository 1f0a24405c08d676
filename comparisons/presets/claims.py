"""What the finding asserts, and the numbers that it names."""

import math

import numpy as np

from comparisons.presets.measure import DEFAULT_EPISODES, HOERETH, PENDULUM, RUNS
from comparisons.study import Claim, table_rows

MARK = -170
"""The mean return on Pendulum-v1 that two agents must reach with every seed."""

MARKS = {"lau": 1_000, "hoereth": 200}
"""Preset -> the mean return that its task asks for: whole episodes on the track at a good speed;
LunarLanderContinuous solved, by its documentation."""

SEEDS_AT_THE_MARK = 0.8
"""Share of the seeds that must reach a mark: four of five."""

MARGIN = 3
"""How many standard deviations of random actions' episodes are clearly above random actions."""

PUBLISHED = {"fujimoto": "8,577, best within 1M (TD3 paper, table 1)"}
"""Preset -> the return that its source states for the same task."""


def values(data: dict) -> dict:
    """The rows of the tables, and the returns that the prose compares.

    The statistics of single episodes and of the first ones are over the agents on Pendulum-v1.
    """
    presets = data["presets"]
    agents = {name: returns_of(member) for name, member in data["pendulum"].items()}
    runs = [run for member in data["pendulum"].values() for run in member["runs"]]
    first = [run["first_return"] for run in runs]
    spread = np.mean([run["standard_deviation"] for run in runs])
    return {
        "rows": rows(presets, data, MARKS, PUBLISHED),
        "hoereth_rows": rows(data["hoereth"], data, dict.fromkeys(HOERETH, MARKS["hoereth"])),
        "pendulum_rows": rows(data["pendulum"], data, dict.fromkeys(PENDULUM, MARK)),
        "preset_count": len(presets),
        "learned_count": len(learned(data)),
        "not_learned": [name for name in presets if name not in learned(data)],
        "seeds": max(len(member["runs"]) for member in presets.values()),
        "margin": MARGIN,
        "marks": MARKS,
        "whole": [run["whole_episodes"] for run in presets["lau"]["runs"]],
        "at_mark": {name: at_mark(data, name) for name in MARKS if name in presets},
        "at_least": math.ceil(SEEDS_AT_THE_MARK * 5),
        "usual": {name: mean_and_spread(presets[name]) for name in data["moving_moments"]},
        "without": {
            name: mean_and_spread(member) for name, member in data["without_batch_norm"].items()
        },
        "moving": {
            name: mean_and_spread(member) for name, member in data["moving_moments"].items()
        },
        "variant_seeds": max(len(member["runs"]) for member in data["moving_moments"].values()),
        "mark": MARK,
        "worst": {name: returns.min() for name, returns in agents.items()},
        "best": {name: returns.max() for name, returns in agents.items()},
        "first": DEFAULT_EPISODES,
        "episode_spread": spread,
        "standard_error": spread / math.sqrt(DEFAULT_EPISODES),
        "worst_first": min(first),
        "best_first": max(first),
        "first_lower": np.mean([run["return"] for run in runs]) - np.mean(first),
        "folder": str(RUNS),
    }


def returns_of(member: dict) -> np.ndarray:
    """The mean return at the end of each seed's run."""
    return np.array([run["return"] for run in member["runs"]])


def mean_and_spread(member: dict) -> str:
    """The mean over the seeds and, if there are several, their standard deviation."""
    returns = returns_of(member)
    spread = f" ± {returns.std(ddof=1):,.0f}" if len(returns) > 1 else ""
    return f"{returns.mean():,.0f}{spread}"


def clearly_above(random: dict) -> float:
    """The return that is clearly above random actions' own."""
    return random["mean"] + MARGIN * random["standard_deviation"]


def at_mark(data: dict, name: str) -> int:
    """How many seeds of a preset end at its mark or above.

    With lau's car most episodes have to be whole, too: at a higher speed shorter ones return as
    much.
    """
    member = data["presets"][name]
    return sum(
        run["return"] >= MARKS[name]
        and (name != "lau" or run["whole_episodes"] > member["episodes"] / 2)
        for run in member["runs"]
    )


def learned(data: dict) -> list[str]:
    """The presets that learn their task.

    Where there is a mark, four of five seeds must end at it; elsewhere every seed must end clearly
    above random actions.
    """
    return [name for name in data["presets"] if learns(data, name)]


def learns(data: dict, name: str) -> bool:
    """Whether one preset does."""
    member = data["presets"][name]
    if name in MARKS:
        return at_mark(data, name) >= SEEDS_AT_THE_MARK * len(member["runs"])
    return returns_of(member).min() > clearly_above(data["random_returns"][member["env_id"]])


def rows(members: dict, data: dict, marks: dict, published: dict | None = None) -> str:
    """What each reaches, against what, in what time, and the command that does it.

    marks: name -> the return that counts as learned, if not the one clearly above random actions'.
    published: name -> what its source states.
    """
    table = []
    for name, member in members.items():
        random = data["random_returns"][member["env_id"]]
        table.append(
            [
                name,
                member["env_id"],
                steps(member),
                mean_and_spread(member),
                ", ".join(f"{value:,.0f}" for value in returns_of(member)),
                f"{random['mean']:,.0f}",
                f"{marks.get(name, clearly_above(random)):,.0f}",
                (published or {}).get(name, ""),
                minutes(member),
                f"`{member['command']} --seed 0`",
            ]
        )
    return table_rows(table)


def steps(member: dict) -> str:
    """How long the runs are; those that end at a return are not all alike."""
    ends = sorted({run["steps"][-1] for run in member["runs"]})
    return " to ".join(f"{end:,}" for end in (ends[0], ends[-1])[: len(ends)])


def minutes(member: dict) -> str:
    """The mean over the runs of which the time is known; nothing if there is none."""
    known = [run["seconds"] for run in member["runs"] if run["seconds"] is not None]
    return f"{np.mean(known) / 60:.1f}" if known else ""


def differ_within_their_spread(one: dict, other: dict) -> bool:
    """Whether the means over the seeds differ by less than the larger standard deviation."""
    one, other = returns_of(one), returns_of(other)
    return abs(one.mean() - other.mean()) < max(one.std(ddof=1), other.std(ddof=1))


CLAIMS = [
    Claim("all presets learn", lambda not_learned: not_learned == [], in_quick_runs=False),
    Claim(
        "neither random actions nor full throttle reach lau's mark",
        lambda presets, random_returns, full_throttle, marks: (
            max(random_returns[presets["lau"]["env_id"]]["mean"], full_throttle["mean"])
            < marks["lau"]
        ),
        in_quick_runs=False,
    ),
    Claim(
        "leaving out batch norm changes the return by less than the seeds differ",
        lambda presets, without_batch_norm: all(
            differ_within_their_spread(presets[name], member)
            for name, member in without_batch_norm.items()
        ),
        in_quick_runs=False,
    ),
    Claim(
        "if the target critics normalise by moving moments, every seed returns less than all of "
        "the usual ones",
        lambda presets, moving_moments: all(
            returns_of(member).max() < returns_of(presets[name]).min()
            for name, member in moving_moments.items()
        ),
        in_quick_runs=False,
    ),
    Claim(
        "every seed of td3 and of fujimoto reaches the mark on Pendulum-v1",
        lambda worst: sorted(worst) == ["fujimoto", "td3"] and min(worst.values()) >= MARK,
        in_quick_runs=False,
    ),
    Claim(
        "the first episodes are harder than the rest",
        lambda first_lower: first_lower > 0,
        in_quick_runs=False,
    ),
]
