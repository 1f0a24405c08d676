"""What the finding asserts, and the numbers that it names."""

import numpy as np

from comparisons.mujoco.measure import EPISODES, RUNS, SEEDS
from comparisons.study import Claim, table_rows
from ddpg_tf.training.seeds import bootstrap_interval, interquartile_mean

ASKED = 7_900
"""The interquartile mean that DDPG must reach on HalfCheetah-v5: what the lower of two seeds of SBX
returned with the same settings (7,918 and 8,247)."""

PUBLISHED = {
    ("HalfCheetah-v5", "ddpg"): 8577,
    ("Hopper-v5", "ddpg"): 1860,
    ("Walker2d-v5", "ddpg"): 3098,
    ("HalfCheetah-v5", "td3"): 9637,
    ("Hopper-v5", "td3"): 3564,
    ("Walker2d-v5", "td3"): 4683,
}
"""The mean of ten seeds after 1,000,000 steps of the -v1 environments: Fujimoto et al. 2018, table
1, where this DDPG is called OurDDPG."""


def values(data: dict) -> dict:
    """The rows of the table, and what the claims compare."""
    return {
        "rows": rows(data),
        "middle": {
            env_id: {algorithm: middle(member) for algorithm, member in members.items()}
            for env_id, members in data["members"].items()
        },
        "lowest": {
            env_id: min(returns_of(member).min() for member in members.values())
            for env_id, members in data["members"].items()
        },
        "asked": ASKED,
        "seeds": SEEDS,
        "episodes": EPISODES,
        "folder": str(RUNS),
    }


def returns_of(member: dict) -> np.ndarray:
    """The mean return [seeds] of each seed's final agent."""
    return np.array([np.mean(run["returns"]) for run in member["runs"]])


def middle(member: dict) -> float:
    """The interquartile mean over the seeds."""
    return float(interquartile_mean(returns_of(member)))


def interval(member: dict) -> tuple[float, float]:
    """The ends of its 95% bootstrap interval."""
    low, high = bootstrap_interval(returns_of(member)[:, np.newaxis])[:, 0]
    return float(low), float(high)


def rows(data: dict) -> str:
    """A row for each environment and algorithm."""
    return table_rows(
        row(env_id, algorithm, member, data["random_returns"][env_id])
        for env_id, members in data["members"].items()
        for algorithm, member in members.items()
    )


def row(env_id: str, algorithm: str, member: dict, random: float) -> list[str]:
    """What one algorithm reaches on one environment, against what, in what time, by what command.

    Minutes and steps a second are means over the runs of which the time is known.
    """
    low, high = interval(member)
    timed = [run for run in member["runs"] if run["seconds"] is not None]
    seconds = np.mean([run["seconds"] for run in timed]) if timed else None
    return [
        env_id,
        algorithm,
        f"**{middle(member):,.0f}**",
        f"{low:,.0f} to {high:,.0f}",
        ", ".join(f"{value:,.0f}" for value in returns_of(member)),
        f"{random:,.0f}",
        f"{PUBLISHED[env_id, algorithm]:,}",
        f"{seconds / 60:.0f}" if seconds else "",
        f"{timed[0]['steps'][-1] / seconds:,.0f}" if seconds else "",
        f"`{member['command']} --seed 0`",
    ]


CLAIMS = [
    Claim(
        "DDPG reaches on HalfCheetah-v5 what is asked",
        lambda middle, asked: middle["HalfCheetah-v5"]["ddpg"] >= asked,
        in_quick_runs=False,
    ),
    Claim(
        "every seed ends above random actions",
        lambda lowest, random_returns: all(
            lowest[env_id] > random for env_id, random in random_returns.items()
        ),
        in_quick_runs=False,
    ),
]
