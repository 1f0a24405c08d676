"""The figures: the dataflow, and what was counted before and after the compiler."""

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from comparisons.anatomy.dataflow import dataflow_figure
from ddpg_tf.training.figures import COLOURS

GROUP_SHADES = {
    "matrix products": "#222222",
    "other arithmetic": "#777777",
    "bookkeeping": "#CCCCCC",
}
"""Group of graph operations -> grey that stays apart in print."""


def figures(data: dict) -> dict[str, Figure]:
    """The dataflow of each strategy, and the bars of what was counted."""
    return {"dataflow": dataflow_figure(data), "sizes": sizes_figure(data)}


def sizes_figure(data: dict) -> Figure:
    """Draw graph operations by group, XLA instructions, fusions and matrix products."""
    strategies = data["strategies"]
    names = list(strategies)
    figure = Figure(figsize=(13, 4.4), layout="constrained")
    axes = figure.subplots(1, 4, sharey=True, width_ratios=(1.5, 1.2, 1, 1))
    draw_groups(axes[0], strategies)
    titles = {
        "xla_instructions": "XLA instructions",
        "xla_fusions": "of them fusions (loops)",
        "xla_matrix_products": "of them matrix products",
    }
    for axis, (key, title) in zip(axes[1:], titles.items(), strict=True):
        values = [strategies[name][key] for name in names]
        bars = axis.barh(names, values, color=[COLOURS[name] for name in names])
        axis.bar_label(bars, padding=3)
        axis.set_title(title, fontsize=10)
        axis.set_xlabel("count, after compiling")
        axis.set_xlim(0, 1.2 * max(values))
    axes[0].invert_yaxis()
    axes[0].set_ylabel("strategy")
    figure.suptitle("From TensorFlow's graph to XLA's program", fontsize=12)
    return figure


def draw_groups(axis: Axes, strategies: dict) -> None:
    """Draw stacked bars of the graph's operations, with their sum at the end."""
    left = [0] * len(strategies)
    for group, shade in GROUP_SHADES.items():
        values = [row["operation_groups"][group] for row in strategies.values()]
        bars = axis.barh(list(strategies), values, left=left, color=shade, label=group)
        left = [before + value for before, value in zip(left, values, strict=True)]
    axis.bar_label(bars, labels=[str(total) for total in left], padding=3)
    axis.set_xlim(0, 1.2 * max(left))
    axis.set_title("graph operations", fontsize=10)
    axis.set_xlabel("count, before compiling")
    axis.legend(loc="upper right", fontsize=8)
