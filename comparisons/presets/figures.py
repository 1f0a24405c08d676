"""Learning curves in small multiples."""

import math
import textwrap

from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, MaxNLocator

from comparisons.presets.text import MARK, mean_and_spread, reached, sentence_of_marks
from ddpg_tf.training.figures import COLOURS

SEED_COLOURS = tuple(COLOURS.values())


def figures(data: dict) -> dict[str, Figure]:
    """Return the curves of all presets, and those of the two that are held to a mark."""
    return {"presets": presets_figure(data), "pendulum": pendulum_figure(data)}


def presets_figure(data: dict) -> Figure:
    """Draw one panel for each preset: a curve for each seed, and what random actions return."""
    presets, columns = data["presets"], 4
    rows = math.ceil((len(presets) + 1) / columns)
    figure = Figure(figsize=(13, 2.9 * rows), layout="constrained")
    axes = figure.subplots(rows, columns, squeeze=False).flatten()
    for axis, (name, studied) in zip(axes, presets.items(), strict=False):
        random = data["random_returns"][studied["env_id"]]
        draw_curves(axis, studied, random)
        axis.set_title(f"{name}: {mean_and_spread(studied)}")
        axis.set_xlabel(f"steps of {studied['env_id']}")
    for axis in axes[len(presets) :]:
        axis.set_axis_off()
    for axis in axes[::columns]:
        axis.set_ylabel("return without noise")
    axes[len(presets)].legend(*axes[0].get_legend_handles_labels(), loc="center", frameon=False)
    explanation = "(titles: mean of the seeds' returns at the end and their deviation)"
    figure.suptitle(f"{textwrap.fill(reached(data), 110, break_on_hyphens=False)}\n{explanation}")
    return figure


def pendulum_figure(data: dict) -> Figure:
    """Draw the seeds of the agents that are held to a mark, and the mark."""
    agents = data["pendulum"]
    figure = Figure(figsize=(10, 4.2), layout="constrained")
    axes = figure.subplots(1, len(agents), sharey=True)
    for axis, (name, studied) in zip(axes, agents.items(), strict=True):
        draw_curves(axis, studied, data["random_returns"][studied["env_id"]])
        axis.axhline(MARK, color="black", linewidth=0.8, label=f"mark: {MARK}")
        axis.set_title(f"{name}: {mean_and_spread(studied)}")
        axis.set_xlabel(f"steps of {studied['env_id']}")
    axes[0].set_ylabel("return without noise")
    axes[-1].legend(loc="lower right", fontsize=8)
    figure.suptitle(textwrap.fill(sentence_of_marks(data), 90, break_on_hyphens=False))
    return figure


def draw_curves(axis, studied: dict, random: float) -> None:
    """Draw a line for each seed and a dashed one for random actions."""
    for run, colour, marker in zip(studied["runs"], SEED_COLOURS, "os^Dv", strict=False):
        style = {"color": colour, "marker": marker, "markersize": 3, "linewidth": 1.3}
        axis.plot(run["steps"], run["eval_returns"], label=f"seed {run['seed']}", **style)
    axis.axhline(random, color="0.4", linestyle="--", linewidth=1, label="random actions")
    axis.xaxis.set_major_locator(MaxNLocator(4))
    axis.xaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:,.0f}"))
    axis.grid(alpha=0.3)
