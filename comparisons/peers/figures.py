"""The figures: ratios beside their goals, where a step's time goes, and what else users feel."""

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, NullFormatter

from comparisons.peer_programs.parts import PARTS
from comparisons.peers.goals import in_blocks, measured_goals, whole_step

COLOURS = {
    "ddpg-tf": "#0072B2",
    "SBX": "#D55E00",
    "SB3": "#009E73",
    "keras.io": "#CC79A7",
}
"""First word of a program's name -> colour (Okabe and Ito's)."""

PART_COLOURS = ("#009E73", "#0072B2", "#56B4E9", "#F0E442", "#D55E00", "#999999")
"""A colour for each of PARTS."""


def figures(data: dict) -> dict[str, Figure]:
    """Ratios, the parts of a step, and first update, memory and time to learn."""
    return {"ratios": ratios_figure(data), "step": step_figure(data), "start": start_figure(data)}


def ratios_figure(data: dict) -> Figure:
    """Draw each measured ratio with its spread beside its goal."""
    goals = [goal for goal in measured_goals(data) if goal.is_known]
    figure = Figure(figsize=(11, 1.6 + 0.36 * len(goals)), layout="constrained")
    axis = figure.subplots()
    for row, goal in enumerate(goals):
        colour = "#0072B2" if goal.is_reached else "#D55E00"
        axis.plot([goal.low, goal.high], [row, row], color=colour, linewidth=3, alpha=0.5)
        axis.plot(goal.median, row, "o", color=colour)
        axis.plot(goal.asked, row, "|", color="black", markersize=14, markeredgewidth=2)
    axis.plot([], [], "o-", color="#0072B2", label="reached: median, least to largest round")
    axis.plot([], [], "o-", color="#D55E00", label="not reached")
    axis.plot([], [], "|", color="black", markersize=14, markeredgewidth=2, label="goal")
    axis.axvline(1, color="0.5", linewidth=1, zorder=0)
    axis.set_xscale("log")
    plain_ticks(axis)
    axis.set_yticks(range(len(goals)), [f"{goal.what}\n{goal.env_id}" for goal in goals], size=7)
    axis.invert_yaxis()
    axis.set_ylabel("what is compared")
    ends = [end for goal in goals for end in (goal.low, goal.high, goal.asked)]
    axis.set_xlim(min(ends) / 1.2, 1.2 * max(ends))
    axis.set_xlabel("ratio of speeds (log scale)")
    reached = sum(goal.is_reached for goal in goals)
    axis.set_title(f"{reached} of {len(goals)} ratios reach their goal")
    axis.grid(alpha=0.3, axis="x")
    figure.legend(fontsize=8, loc="outside lower right", ncols=3)
    return figure


def plain_ticks(axis: Axes) -> None:
    """Write the ticks of the logarithmic ratios as plain numbers."""
    axis.set_xticks([0.5, 1, 1.5, 2, 3, 4, 5, 6, 8, 10, 20])
    axis.xaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
    axis.xaxis.set_minor_formatter(NullFormatter())


def step_figure(data: dict) -> Figure:
    """Draw a bar for each program in each column, made of the parts of a step."""
    columns = data["columns"]
    shape = (max(1, len(columns) // 2), min(2, len(columns)))
    figure = Figure(figsize=(6 * shape[1], 3.6 * shape[0]), layout="constrained")
    axes = figure.subplots(*shape, squeeze=False)
    for axis, column in zip(axes.flat, columns, strict=True):
        draw_steps(axis, column)
    handles, labels = axes.flat[0].get_legend_handles_labels()
    figure.legend(handles, labels, fontsize=8, loc="outside lower center", ncols=len(PARTS))
    figure.suptitle("Where a step's time goes, median of the rounds")
    return figure


def draw_steps(axis: Axes, column: dict) -> None:
    """Draw the bars of one column, and the steps a second beside them."""
    names, ends = list(column["programs"]), np.zeros(len(column["programs"]))
    for part, colour in zip(PARTS, PART_COLOURS, strict=True):
        ms = [1e3 * median_part(rounds, part) for rounds in column["programs"].values()]
        axis.barh(names, ms, left=ends, color=colour, label=part)
        ends += ms
    speeds = [
        np.median([1 / whole_step(found) for found in rounds])
        for rounds in column["programs"].values()
    ]
    for row, (end, speed) in enumerate(zip(ends, speeds, strict=True)):
        axis.annotate(f" {speed:,.0f} steps/s", (end, row), va="center", fontsize=8)
    axis.set_xlim(0, 1.3 * ends.max())
    axis.invert_yaxis()
    axis.set_xlabel("milliseconds a step, with its update")
    axis.set_ylabel("program", labelpad=10)
    title = f"{column['env_id']}, B = {column['batch_size']}, {in_blocks(column['block'])}"
    axis.set_title(title, fontsize=10)


def median_part(rounds: list[dict], part: str) -> float:
    """The seconds of one part of a step, in the middle of the rounds."""
    return float(np.median([found["seconds_a_step"][part] for found in rounds]))


def start_figure(data: dict) -> Figure:
    """Draw the first update, peak memory and time to the mark, a dot for each round or seed."""
    last = data["columns"][-1]["programs"]
    marked = {
        name: [seed["reached"] for seed in seeds if seed["reached"] is not None]
        for name, seeds in data["learning"].items()
    }
    drawn = {
        "HalfCheetah-v5, one by one: first update after (s)": {
            name: [found["first_update"] for found in rounds] for name, rounds in last.items()
        },
        "HalfCheetah-v5, one by one: peak memory (MB)": {
            name: [found["peak_bytes"] / 1e6 for found in rounds] for name, rounds in last.items()
        },
        "Pendulum-v1, one by one: at -200 after (s)": marked,
    }
    figure = Figure(figsize=(13, 3.6), layout="constrained")
    for axis, (label, dots) in zip(figure.subplots(1, 3), drawn.items(), strict=True):
        for row, (name, numbers) in enumerate(dots.items()):
            colour = COLOURS[name.split()[0]]
            axis.plot(numbers, [row] * len(numbers), "o", color=colour, mfc="white")
            if numbers:
                axis.plot(np.median(numbers), row, "|", color=colour, markersize=16)
        axis.set_yticks(range(len(dots)), dots)
        axis.invert_yaxis()
        axis.set_xlim(0, 1.1 * max([0.1, *(n for numbers in dots.values() for n in numbers)]))
        axis.set_xlabel(label)
        axis.grid(alpha=0.3, axis="x")
    figure.axes[0].set_ylabel("program", labelpad=10)
    figure.suptitle("Start, memory and time to learn: rounds or seeds, and their median")
    return figure
