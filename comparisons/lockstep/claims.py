"""What the finding asserts, and the numbers that it names."""

from comparisons.lockstep.groups import (
    OTHER_SEED,
    condition_of,
    first_differences,
    kept,
    last_difference,
    last_gap,
    title_of,
)
from comparisons.study import Claim, table_rows
from ddpg_tf.training.lockstep import REFERENCE

NOT_RUN = {"first_different_update": float("nan"), "differences": [[0, float("nan")]]}
"""A run of a condition that quick runs leave out."""


def values(data: dict) -> dict:
    """The rows of the table, who kept the bits where, and how far seeds and rounding lead.

    kept_with, kept_without: condition -> strategies that kept the bits of mean_q with the fence,
    and without it. first_with, first_without: condition -> strategy -> first different update.
    """
    groups, seeds = data["groups"], data["seeds"]
    fenced = {condition_of(group): group for group in groups if group["fenced"]}
    unfenced = {condition_of(group): group for group in groups if not group["fenced"]}
    plain, batch_norm = (
        unfenced.get(condition, {"runs": {}})["runs"].get("output_gradients", NOT_RUN)
        for condition in ("batch 64", "batch 64, batch norm")
    )
    returns = seeds["returns"]
    rounded = [
        (group, name)
        for group in fenced.values()
        if group["normalization"] == "none"
        for name in first_differences(group)
    ]
    return {
        "rows": table_rows(
            [row(group, name) for group in groups for name in group["runs"]]
            + [row_of_other_seed(seeds)]
        ),
        "kept_with": {condition: kept(group) for condition, group in fenced.items()},
        "kept_without": {condition: kept(group) for condition, group in unfenced.items()},
        "first_with": {c: first_differences(group) for c, group in fenced.items()},
        "first_without": {c: first_differences(group) for c, group in unfenced.items()},
        "kept_everything": all(
            group["runs"][name]["same_transitions"] and group["runs"][name]["same_returns"]
            for group in fenced.values()
            for name in kept(group)
        ),
        "first_plain": plain["first_different_update"],
        "last_plain": plain["differences"][-1][1],
        "first_batch_norm": batch_norm["first_different_update"],
        "last_batch_norm": batch_norm["differences"][-1][1],
        "seeds_gap": abs(returns["0"][-1] - returns["1"][-1]),
        "rounding_apart": max(last_difference(*run) for run in rounded),
        "rounding_gap": max(last_gap(*run) for run in rounded),
    }


def row(group: dict, name: str) -> list[str]:
    """A row of the table."""
    run = group["runs"][name]
    firsts = run["first_different_update"], run["first_different_step"]
    update, step = ("none" if first is None else f"{first:,}" for first in firsts)
    return [
        title_of(group),
        f"{run['differences'][-1][0]:,}",
        name,
        "-" if name == REFERENCE else update,
        f"{last_difference(group, name):.2g}",
        "-" if name == REFERENCE else step,
        f"{run['eval_returns'][-1]:.0f}",
    ]


def row_of_other_seed(seeds: dict) -> list[str]:
    """The last row of the table."""
    updates, difference = seeds["differences"][-1]
    start = "from the start"
    last_return = f"{seeds['returns']['1'][-1]:.0f}"
    return ["batch 64, with the fence", f"{updates:,}", OTHER_SEED, start, f"{difference:.2g}",
            start, last_return]  # fmt: skip


CLAIMS = [
    Claim(
        "batch 64: output_gradients, get_updates and surrogate keep the bits; target_action "
        "differs from the first update on",
        lambda kept_with, first_with: (
            kept_with["batch 64"] == ["output_gradients", "get_updates", "surrogate"]
            and first_with["batch 64"] == {"target_action": 1}
        ),
        in_quick_runs=False,
    ),
    Claim(
        "batch 100: get_updates alone keeps the bits, the others differ from the first update on",
        lambda kept_with, first_with: (
            kept_with["batch 100"] == ["get_updates"]
            and first_with["batch 100"]
            == {"output_gradients": 1, "surrogate": 1, "target_action": 1}
        ),
        in_quick_runs=False,
    ),
    Claim(
        "batch norm: output_gradients keeps the bits, get_updates differs from the first update on",
        lambda kept_with, first_with: (
            kept_with["batch 64, batch norm"] == ["output_gradients"]
            and first_with["batch 64, batch norm"] == {"get_updates": 1}
        ),
        in_quick_runs=False,
    ),
    Claim(
        "who keeps the bits of the weights keeps those of every transition and return",
        lambda kept_everything: kept_everything,
    ),
    Claim(
        "without the fence, batch 64: output_gradients differs later, and ends far away",
        lambda first_without, last_plain: (
            first_without["batch 64"].get("output_gradients", 1) > 1 and last_plain > 0.1
        ),
        in_quick_runs=False,
    ),
    Claim(
        "without the fence, batch norm: output_gradients differs later, and ends far away",
        lambda first_without, last_batch_norm: (
            first_without["batch 64, batch norm"].get("output_gradients", 1) > 1
            and last_batch_norm > 0.1
        ),
        in_quick_runs=False,
    ),
    Claim(
        "without the fence all others do what they did with it",
        lambda first_with, first_without: (
            first_with
            == {
                condition: {n: f for n, f in firsts.items() if f == 1 or n != "output_gradients"}
                for condition, firsts in first_without.items()
            }
        ),
        in_quick_runs=False,
    ),
    Claim(
        "rounding alone moves the last return less than another seed does",
        lambda rounding_gap, seeds_gap: rounding_gap < seeds_gap,
        in_quick_runs=False,
    ),
    Claim(
        "weights that differ by another seed are farther away than weights that differ by rounding",
        lambda rounding_apart, seeds: rounding_apart < seeds["differences"][-1][1],
    ),
]
