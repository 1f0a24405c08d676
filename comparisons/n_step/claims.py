"""What the finding asserts, and the numbers that it names."""

import numpy as np

from comparisons.n_step.figures import STYLES, last_middles
from comparisons.n_step.measure import TASKS
from comparisons.n_step.regulator import GAIN, OLD_GAIN, THETA
from comparisons.study import Claim, table_rows
from ddpg_tf.training.seeds import bootstrap_interval, interquartile_mean

MARKS = {"dense": -250.0, "sparse": 50.0}
"""Return from which a task counts as learned: the pendulum swings up and stays, the car is at the
flag in nearly every episode."""


def values(data: dict) -> dict:
    """The numbers that the finding derives from the data, by task, then by n as text."""
    tasks, slopes = data["tasks"], data["slopes"]
    failed = [last for last in lasts(tasks["sparse"]) if last < MARKS["sparse"]]
    return {
        "rows": table_rows(row(name, task, n) for name, task in tasks.items() for n in STYLES),
        "slope_rows": table_rows(
            [n, *(f"{each[index]:.2f}" for each in slopes.values())]
            for index, n in enumerate(STYLES)
        ),
        "last": {name: last_middles(task) for name, task in tasks.items()},
        "learned": {
            name: {n: learned(name, returns) for n, returns in task["returns"].items()}
            for name, task in tasks.items()
        },
        "first": {
            name: {n: first_at_the_mark(name, task, n) for n in task["returns"]}
            for name, task in tasks.items()
        },
        "area": {name: areas(task) for name, task in tasks.items()},
        "overlapping": overlap(tasks["dense"]),
        "failed": failed,
        "failures": len(failed),
        "sparse_runs": len(lasts(tasks["sparse"])),
        "worst": min(lasts(tasks["sparse"])),
        "total_steps": {name: config.total_steps for name, config in TASKS.items()},
        "learned_from": MARKS,
        "noise": TASKS["sparse"].noise_sigma,
        "gain": GAIN,
        "old_gain": OLD_GAIN,
        "kept": 1 - THETA,
    }


def lasts(task: dict) -> list[float]:
    """The last return of every seed of every n."""
    return [seed[-1] for returns in task["returns"].values() for seed in returns]


def learned(task: str, returns: list) -> int:
    """How many seeds end at the task's mark or above it."""
    return int(np.sum(np.array(returns)[:, -1] >= MARKS[task]))


def first_at_the_mark(name: str, task: dict, n: str) -> float:
    """Median, over the seeds that get there, of the step of the first evaluation at the mark.

    NaN if none gets there.
    """
    reached = np.array(task["returns"][n]) >= MARKS[name]
    steps = np.array(task["steps"])[reached.argmax(axis=1)[reached.any(axis=1)]]
    return float(np.median(steps)) if len(steps) else float("nan")


def areas(task: dict) -> dict[str, float]:
    """n -> mean over the evaluations of the interquartile mean: how early, and how well."""
    return {
        n: float(interquartile_mean(np.array(returns)).mean())
        for n, returns in task["returns"].items()
    }


def overlap(task: dict) -> bool:
    """Whether some return lies in the intervals of the last returns of every n."""
    ends = [bootstrap_interval(np.array(returns))[:, -1] for returns in task["returns"].values()]
    return bool(max(low for low, _ in ends) <= min(high for _, high in ends))


def row(name: str, task: dict, n: str) -> list[str]:
    """A line of the table: a task and an n, what was returned at the end, how soon and by whom."""
    returns = np.array(task["returns"][n])
    low, high = bootstrap_interval(returns)[:, -1]
    return [
        task["env_id"],
        n,
        f"{last_middles(task)[n]:.1f}",
        f"{low:.1f} to {high:.1f}",
        f"{areas(task)[n]:.1f}",
        f"{first_at_the_mark(name, task, n):,.0f}",
        f"{learned(name, task['returns'][n])} of {len(returns)}",
    ]


CLAIMS = [
    Claim(
        "with dense reward three steps and five learn sooner than one",
        lambda area: min(area["dense"]["3"], area["dense"]["5"]) > area["dense"]["1"],
        in_quick_runs=False,
    ),
    Claim(
        "three learn soonest",
        lambda area: max(area["dense"], key=area["dense"].get) == "3",
        in_quick_runs=False,
    ),
    Claim(
        "all intervals of the last returns with dense reward overlap",
        lambda overlapping: overlapping,
        in_quick_runs=False,
    ),
    Claim(
        "the more steps, the sooner at the flag, for seeds that get there",
        lambda first: first["sparse"]["5"] <= first["sparse"]["3"] < first["sparse"]["1"],
        in_quick_runs=False,
    ),
    Claim(
        "those that fail end at full throttle",
        lambda failed: max(failed) < -95,
        in_quick_runs=False,
    ),
    Claim("one step has no bias", lambda slopes: all(each[0] == 1 for each in slopes.values())),
    Claim(
        "noise without memory does not tilt a target",
        lambda slopes: max(abs(slope - 1) for slope in slopes["gaussian"]) < 1e-9,
    ),
    Claim(
        "an older policy and noise with memory do, the more the larger n",
        lambda slopes: all(each[0] < each[1] < each[2] for each in (slopes["ou"], slopes["old"])),
    ),
]
