"""What the finding asserts, and the numbers that it names."""

from comparisons.cost.memory import MIB
from comparisons.cost.timing import MODES
from comparisons.study import Claim, table_rows
from ddpg_tf.strategies import STRATEGIES

NOTABLE = 0.10
"""The smallest difference of time worth a word: a program can differ by as much from itself."""


def values(data: dict) -> dict:
    """The rows of the table, the extremes of times and memory, the smallest and largest Jacobian.

    slower, faster: "gradient eager" and the like -> the strategies whose time differs from mean_q's
    by more than NOTABLE and beyond the scatter of the rounds.
    """
    columns = [(what, mode) for what in ("gradient", "update") for mode in MODES]
    settings = data["over_batch"] + data["over_width"]
    ratios = [row["ratio"] for setting in settings for row in setting["xla"].values()]
    memory, (first, *_, last) = data["memory"], data["jacobian"]["rows"]
    return {
        "rows": table_rows(
            [name, *[cell(name, data[what][mode][name]) for what, mode in columns]]
            for name in data["gradient"]["eager"]
        ),
        "eager_gradient": known_ratios(data["gradient"]["eager"]),
        "eager_update": known_ratios(data["update"]["eager"]),
        "notable": NOTABLE,
        "slower": {f"{what} {mode}": slower(data[what][mode]) for what, mode in columns},
        "faster": {f"{what} {mode}": faster(data[what][mode]) for what, mode in columns},
        "least_ratio": min(ratios),
        "largest_ratio": max(ratios),
        "planned": extremes(memory["xla"]),
        "eager": extremes(memory["eager"]),
        "graph": extremes(memory["graph"]),
        "smallest_jacobian": first["bytes"] / MIB,
        "largest_jacobian": last["bytes"] / MIB,
        "jacobian_buffers": (last["xla_bytes"]["jacobian"] or float("nan")) / MIB,
        "mean_q_buffers": (last["xla_bytes"]["mean_q"] or float("nan")) / MIB,
    }


def cell(name: str, row: dict) -> str:
    """A ratio, and for mean_q its time too."""
    return f"{row['ratio']:.2f}" + (f" ({row['least_ms']:.2f})" if name == "mean_q" else "")


def known_ratios(rows: dict) -> dict:
    """Strategy -> ratio; nan for one that was not measured, as most are not in a quick run."""
    return {name: rows[name]["ratio"] if name in rows else float("nan") for name in STRATEGIES}


def slower(rows: dict) -> list[str]:
    """The strategies whose middle half of rounds lies wholly above mean_q's time, and far."""
    return [name for name, row in rows.items() if row["low"] > 1 and row["ratio"] > 1 + NOTABLE]


def faster(rows: dict) -> list[str]:
    """The strategies whose middle half of rounds lies wholly below mean_q's time, and far."""
    return [name for name, row in rows.items() if row["high"] < 1 and row["ratio"] < 1 - NOTABLE]


def extremes(sizes: dict) -> dict:
    """The least and the largest of the sizes that are known, and the name of the largest."""
    known = {name: size for name, size in sizes.items() if size is not None}
    known = known or {"no strategy": float("nan")}
    return {
        "least": min(known.values()),
        "largest": max(known.values()),
        "name": max(known, key=known.get),
    }


CLAIMS = [
    Claim(
        "eagerly, a gradient takes longer with get_updates, surrogate and target_action",
        lambda slower: slower["gradient eager"] == ["get_updates", "surrogate", "target_action"],
        in_quick_runs=False,
    ),
    Claim(
        "eagerly, a whole update takes longer with get_updates alone",
        lambda slower: slower["update eager"] == ["get_updates"],
        in_quick_runs=False,
    ),
    Claim(
        "in a graph and under XLA every strategy takes the same time",
        lambda slower: not any(names for key, names in slower.items() if "eager" not in key),
        in_quick_runs=False,
    ),
    Claim(
        "nothing is faster than mean_q",
        lambda faster: not any(faster.values()),
        in_quick_runs=False,
    ),
    Claim(
        "over batch sizes and widths the strategies take about as long as mean_q under XLA",
        lambda least_ratio, largest_ratio: 1 - NOTABLE < least_ratio <= largest_ratio < 1 + NOTABLE,
        in_quick_runs=False,
    ),
    Claim(
        "XLA plans the same memory for each strategy",
        lambda planned: planned["least"] == planned["largest"],
    ),
    Claim(
        "the jacobian's time grows faster with the width than mean_q's, in a graph and under XLA",
        lambda jacobian: all(
            jacobian["rows"][-1][mode]["jacobian"]["ratio"]
            > jacobian["rows"][0][mode]["jacobian"]["ratio"]
            for mode in ("graph", "xla")
        ),
        in_quick_runs=False,
    ),
    Claim(
        "XLA's buffers for the Jacobian hold the whole of it, those for mean_q do not",
        lambda largest_jacobian, jacobian_buffers, mean_q_buffers: (
            mean_q_buffers < largest_jacobian <= jacobian_buffers
        ),
    ),
]
