"""The pictures of notebook 8."""

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.figure import Figure
from page import BLUE, GREEN, ORANGE, PINK, YELLOW

COLUMNS = 4


def updates_of(curve: list[float] | np.ndarray, every: int) -> np.ndarray:
    """The updates at which the points of a curve lie."""
    return np.arange(len(curve)) * every


def right_curves(right: dict[str, list], every: int) -> Figure:
    """Draw the right gradient's curves; right: normalisation -> a curve a seed."""
    figure, axis = plt.subplots(figsize=(8.5, 3.2))
    labels = {"none": ("no normalisation", BLUE), "batch": ("batch norm", GREEN)}
    for norm, curves in right.items():
        label, colour = labels[norm]
        for curve in curves:
            axis.semilogy(updates_of(curve, every), curve, color=colour, label=label)
            label = None
    axis.set(
        xlabel="updates",
        ylabel="regret",
        title="The right gradient: reward lost against the best actions",
    )
    axis.legend()
    return figure


def panels(curves: dict, outcomes: dict, known: tuple[str, ...], every: int) -> Figure:
    """Draw each mistake's curves in the colours of their outcomes, before the right ones' band.

    curves: name -> (a curve a seed, the right gradient's). outcomes: name -> an outcome a seed.
    """
    colours = dict(zip(known, (BLUE, YELLOW, ORANGE, "black"), strict=True))
    rows = -(-len(curves) // COLUMNS)
    figure, axes = plt.subplots(
        rows, COLUMNS, figsize=(8.5, 1.5 * rows + 0.6), sharex=True, sharey=True, squeeze=False
    )
    for axis in axes.flat[len(curves) :]:
        axis.axis("off")
    for axis, (name, (learned, right)) in zip(axes.flat, curves.items(), strict=False):
        panel(axis, learned, right, [colours[outcome] for outcome in outcomes[name]], every)
        axis.set_title(name.replace("_", " "), fontsize=8.5)
    for axis in axes.flat[max(len(curves) - COLUMNS, 0) : len(curves)]:
        axis.set_xlabel("updates", fontsize=9)
        axis.tick_params(labelbottom=True)
    for axis in axes[:, 0]:
        axis.set_ylabel("regret", fontsize=9)
    handles = [
        plt.Line2D([], [], color=colour, linewidth=2.5, label=outcome)
        for outcome, colour in colours.items()
    ]
    handles.append(plt.Rectangle((0, 0), 1, 1, color="0.75", label="the right gradient"))
    figure.legend(handles=handles, loc="outside upper center", ncols=len(handles), fontsize=9)
    return figure


def panel(axis, learned: list, right: list, colours: list, every: int) -> None:
    """Draw one mistake; a curve that an error stopped has one point only."""
    axis.set_yscale("log")
    axis.fill_between(
        updates_of(right[0], every), np.min(right, axis=0), np.max(right, axis=0), color="0.75"
    )
    for curve, colour in zip(learned, colours, strict=True):
        axis.plot(updates_of(curve, every), curve, color=colour, linewidth=1.3)
    if len(learned[0]) == 1:
        axis.plot(0, learned[0], "x", color="black", markersize=8, markeredgewidth=2.5)
        axis.text(15, 1.5 * learned[0][0], "stops with an error", fontsize=8)


def factors(curves: dict[str, dict], every: int, together: bool) -> Figure:
    """Draw what learns with a factor, a panel an optimiser; together: whether Adam's lines lie
    on top of each other.
    """
    figure, axes = plt.subplots(1, 2, figsize=(8.5, 4.2), sharey=True)
    colours = ("0.7", ORANGE, BLUE, GREEN, PINK, YELLOW)
    widths = (6, *np.linspace(4, 1.2, 5))  # where lines meet, all can be seen
    for axis, (title, found) in zip(axes, curves.items(), strict=True):
        for (name, curve), colour, width in zip(found.items(), colours, widths, strict=True):
            axis.semilogy(
                updates_of(curve, every),
                curve,
                color=colour,
                linewidth=width,
                label=name.replace("_", " "),
            )
        axis.set(title=title, xlabel="updates")
    if together:
        text = f"all {len(curves['Adam'])} lines lie\non top of each other"
        axes[0].text(0.6, 0.85, text, transform=axes[0].transAxes, ha="center")
    axes[0].set_ylabel("regret, mean over seeds")
    figure.legend(*axes[1].get_legend_handles_labels(), loc="outside lower center", ncols=3)
    return figure
