"""What the finding asserts, and the numbers that it names."""

import math

from comparisons.ancestors.problem import make_problem
from comparisons.ancestors.systems import SYSTEMS
from comparisons.ancestors.updates import claims as whole
from comparisons.study import Claim, table_rows

ROUNDING = 1e-6
"""Relative distance below which two float32 gradients are called equal up to rounding."""

STILL_ROUNDING = 1e-4
"""Relative distance of weights up to which rounding alone explains how two trainings differ."""

TOLD_APART = 0.8
"""Largest share of different bits, over that of the next strategy, that tells the two apart."""


def values(data: dict) -> dict:
    """The numbers that the finding derives from the data: of whole updates, and of gradients."""
    return whole.values(data["updates"]) | values_of_gradients(data)


def values_of_gradients(data: dict) -> dict:
    """Those of the actor's gradient by itself."""
    rows = data["rows"]
    by_name = {row["name"]: row for row in rows}
    hoereth, todo = by_name["hoereth"], by_name["hoereth_todo"]
    farthest = max(rows, key=same_adam_distance)
    close = [row for row in rows if same_adam_distance(row) < STILL_ROUNDING]
    other_epsilon = [row for row in rows if row["epsilon_ratio"] != 1]
    clipped = [row for row in rows if row["clipnorm"] is not None]
    scaled = {row["name"]: factor_words(row, data) for row in rows if not is_unscaled(row)}
    parts = len(make_problem(data["hidden"]).actor)
    present = [system for system in SYSTEMS if system.name in by_name]
    return {
        "table": table_rows(table_row(row, data) for row in rows),
        "sources": table_rows((s.name, s.lines, s.where, s.seeds) for s in present),
        "number": len(rows),
        "equal": sum(nearest_distance(row) < ROUNDING for row in rows),
        "largest_distance": max(map(nearest_distance, rows)),
        "scaled": scaled,
        "scaled_words": [f"`{name}` ({factor})" for name, factor in scaled.items()],
        "same_bits": [f"`{row['name']}`" for row in rows if has_same_bits(row)],
        "other_bits": {row["name"] for row in rows if not has_same_bits(row)},
        "hoereth_eager": hoereth["odd_eager"]["different_bits"],
        "hoereth_graph": hoereth["odd_distances"][hoereth["nearest"][0]]["different_bits"],
        "hoereth_reciprocal": hoereth["odd_by_reciprocal"]["different_bits"],
        "todo": [
            todo[key]["output_gradients"]["relative"] for key in ("distances", "odd_distances")
        ],
        "cosines": [cosine_words(row) for row in rows if row["q_outputs"] > 1],
        "predictions": "; ".join(predictions(other_epsilon)),
        "prediction_error": max(abs(gap(row) - row["predicted_gap"]) for row in other_epsilon),
        "gap_same_epsilon": max(gap(row) for row in rows if row["epsilon_ratio"] == 1),
        "median_name": rows[0]["name"],
        "median_gradient": rows[0]["median_gradient"],
        "our_epsilon": data["epsilon"] * data["hat_epsilon_ratio"],
        "other_signs": sum(row["signs_that_differ"] for row in rows),
        "keras_largest": max(row["apart"]["keras"][1]["relative"] for row in rows),
        "close": len(close),
        "close_largest": max(map(same_adam_distance, close), default=math.nan),
        "farthest": farthest["name"],
        "farthest_distance": same_adam_distance(farthest),
        "jump": farthest["jump"] or dict.fromkeys(("step", "before", "after", "gates"), math.nan),
        "clipped": [f"`{row['name']}`" for row in clipped],
        "clip_limits": [row["clipnorm"] for row in clipped],
        "largest_norms": [row["largest_gradient_norm"] for row in clipped],
        # of all weights together, at most
        "whole_norms": [parts**0.5 * row["largest_gradient_norm"] for row in clipped],
        "skipped_names": [f"`{name}`" for name in data["skipped"]],
    }


def table_row(row: dict, data: dict) -> list[str]:
    """The cells of a system."""
    keras, same = row["apart"]["keras"], row["apart"]["same_adam"]
    return [
        row["name"],
        next(system.framework for system in SYSTEMS if system.name == row["name"]),
        factor_words(row, data),
        relative_words(nearest_distance(row)),
        which(row),
        f"{keras[0]['largest']:.2g}",
        relative_words(keras[1]["relative"]),
        relative_words(same[1]["relative"]),
    ]


def relative_words(relative: float) -> str:
    """A relative distance; zero means that every bit is the same."""
    if relative == 0:
        return "same bits"
    return f"{relative:.2g}" if relative > 0.01 else f"{relative:.1e}"


def is_unscaled(row: dict) -> bool:
    """Whether the system's gradient has the size of ours, at both batch sizes."""
    return row["factor"] == row["odd_factor"] == 1


def factor_words(row: dict, data: dict) -> str:
    """The factor as a multiple of N if it is one at both batch sizes."""
    per_row = row["factor"] / data["batch"]
    if per_row == row["odd_factor"] / data["odd_batch"] and per_row == round(per_row):
        return "N" if per_row == 1 else f"{per_row:.0f} N"
    if row["factor"] == row["odd_factor"]:
        return f"{row['factor']:g}"
    return f"{row['factor']:.4g} and {row['odd_factor']:.4g}"


def which(row: dict) -> str:
    """The nearest strategies, and how many of their bits are the system's."""
    if not told_apart(row):
        return "cannot be told apart"
    names = " = ".join(row["nearest"])
    different = row["odd_distances"][row["nearest"][0]]["different_bits"]
    if different == 0:
        return f"{names}: same bits"
    if row["odd_eager"]["different_bits"] == 0:
        return f"{names}: same bits (ours eager)"
    return f"{names}: {1 - different:.0%} of the numbers have the same bits"


def told_apart(row: dict) -> bool:
    """Whether the nearest strategies have clearly fewer different bits than the next."""
    different = {name: apart["different_bits"] for name, apart in row["odd_distances"].items()}
    best = different[row["nearest"][0]]
    return all(
        best < TOLD_APART * share for name, share in different.items() if name not in row["nearest"]
    )


def has_same_bits(row: dict) -> bool:
    """Whether the gradient is one of ours to the bit at the odd batch size."""
    graph = row["odd_distances"][row["nearest"][0]]["different_bits"]
    return 0 in (graph, row["odd_eager"]["different_bits"])


def nearest_distance(row: dict) -> float:
    """The relative distance from the nearest strategy at the power of two."""
    return row["distances"][row["nearest"][0]]["relative"]


def same_adam_distance(row: dict) -> float:
    """The distance of the weights after the last step, with the same form of Adam."""
    return row["apart"]["same_adam"][1]["relative"]


def gap(row: dict) -> float:
    """The largest gap of one weight after the first step, in learning rates."""
    return row["apart"]["keras"][0]["largest"]


def cosine_words(row: dict) -> str:
    """The cosines of a system whose critic has several outputs."""
    # a rounded -0.0 becomes 0.0
    rounded = [f"{round(cosine, 2) + 0.0:.2f}" for cosine in row["cosines_with_single_outputs"]]
    return f"`{row['name']}` ({', '.join(rounded)})"


def predictions(rows: list[dict]) -> list[str]:
    """The predicted and the measured gap, once for all systems that share them."""
    groups = {}
    for row in rows:
        numbers = f"{row['predicted_gap']:.3f} predicted, {gap(row):.3f} measured"
        groups.setdefault(numbers, []).append(f"`{row['name']}`")
    return [f"{numbers} ({', '.join(names)})" for numbers, names in groups.items()]


CLAIMS = [
    *whole.CLAIMS,
    Claim(
        "every system could be run",
        lambda skipped: not skipped,
        in_quick_runs=False,
    ),
    Claim(
        "every system computes our gradient up to rounding and a factor",
        lambda equal, number: equal == number,
    ),
    Claim(
        "only where the batch or the critic's outputs are summed is the factor not 1",
        lambda scaled: scaled == {"lau": "3 N", "hoereth": "N"},
    ),
    Claim(
        "only another library, half batches or a factor of 3 cost the bits at an odd batch size",
        lambda other_bits: (
            other_bits
            <= {"lillicrap", "lau", "yoon", "baselines"}
            | {"skylark", "skylark_td3", "fujimoto", "spinningup"}
        ),
        in_quick_runs=False,
    ),
    Claim(
        "a sum divided by N has our eager bits, multiplied by 1/N those of our tf.function",
        lambda hoereth_eager, hoereth_graph, hoereth_reciprocal: (
            hoereth_eager == hoereth_reciprocal == 0 < hoereth_graph
        ),
        in_quick_runs=False,
    ),
    Claim("Hoereth's to-do computes the same bits", lambda todo: todo == [0, 0]),
    Claim(
        "the two forms of Adam differ as predicted in the first step",
        lambda prediction_error: prediction_error < 0.01,
        in_quick_runs=False,
    ),
    Claim(
        "where epsilon counts alike, single weights hardly differ",
        lambda gap_same_epsilon: gap_same_epsilon < 0.01,
    ),
    Claim(
        "the median gradient is smaller than what epsilon amounts to",
        lambda median_gradient, our_epsilon: median_gradient < our_epsilon,
    ),
    Claim("every weight's gradient has our sign", lambda other_signs: other_signs == 0),
    Claim(
        "with the same Adam all but one system stay close, and that one by a ReLU gate",
        lambda close, number, jump: close == number - 1 and jump["gates"] == 1,
        in_quick_runs=False,
    ),
    Claim(
        "keras-rl's clipping never acts here",
        lambda clip_limits, whole_norms: all(
            norm < limit for norm, limit in zip(whole_norms, clip_limits, strict=True)
        ),
    ),
    Claim(
        "clipping before the average is not clipping the average",
        lambda clipping: clipping["relative"] > 0.01,
    ),
]
