"""The figures of the study."""

import numpy as np
from matplotlib import colormaps
from matplotlib.axes import Axes
from matplotlib.cm import ScalarMappable
from matplotlib.colors import LogNorm
from matplotlib.figure import Figure
from matplotlib.patches import Patch, Rectangle

from comparisons.equivalence.cancellation import law
from comparisons.equivalence.grid import MODES, NETWORKS
from ddpg_tf.training.figures import COLOURS
from ddpg_tf.training.lockstep import is_power_of_two

ROWS = ("output_gradients", "get_updates", "surrogate", "target_action", "jacobian")
SAME, NOT_MEASURED = "white", "0.86"


def figures(data: dict) -> dict[str, Figure]:
    """A heat map for each dtype and a figure for each surprise."""
    dtypes = dict.fromkeys(record["dtype"] for record in data["grid"])
    maps = {f"heat_map_{dtype}": draw_heat_map(data["grid"], dtype) for dtype in dtypes}
    return maps | {
        "cancellation": draw_cancellation(data["cancellation"]),
        "bias_before_batch_norm": draw_dead_bias(data["dead_bias"]),
    }


def draw_heat_map(grid: list[dict], dtype: str) -> Figure:
    """Draw strategy x batch size for each kind of network and mode; powers of two on the left."""
    records = [record for record in grid if record["dtype"] == dtype]
    sizes = sorted(
        {record["batch_size"] for record in records}, key=lambda n: (not is_power_of_two(n), n)
    )
    numbers = [record["eps_error"] for record in records if not record["same_bits"]]
    # where only signs of zeros differ the error is 0, which has no place on a log scale
    norm = LogNorm(min([n for n in numbers if n > 0], default=0.1), max([*numbers, 1.0]))
    networks = [name for name in NETWORKS if any(r["network"] == name for r in records)]
    height = 1.3 + 2.3 * len(networks)
    figure = Figure(figsize=(11.5, height), layout="constrained")
    axes = figure.subplots(len(networks), len(MODES), squeeze=False, sharex=True, sharey=True)
    for row, network in zip(axes, networks, strict=True):
        for axis, mode in zip(row, MODES, strict=True):
            cells = [r for r in records if (r["network"], r["mode"]) == (network, mode)]
            draw_cells(axis, cells, sizes, norm)
            axis.set_title(f"{network} network, {mode}", fontsize=10)
        row[0].set_ylabel("strategy")
    for axis in axes[-1]:
        axis.set_xlabel("batch size N (powers of two | others)")
    epsilon = f"{np.finfo(dtype).eps:.1e}"
    figure.colorbar(
        colour_scale(norm),
        ax=axes,
        shrink=0.7,
        label="largest error / largest component / eps"
        f"\n(eps = {epsilon}, the {dtype} machine epsilon)",
    )
    entries = [
        Patch(facecolor=SAME, edgecolor="0.4", label="= the same bits as mean_q"),
        Patch(facecolor=NOT_MEASURED, edgecolor="0.4", hatch="///", label="not measured"),
    ]
    if 0 in numbers:
        signs = Patch(facecolor="none", edgecolor="none", label="±0: only signs of zeros differ")
        entries.append(signs)
    figure.legend(handles=entries, loc="outside lower center", ncols=3, frameon=False)
    worst = max(record["relative_error"] for record in records)
    figure.suptitle(
        f"{dtype}: where each strategy has the bits of mean_q, and how far it is off elsewhere\n"
        f"(the largest error in any condition is {worst:.1e} of the largest component)"
    )
    return figure


def colour_scale(norm: LogNorm) -> ScalarMappable:
    """The colours of the bar."""
    return ScalarMappable(norm, colormaps["cividis_r"])


def draw_cells(axis: Axes, records: list[dict], sizes: list[int], norm: LogNorm) -> None:
    """Draw one panel: '=' for the same bits, a number for a difference, hatched if not measured."""
    found = {(record["strategy"], record["batch_size"]): record for record in records}
    powers = sum(is_power_of_two(size) for size in sizes)
    for y, name in enumerate(ROWS):
        for index, size in enumerate(sizes):
            # a gap between powers of two and the rest
            x, record = index + 0.3 * (index >= powers), found.get((name, size))
            colour, text, ink = SAME, "=", "0.3"
            if record is None:
                colour, text = NOT_MEASURED, ""
            elif not record["same_bits"]:
                place = norm(max(record["eps_error"], norm.vmin))
                colour, text = colormaps["cividis_r"](place), f"{record['eps_error']:.2g}"
                text = text if record["eps_error"] else "±0"
                ink = "white" if place > 0.55 else "black"
            hatch = "///" if record is None else None
            axis.add_patch(
                square(x, y, facecolor=colour, edgecolor="0.7", linewidth=0.6, hatch=hatch)
            )
            axis.text(x, y, text, ha="center", va="center", fontsize=8, color=ink)
    axis.set_xlim(-0.55, len(sizes) - 0.1)
    axis.set_ylim(len(ROWS) - 0.45, -0.55)
    axis.set_xticks([i + 0.3 * (i >= powers) for i in range(len(sizes))], sizes)
    axis.set_yticks(range(len(ROWS)), ROWS)
    axis.tick_params(length=0)
    for spine in axis.spines.values():
        spine.set_visible(False)


def square(x: float, y: float, **style: object) -> Rectangle:
    """A unit square around (x, y)."""
    return Rectangle((x - 0.5, y - 0.5), 1, 1, **style)


def draw_cancellation(cancellation: dict) -> Figure:
    """Draw the error of target_action against the size of dQ/da, with the theory's line."""
    figure = Figure(figsize=(8, 5), layout="constrained")
    axis = figure.subplots()
    for (dtype, records), marker in zip(cancellation.items(), "os", strict=True):
        sizes = [record["dq_da"] for record in records]
        errors = [record["error"]["target_action"] for record in records]
        axis.plot(sizes, errors, marker, color=COLOURS["target_action"], mec="0.2", ms=6,
                  label=f"target_action, {dtype}")  # fmt: skip
        theory = [(r["dq_da"], r["theory"]) for r in records if r["theory"] <= 10]
        axis.plot(*zip(*theory, strict=True), color="0.2", lw=1.2,
                  ls="--" if dtype == "float32" else ":",
                  label=f"eps |a| / |dQ/da|, {dtype}")  # fmt: skip
    axis.axhline(1, color="0.6", lw=1)
    axis.text(
        0.02, 1.5, "error as large as the gradient", ha="left", color="0.3",
        transform=axis.get_yaxis_transform(),
    )  # fmt: skip
    axis.set_xscale("log")
    axis.set_yscale("log")
    axis.set_ylim(top=30)
    axis.invert_xaxis()
    axis.set_xlabel("root mean square of dQ/da, in Q per unit of action (smaller to the right)")
    axis.set_ylabel("relative error of the actor's gradient\n|g - g'| / |g'|, g' from mean_q")
    slope = law(cancellation["float32"])["slope"]
    axis.set_title(
        "target_action loses digits as dQ/da shrinks:\n"
        f"in float32 its error goes as |dQ/da| to the power {slope:.2f}"
    )
    axis.grid(alpha=0.3)
    axis.legend(loc="lower right")
    return figure


def draw_dead_bias(dead_bias: dict) -> Figure:
    """Draw the speed that Adam gives to the bias before a batch norm, and to its kernel."""
    figure = Figure(figsize=(8, 5), layout="constrained")
    axis = figure.subplots()
    walks = dead_bias["walks"]
    for epsilon, colour in ((1e-7, "#0072B2"), (1e-8, "#D55E00")):
        for size, marker in ((64, "o"), (100, "^")):
            kept = [w for w in walks if (w["epsilon"], w["batch_size"]) == (epsilon, size)]
            if not kept:
                continue
            scales = [walk["dq_da"] for walk in kept]
            axis.plot(scales, [walk["bias_step"] for walk in kept], marker=marker, color=colour,
                      label=f"bias, N = {size}, Adam's epsilon {epsilon:.0e}")  # fmt: skip
    for size, style in ((64, "-"), (100, "--")):
        kept = [w for w in walks if w["batch_size"] == size and w["epsilon"] == walks[0]["epsilon"]]
        axis.plot([w["dq_da"] for w in kept], [w["kernel_step"] for w in kept], style, color="0.3",
                  label=f"kernel of the same layer, N = {size}")  # fmt: skip
    axis.set_xscale("log")
    axis.set_yscale("log")
    axis.set_xlabel("root mean square of dQ/da, in Q per unit of action")
    axis.set_ylabel("mean |change| in an update, in learning rates")
    fastest = max(walk["bias_step"] / walk["kernel_step"] for walk in walks)
    slowest = min(walk["bias_step"] / walk["kernel_step"] for walk in walks)
    axis.set_title(
        "The true gradient of a bias before a batch norm is zero; Adam still moves it,\n"
        f"by {slowest:.2%} to {fastest:.0%} of its kernel's mean step"
    )
    axis.grid(alpha=0.3, which="both")
    axis.legend(loc="lower right")
    return figure
