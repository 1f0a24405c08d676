"""What the finding asserts, and the numbers that it names."""

import numpy as np

from comparisons.mujoco.measure import EPISODES, RUNS, SEEDS
from comparisons.study import Claim, table_rows
from ddpg_tf.training.seeds import bootstrap_interval, interquartile_mean

AIM = 7_900
"""The interquartile mean that was hoped of DDPG on HalfCheetah-v5, set before any of these runs."""

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
        "commands": "\n".join(
            f"{member['command']} --seed 0"
            for members in data["members"].values()
            for member in members.values()
        ),
        "middle": {
            env_id: {algorithm: middle(member) for algorithm, member in members.items()}
            for env_id, members in data["members"].items()
        },
        "interval": {
            env_id: {algorithm: interval(member) for algorithm, member in members.items()}
            for env_id, members in data["members"].items()
        },
        "beside_the_aim": beside_the_aim(middle(data["members"]["HalfCheetah-v5"]["ddpg"])),
        "lowest": {
            env_id: min(returns_of(member).min() for member in members.values())
            for env_id, members in data["members"].items()
        },
        "aim": AIM,
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


def interval(member: dict) -> list[float]:
    """The ends of its 95% bootstrap interval."""
    return bootstrap_interval(returns_of(member)[:, np.newaxis])[:, 0].tolist()


def beside_the_aim(reached: float) -> str:
    """Which side of the aim it lies on, in words."""
    if reached >= AIM:
        return "reaches it"
    return f"is {1 - reached / AIM:.1%} below it, which five seeds cannot tell from reaching it"


def rows(data: dict) -> str:
    """A row for each environment and algorithm."""
    return table_rows(
        row(env_id, algorithm, member, data["random_returns"][env_id])
        for env_id, members in data["members"].items()
        for algorithm, member in members.items()
    )


def row(env_id: str, algorithm: str, member: dict, random: float) -> list[str]:
    """What one algorithm reaches on one environment, against what, in what time.

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
    ]


CLAIMS = [
    Claim(
        "the aim lies within or below the interval of DDPG on HalfCheetah-v5",
        lambda interval, aim: aim <= interval["HalfCheetah-v5"]["ddpg"][1],
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
