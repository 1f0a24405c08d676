"""The verdict on each defect, by one rule, and what the finding asserts."""

from typing import NamedTuple

import numpy as np

from comparisons.study import Claim, table_rows
from ddpg_tf.training.seeds import bootstrap_interval, interquartile_mean

VERDICTS = ("worse", "slower", "no difference", "faster", "better")
"""From bad to good."""


class Estimate(NamedTuple):
    """The interquartile mean over seeds, and its 95% interval from the bootstrap."""

    middle: float
    low: float
    high: float

    def __str__(self) -> str:
        return f"{self.middle:,.0f} ({self.low:,.0f} to {self.high:,.0f})"


def estimate(values: np.ndarray) -> Estimate:
    """The estimate from one value for each seed, [seeds]."""
    low, high = bootstrap_interval(values[:, np.newaxis])[:, 0]
    return Estimate(float(interquartile_mean(values)), float(low), float(high))


def at_end(member: dict) -> Estimate:
    """The return of new episodes at the end."""
    return estimate(np.array([run["return"] for run in member["runs"]]))


def over_run(member: dict) -> Estimate:
    """The return of all evaluations of a run, averaged: the higher, the sooner it was learned."""
    return estimate(np.array([np.mean(run["eval_returns"]) for run in member["runs"]]))


def verdict(defective: dict, mended: dict) -> str:
    """Worse or better if the intervals at the end have nothing in common.

    If they overlap, slower or faster if those over the run have nothing in common.
    """
    for measure, (below, above) in (
        (at_end, ("worse", "better")),
        (over_run, ("slower", "faster")),
    ):
        with_defect, without = measure(defective), measure(mended)
        if with_defect.high < without.low:
            return below
        if with_defect.low > without.high:
            return above
    return "no difference"


def reached(member: dict, mark: float) -> str:
    """How many seeds reached the mark in an evaluation, and the median of the steps to the first.

    Seeds that did not reach it count as later than all others, so there may be no median.
    """
    steps = [first_at(run, mark) for run in member["runs"]]
    count = sum(np.isfinite(steps))
    median = np.sort(steps)[len(steps) // 2]
    return f"{count} of {len(steps)}" + (f", step {median:,.0f}" if np.isfinite(median) else "")


def first_at(run: dict, mark: float) -> float:
    """The step of the first evaluation of at least the mark; infinity if there is none."""
    pairs = zip(run["steps"], run["eval_returns"], strict=True)
    return min((step for step, value in pairs if value >= mark), default=np.inf)


def holds(run: dict, problem: dict) -> tuple[bool, bool]:
    """Whether a run's agent was at the mark in an evaluation, and whether it is at the end."""
    return bool(np.isfinite(first_at(run, problem["mark"]))), run["return"] >= problem["mark"]


def values(data: dict) -> dict:
    """The table's rows, each verdict by defect, the defects by verdict, and the estimates."""
    problems, defects = data["problems"], data["defects"]
    mended = {name: problems[defect["problem"]] for name, defect in defects.items()}
    verdicts = {name: verdict(defect, mended[name]) for name, defect in defects.items()}
    return {
        "rows": table_rows(row(defects[name], mended[name]) for name in by_verdict(verdicts)),
        "places": table_rows(
            [defects[name]["label"], "; ".join(defects[name]["places"])]
            for name in by_verdict(verdicts)
        ),
        "verdicts": verdicts,
        "having": {
            kind: [defects[name]["label"] for name in verdicts if verdicts[name] == kind]
            for kind in VERDICTS
        },
        "counts": {kind: list(verdicts.values()).count(kind) for kind in VERDICTS},
        "count": len(defects),
        "seeds": len(next(iter(problems.values()))["runs"]),
        "end": {name: at_end(member).middle for name, member in (problems | defects).items()},
        "run": {name: over_run(member).middle for name, member in (problems | defects).items()},
        "random": {name: problem["random_return"] for name, problem in problems.items()},
        "memory": 1 / problems["pendulum"]["tau"],
        "left_of_start": (1 - problems["pendulum"]["tau"]) ** (1 / problems["pendulum"]["tau"]),
        "early": early(defects["no_mask"]),
        "early_step": defects["no_mask"]["runs"][0]["steps"][EARLY],
        "held": [holds(run, problems["inverted_pendulum"]) for run in defects["no_mask"]["runs"]],
    }


def early(member: dict) -> list[float]:
    """The lowest and the highest return of the seeds in the evaluation EARLY."""
    returns = [run["eval_returns"][EARLY] for run in member["runs"]]
    return [min(returns), max(returns)]


def by_verdict(verdicts: dict[str, str]) -> list[str]:
    """The names of the defects, the worst first."""
    return sorted(verdicts, key=lambda name: VERDICTS.index(verdicts[name]))


def row(defect: dict, mended: dict) -> list:
    """A defect's measurements beside those of the same agent without it."""
    return [
        defect["label"],
        mended["label"],
        *(measure(member) for measure in (at_end, over_run) for member in (defect, mended)),
        *(reached(member, mended["mark"]) for member in (defect, mended)),
        verdict(defect, mended),
    ]


EARLY = 1
"""The evaluation, counted from 0, in which agents without the mask have improved as yet."""

SAME = ["targets_apart", "step_behind", "no_noise", "summed", "together"]
"""The defects that make no difference here."""

CLAIMS = [
    Claim(
        "without the mask all agents first do better than random actions, and at the end worse",
        lambda early, end, random: end["no_mask"] < random["inverted_pendulum"] < early[0] / 2,
        in_quick_runs=False,
    ),
    Claim(
        "with targets that learn, with half of the range and without the mask, agents end worse",
        lambda verdicts: (
            {name for name in verdicts if verdicts[name] == "worse"}
            == {"targets_learn", "half_range", "no_mask"}
        ),
        in_quick_runs=False,
    ),
    Claim(
        "no difference is seen with the rest",
        lambda verdicts: [n for n in verdicts if verdicts[n] == "no difference"] == SAME,
        in_quick_runs=False,
    ),
    Claim(
        "without the mask the pendulum falls sooner than with random actions",
        lambda end, random: end["no_mask"] < random["inverted_pendulum"],
        in_quick_runs=False,
    ),
    Claim(
        "one seed without the mask learned to hold it and forgot it, the others never did",
        lambda held: sorted(map(tuple, held)) == [(False, False)] * 4 + [(True, False)],
        in_quick_runs=False,
    ),
    Claim(
        "without a defect every seed reaches the mark",
        lambda problems: all(
            np.isfinite(first_at(run, problem["mark"]))
            for problem in problems.values()
            for run in problem["runs"]
        ),
        in_quick_runs=False,
    ),
    Claim(
        "other random networks are nearly the same functions",
        lambda apart_at_start: apart_at_start < 0.1,
    ),
]
