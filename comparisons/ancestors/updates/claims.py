"""What the finding asserts of whole updates, and the numbers that it names."""

import math

from comparisons.ancestors.updates.problem import LOUDER, Networks
from comparisons.ancestors.updates.systems import SYSTEMS
from comparisons.study import Claim, table_rows

PORT = 5e-4
"""Share of the distance travelled within which a port in float32 counts as the same update."""

VARIANTS = {
    "unlisted": ("hoereth", "without a list"),
    "hoereth_summed": ("hoereth", "summed"),
    "hoereth_whole": ("hoereth", "as published"),
    "hoereth_l2": ("hoereth", "half"),
    "baselines_l2": ("baselines", "half"),
    "critic_first": ("baselines", "first"),
    "lau_summed": ("lau", "summed"),
    "q_per_action": ("lau", "each action"),
    "soft_copy": ("emami", "softly"),
    "other_targets": ("hoereth", "start as other"),
    "other_actor": ("yoon", "another network"),
    "yoon_mask": ("yoon", "mask"),
    "skylark_mask": ("skylark", "mask"),
    "behind": ("keras_rl", "behind"),
    "halved": ("keras_rl", "half"),
    "huber": ("keras_rl", "Huber"),
}
"""Name on the page -> system, and what the variant's label has in it."""

UNKNOWN = {name: [math.nan, math.nan] for name in Networks._fields}
"""The distances of a system that could not be run."""


def values(data: dict) -> dict:
    """The numbers that the finding derives from the data; `data` is that of whole updates."""
    rows = data["rows"]
    meant = of_kind(rows, "meant")
    ported = [row for row in meant if framework(row) == "PyTorch"]
    others = [row for row in meant if row not in ported]
    double = of_kind(rows, "float64")
    keras_place = [row for row in of_kind(rows, "keras_place") if framework(row) == "PyTorch"]
    present = [system for system in SYSTEMS if system.name in {row["system"] for row in rows}]
    return {
        "agreement": table_rows(agreement_row(row, rows) for row in meant),
        "variants": table_rows(variant_row(row) for row in rows if is_shown(row, rows)),
        "update_sources": table_rows((s.name, s.where, s.left_out) for s in present),
        "whole_updates": len(meant),
        "ports": [f"`{row['system']}`" for row in ported],
        "port_first": most(largest(row, 0) for row in ported),
        "port_last": most(largest(row, 1) for row in ported),
        "first": most(largest(row, 0) for row in meant),
        "other_first": most(largest(row, 0) for row in others),
        "other_last": most(largest(row, 1) for row in others),
        "online_first": most(online(row, 0) for row in meant),
        "target_spacing": most(row["half_spacing"]["target_actor"] for row in meant),
        "double": [most(largest(row, at) for row in double) for at in (0, 1)],
        "doubles": len(double),
        "keras_rl_meant": next((r["apart"] for r in meant if r["system"] == "keras_rl"), UNKNOWN),
        "double_names": [f"`{row['system']}`" for row in double],
        "keras_actor": spread(row["apart"]["actor"][0] for row in keras_place),
        "keras_actor_last": spread(row["apart"]["actor"][1] for row in keras_place),
        "keras_critic": spread(row["apart"]["critic"][0] for row in keras_place),
        "keras_critic_last": spread(row["apart"]["critic"][1] for row in keras_place),
        **{name: found(rows, *place) for name, place in VARIANTS.items()},
        "louder": LOUDER,
        "critic_norm": data["critic_gradient_norm"],
        "updates_skipped": [f"`{name}`" for name in data["skipped"]],
    }


def agreement_row(row: dict, rows: list[dict]) -> list[str]:
    """A system as it was meant: each network after the first update, then what the rest is."""
    others = {
        kind: next((r for r in of_kind(rows, kind) if r["system"] == row["system"]), None)
        for kind in ("float64", "keras_place")
    }
    cells = [short(row["apart"][name][0]) for name in ("critic", "actor")]
    cells += [short(row["apart"][name][0]) for name in ("target_critic", "target_actor")]
    cells.append(short(largest(row, 1)))
    for other in others.values():
        cells.append(
            "" if other is None else f"{short(largest(other, 0))}, {short(largest(other, 1))}"
        )
    return [row["system"], framework(row), *cells]


def variant_row(row: dict) -> list[str]:
    """A system with a defect, or as it was meant: each network after the first update, the last."""
    order = "critic", "actor", "target_critic", "target_actor"
    cells = [", ".join(short(distance) for distance in row["apart"][name]) for name in order]
    return [row["system"], row["label"], *cells]


def is_shown(row: dict, rows: list[dict]) -> bool:
    """Whether the table of variants has this row: a variant, or what its system is without."""
    with_variants = {r["system"] for r in of_kind(rows, "variant")}
    return row["kind"] == "variant" or (row["kind"] == "meant" and row["system"] in with_variants)


def of_kind(rows: list[dict], kind: str) -> list[dict]:
    """The rows of one kind: meant, float64, keras_place, variant."""
    return [row for row in rows if row["kind"] == kind]


def framework(row: dict) -> str:
    """What the row's system is written in."""
    return next(system.framework for system in SYSTEMS if system.name == row["system"])


def largest(row: dict, at: int) -> float:
    """The distance of the network that is farthest apart. at: 0 first update, 1 last."""
    return max(distances[at] for distances in row["apart"].values())


def online(row: dict, at: int) -> float:
    """The same of critic and actor alone."""
    return max(row["apart"][name][at] for name in ("critic", "actor"))


def found(rows: list[dict], system: str, part: str) -> dict:
    """Network -> [first, last] distance in the variant of a system whose label has this part."""
    for row in of_kind(rows, "variant"):
        if row["system"] == system and part in row["label"]:
            return row["apart"]
    return UNKNOWN


def most(numbers) -> float:
    """The largest, or nan of nothing."""
    return max(numbers, default=math.nan)


def spread(numbers) -> list[float]:
    """The smallest and the largest, or nan of nothing."""
    numbers = list(numbers)
    return [min(numbers, default=math.nan), max(numbers, default=math.nan)]


def short(distance: float) -> str:
    """A distance in two digits."""
    if distance == 0:
        return "0"
    return f"{distance:.2g}" if 0.01 <= distance < 1000 else f"{distance:.1e}"


CLAIMS = [
    Claim(
        "every system's whole update could be run",
        lambda updates_skipped: not updates_skipped,
        in_quick_runs=False,
    ),
    Claim(
        "the ports to PyTorch make our update in float32",
        lambda port_first: port_first < PORT,
    ),
    Claim(
        "in float64 nothing is left but its rounding, first update and last",
        lambda double: max(double) < 1e-10,
    ),
    Claim(
        "critic and actor of every system are our critic and actor after one update",
        lambda online_first: online_first < 1e-4,
    ),
    Claim(
        "the others, in the float32 of TensorFlow 1 and NumPy, do so nearly as closely",
        lambda other_first: other_first < 2 * PORT,
    ),
    Claim(
        "rounding grows over the updates in float32, and stays below a fifth of the way",
        lambda port_first, port_last, other_last: port_first < port_last < 0.2 and other_last < 0.2,
        in_quick_runs=False,
    ),
    Claim(
        "Keras's place of epsilon is seen in the actor at once, and much less in the critic",
        lambda keras_actor, keras_critic: keras_actor[0] > 0.1 and keras_critic[1] < 0.01,
        in_quick_runs=False,
    ),
    Claim(
        "an optimiser without a list throws the targets off, and critic and actor only later",
        lambda unlisted: (
            max(unlisted["critic"][0], unlisted["actor"][0]) < 1e-4
            and min(unlisted["target_critic"][0], unlisted["target_actor"][0]) > 100
            and min(unlisted["critic"][1], unlisted["actor"][1]) > 0.2
        ),
        in_quick_runs=False,
    ),
    Claim(
        "targets that start apart stay apart, and the critic learns from them",
        lambda soft_copy, other_targets, other_actor: (
            all(
                min(*apart["target_critic"], *apart["target_actor"]) > 10
                and apart["critic"][0] > 0.1
                for apart in (soft_copy, other_targets)
            )
            and min(other_actor["target_actor"]) > 1
            and other_actor["critic"][0] < 1e-4
        ),
        in_quick_runs=False,
    ),
    Claim(
        "a target a step behind has not moved after one update",
        lambda behind: all(
            abs(behind[name][0] - 1) < 0.01 and behind[name][1] < 0.5
            for name in ("target_critic", "target_actor")
        ),
    ),
    Claim(
        "the order of the updates is seen in the actor's first step, not in the critic's",
        lambda critic_first: critic_first["critic"][0] < 1e-4 and critic_first["actor"][0] > 0.1,
    ),
    Claim(
        "a sum over the batch is seen in the actor's first step, and fades",
        lambda lau_summed, hoereth_summed: all(
            apart["critic"][0] < 1e-4 and apart["actor"][0] > 0.1 > apart["actor"][1]
            for apart in (lau_summed, hoereth_summed)
        ),
        in_quick_runs=False,
    ),
    Claim(
        "one Q for each action is seen in critic and actor",
        lambda q_per_action: min(q_per_action["critic"][0], q_per_action["actor"][0]) > 0.1,
        in_quick_runs=False,
    ),
    Claim(
        "a missing mask is seen in the critic's first step",
        lambda yoon_mask, skylark_mask: (
            min(yoon_mask["critic"][0], skylark_mask["critic"][0]) > 0.1
        ),
        in_quick_runs=False,
    ),
    Claim(
        "an L2 without its half is seen in the critic's first step",
        lambda hoereth_l2, baselines_l2: (
            min(hoereth_l2["critic"][0], baselines_l2["critic"][0]) > 0.1
        ),
    ),
    Claim(
        "where the limit of the norm acts, half of the loss changes nothing, and Huber's agrees",
        lambda halved, huber, critic_norm: (
            critic_norm > 2 and max(halved["critic"][0], huber["critic"][0]) < 1e-4
        ),
    ),
]
