"""What the finding asserts, and the numbers that it names."""

import math

import numpy as np

from comparisons.presets.runs import DEFAULT_EPISODES
from comparisons.study import Claim, table_rows

MARK = -170
"""The mean return on Pendulum-v1 that two agents must reach with every seed."""


def values(data: dict) -> dict:
    """The rows of the two tables, and the returns that the prose compares.

    The statistics of single episodes and of the first ones are over the agents on Pendulum-v1.
    """
    presets, random = data["presets"], data["random_returns"]
    agents = {name: returns_of(member) for name, member in data["pendulum"].items()}
    runs = [run for member in data["pendulum"].values() for run in member["runs"]]
    first = [run["first_return"] for run in runs]
    spread = np.mean([run["standard_deviation"] for run in runs])
    return {
        "rows": rows(presets, random),
        "pendulum_rows": rows(data["pendulum"], random),
        "preset_count": len(presets),
        "not_better": not_better(data),
        "better_count": len(presets) - len(not_better(data)),
        "seeds": max(len(member["runs"]) for member in presets.values()),
        "usual": {name: mean_and_spread(presets[name]) for name in data["moving_moments"]},
        "without": {
            name: mean_and_spread(member) for name, member in data["without_batch_norm"].items()
        },
        "moving": {
            name: mean_and_spread(member) for name, member in data["moving_moments"].items()
        },
        "mark": MARK,
        "worst": {name: returns.min() for name, returns in agents.items()},
        "best": {name: returns.max() for name, returns in agents.items()},
        "first": DEFAULT_EPISODES,
        "episode_spread": spread,
        "standard_error": spread / math.sqrt(DEFAULT_EPISODES),
        "worst_first": min(first),
        "best_first": max(first),
        "first_lower": np.mean([run["return"] for run in runs]) - np.mean(first),
    }


def returns_of(member: dict) -> np.ndarray:
    """The mean return at the end of each seed's run."""
    return np.array([run["return"] for run in member["runs"]])


def mean_and_spread(member: dict) -> str:
    """The mean over the seeds and, if there are several, their standard deviation."""
    returns = returns_of(member)
    spread = f" ± {returns.std(ddof=1):,.0f}" if len(returns) > 1 else ""
    return f"{returns.mean():,.0f}{spread}"


def not_better(data: dict) -> list[str]:
    """The presets of which at least one seed does not end above random actions."""
    return [
        name
        for name, member in data["presets"].items()
        if returns_of(member).min() <= data["random_returns"][member["env_id"]]
    ]


def rows(members: dict, random_returns: dict) -> str:
    """What each reaches, in what time, and the command that does it."""
    return table_rows(
        [
            name,
            member["env_id"],
            f"{member['total_steps']:,}",
            member["episodes"],
            mean_and_spread(member),
            f"{returns_of(member).min():,.0f} to {returns_of(member).max():,.0f}",
            f"{random_returns[member['env_id']]:,.0f}",
            f"{np.mean([run['seconds'] for run in member['runs']]):.0f}",
            f"`{member['command']} --seed 0`",
        ]
        for name, member in members.items()
    )


def differ_within_their_spread(one: dict, other: dict) -> bool:
    """Whether the means over the seeds differ by less than the larger standard deviation."""
    one, other = returns_of(one), returns_of(other)
    return abs(one.mean() - other.mean()) < max(one.std(ddof=1), other.std(ddof=1))


CLAIMS = [
    Claim(
        "every seed of all presets but lau and hoereth ends above random actions",
        lambda not_better: not_better == ["lau", "hoereth"],
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
