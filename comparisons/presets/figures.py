"""Learning curves, one small panel for each preset or agent."""

import math

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, MaxNLocator

from comparisons.presets.claims import (
    MARK,
    MARKS,
    clearly_above,
    learned,
    mean_and_spread,
    returns_of,
)
from ddpg_tf.training.figures import COLOURS

SEED_COLOURS = tuple(COLOURS.values())


def figures(data: dict) -> dict[str, Figure]:
    """The curves of all presets, and those of the two agents that must reach the mark."""
    return {"presets": presets_figure(data), "pendulum": pendulum_figure(data)}


def presets_figure(data: dict) -> Figure:
    """Draw one panel for each preset: a curve for each seed, and what random actions return."""
    presets, columns = data["presets"], 4
    rows = math.ceil((len(presets) + 1) / columns)
    figure = Figure(figsize=(13, 2.9 * rows), layout="constrained")
    axes = figure.subplots(rows, columns, squeeze=False).flatten()
    for axis, (name, member) in zip(axes, presets.items(), strict=False):
        random = data["random_returns"][member["env_id"]]
        draw_curves(axis, member, random["mean"])
        asked = MARKS.get(name, clearly_above(random))
        axis.axhline(asked, color="black", linewidth=0.8, label="counts as learned")
        axis.set_title(f"{name}: {mean_and_spread(member)}")
        axis.set_xlabel(f"steps of {member['env_id']}")
    for axis in axes[len(presets) :]:
        axis.set_axis_off()
    for axis in axes[::columns]:
        axis.set_ylabel("return without noise")
    axes[len(presets)].legend(*axes[0].get_legend_handles_labels(), loc="center", frameon=False)
    figure.suptitle(
        f"{len(learned(data))} of {len(presets)} presets learn their task\n"
        "(titles: mean of the seeds' returns at the end ± their standard deviation)"
    )
    return figure


def pendulum_figure(data: dict) -> Figure:
    """Draw the seeds of the agents that must reach the mark, and the mark."""
    agents = data["pendulum"]
    figure = Figure(figsize=(10, 4.2), layout="constrained")
    axes = figure.subplots(1, len(agents), sharey=True)
    for axis, (name, member) in zip(axes, agents.items(), strict=True):
        draw_curves(axis, member, data["random_returns"][member["env_id"]]["mean"])
        axis.axhline(MARK, color="black", linewidth=0.8, label=f"mark: {MARK}")
        axis.set_title(f"{name}: {mean_and_spread(member)}")
        axis.set_xlabel(f"steps of {member['env_id']}")
    axes[0].set_ylabel("return without noise")
    axes[-1].legend(loc="lower right", fontsize=8)
    reached = [
        f"{(returns_of(member) >= MARK).sum()} of {len(member['runs'])} seeds of {name}"
        for name, member in agents.items()
    ]
    figure.suptitle(
        f"A mean return of at least {MARK} on Pendulum-v1 is reached by\n{' and '.join(reached)}"
    )
    return figure


def draw_curves(axis: Axes, member: dict, random: float) -> None:
    """Draw a line for each seed and a dashed one for random actions."""
    for run, colour, marker in zip(member["runs"], SEED_COLOURS, "os^Dv", strict=False):
        style = {"color": colour, "marker": marker, "markersize": 3, "linewidth": 1.3}
        axis.plot(run["steps"], run["eval_returns"], label=f"seed {run['seed']}", **style)
    axis.axhline(random, color="0.4", linestyle="--", linewidth=1, label="random actions")
    axis.xaxis.set_major_locator(MaxNLocator(4))
    axis.xaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:,.0f}"))
    axis.grid(alpha=0.3)
