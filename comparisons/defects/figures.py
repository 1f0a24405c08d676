"""Learning curves: a panel for each defect, with the same agent without it."""

import math

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, MaxNLocator

from comparisons.defects.claims import by_verdict, values, verdict
from ddpg_tf.training.seeds import bootstrap_interval, interquartile_mean

COLOURS = {"without the defect": "#0072B2", "with the defect": "#D55E00"}
COLUMNS = 4


def figures(data: dict) -> dict[str, Figure]:
    """One figure of all learning curves."""
    return {"defects": learning_curves(data)}


def learning_curves(data: dict) -> Figure:
    """Draw each defect's curve over that of the same agent without it, the worst first."""
    known = values(data)
    defects = [data["defects"][name] for name in by_verdict(known["verdicts"])]
    rows = math.ceil(len(defects) / COLUMNS)
    figure = Figure(figsize=(13, 3.1 * rows + 1.2), layout="constrained")
    axes = figure.subplots(rows, COLUMNS, squeeze=False).flatten()
    first_of = {}
    for axis, defect in zip(axes, defects, strict=False):
        if (first := first_of.setdefault(defect["problem"], axis)) is not axis:
            axis.sharey(first)
        mended = data["problems"][defect["problem"]]
        for member, (label, colour) in zip((mended, defect), COLOURS.items(), strict=True):
            draw_curve(axis, member, label, colour)
        axis.axhline(mended["random_return"], color="0.4", linestyle=":", label="random actions")
        axis.set_title(f"{defect['label']}:\n{verdict(defect, mended)}", fontsize=10)
        axis.set_xlabel(f"steps of {mended['env_id']}")
    for axis in axes[len(defects) :]:
        axis.set_axis_off()
    for axis in axes[::COLUMNS]:
        axis.set_ylabel("return without noise")
    figure.legend(*axes[0].get_legend_handles_labels(), loc="outside lower center", ncols=3)
    counts = ", ".join(f"{count} {kind}" for kind, count in known["counts"].items() if count)
    figure.suptitle(
        f"{known['count']} published defects, one at a time, {known['seeds']} seeds: {counts}\n"
        "(thick: interquartile mean; band: its 95% bootstrap interval; thin: seeds)"
    )
    return figure


def draw_curve(axis: Axes, member: dict, label: str, colour: str) -> None:
    """Draw the interquartile mean over seeds, its interval, and the seeds faintly behind."""
    steps = member["runs"][0]["steps"]
    returns = np.array([run["eval_returns"] for run in member["runs"]])
    axis.plot(steps, interquartile_mean(returns), color=colour, linewidth=2, label=label)
    axis.fill_between(steps, *bootstrap_interval(returns), color=colour, alpha=0.18, linewidth=0)
    for seed in returns:
        axis.plot(steps, seed, color=colour, alpha=0.3, linewidth=0.7)
    axis.xaxis.set_major_locator(MaxNLocator(4))
    axis.xaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:,.0f}"))
    axis.grid(alpha=0.3)
