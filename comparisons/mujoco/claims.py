"""What the finding asserts, and the numbers that it names."""

from collections.abc import Callable

import numpy as np

from comparisons.mujoco.measure import EPISODES, LATE, RUNS, SEEDS
from comparisons.study import Claim, in_words, table_rows
from ddpg_tf import DDPGConfig
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
"""The highest mean of ten seeds within 1,000,000 steps of the -v1 environments: Fujimoto et al.
2018, table 1, where this DDPG is called OurDDPG."""


def values(data: dict) -> dict:
    """The rows of the table, and what the claims compare."""
    return {
        "rows": rows(data),
        "commands": "\n".join(
            f"{member['command']} --seed 0"
            for members in data["members"].values()
            for member in members.values()
        ),
        "middle": of_each(data, middle),
        "interval": of_each(data, interval),
        "beside_the_aim": beside_the_aim(middle(data["members"]["HalfCheetah-v5"]["ddpg"])),
        "swing": of_each(data, swing),
        "bias": of_each(data, bias),
        "unknown": in_words([name for name, _, run in runs_of(data) if run["q_bias"] is None]),
        "lowest_late": {
            env_id: min(late_returns_of(member).min() for member in members.values())
            for env_id, members in data["members"].items()
        },
        "ends": ends_beside_random_actions(data),
        "compared": compared(data),
        "late": LATE,
        "aim": AIM,
        "seeds": SEEDS,
        "episodes": EPISODES,
        "evaluated": DDPGConfig.eval_episodes,
        "folder": str(RUNS),
    }


def of_each(data: dict, number: Callable) -> dict:
    """environment -> algorithm -> what `number` makes of its member."""
    return {
        env_id: {algorithm: number(member) for algorithm, member in members.items()}
        for env_id, members in data["members"].items()
    }


def runs_of(data: dict) -> list[tuple[str, str, dict]]:
    """(in words, environment, run) of every run."""
    return [
        (f"{env_id} with {algorithm}, seed {run['seed']}", env_id, run)
        for env_id, members in data["members"].items()
        for algorithm, member in members.items()
        for run in member["runs"]
    ]


def returns_of(member: dict) -> np.ndarray:
    """The mean return [seeds] of each seed's final agent."""
    return np.array([np.mean(run["returns"]) for run in member["runs"]])


def late_returns_of(member: dict) -> np.ndarray:
    """The mean [seeds] of each seed's last evaluations."""
    return np.array([np.mean(run["eval_returns"][-LATE:]) for run in member["runs"]])


def swing(member: dict) -> float:
    """By how much the return changes from one of the last evaluations to the next: the median."""
    changes = [np.diff(run["eval_returns"][-LATE:]) for run in member["runs"]]
    return float(np.median(np.abs(np.concatenate(changes))))


def bias(member: dict) -> float:
    """By how much Q was too high over the last evaluations: the mean over the seeds, if known."""
    return float(np.mean([run["q_bias"] for run in member["runs"] if run["q_bias"] is not None]))


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


def compared(data: dict) -> str:
    """Where TD3's interquartile mean is the higher, and where the two intervals do not overlap."""
    pairs = {env_id: (each["ddpg"], each["td3"]) for env_id, each in data["members"].items()}
    higher = [env_id for env_id, (ddpg, td3) in pairs.items() if middle(td3) > middle(ddpg)]
    apart = [
        env_id
        for env_id, (ddpg, td3) in pairs.items()
        if max(interval(ddpg)[0], interval(td3)[0]) > min(interval(ddpg)[1], interval(td3)[1])
    ]
    return (
        f"TD3's interquartile mean is the higher on {len(higher)} of {len(pairs)} environments, "
        f"and the two intervals do not overlap on {in_words(apart) if apart else 'any of them'}."
    )


def ends_beside_random_actions(data: dict) -> str:
    """How many runs end above random actions, and how those that do not came to their end."""
    runs = runs_of(data)
    behind = [
        (name, run)
        for name, env_id, run in runs
        if np.mean(run["returns"]) <= data["random_returns"][env_id]
    ]
    told = [
        f" {name}, ends at {np.mean(run['returns']):,.0f}, although its last evaluation but one "
        f"had returned {run['eval_returns'][-2]:,.0f}."
        for name, run in behind
    ]
    return f"{len(runs) - len(behind)} of the {len(runs)} runs end above them." + "".join(told)


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
        f"{interquartile_mean(late_returns_of(member)):,.0f}",
        f"{bias(member):,.0f}",
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
        "every run is above random actions over its last evaluations",
        lambda lowest_late, random_returns: all(
            lowest_late[env_id] > random for env_id, random in random_returns.items()
        ),
        in_quick_runs=False,
    ),
    Claim(
        "DDPG's Q is too high",
        lambda bias: all(each["ddpg"] > 0 for each in bias.values()),
        in_quick_runs=False,
    ),
    Claim(
        "TD3's Q is too low",
        lambda bias: all(each["td3"] < 0 for each in bias.values()),
        in_quick_runs=False,
    ),
]
