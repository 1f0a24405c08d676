"""The figure: speed over each size, and the law through it."""

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import NullFormatter

from comparisons.cost.figures import plain_numbers
from comparisons.growth.claims import sweep_law

LABELS = {
    "buffer": "transitions in the replay buffer",
    "width": "width of the hidden layers",
    "batch": "transitions in a batch",
    "environments": "environments",
    "workers": "workers",
}
"""Sweep -> what its sizes are."""


def figures(data: dict) -> dict[str, Figure]:
    """Speed over sizes, a panel for each."""
    sweeps = data["sweeps"]
    figure = Figure(figsize=(15, 3.8), layout="constrained")
    axes = figure.subplots(1, len(sweeps), sharey=True)
    for axis, (name, sweep) in zip(axes, sweeps.items(), strict=True):
        draw_sweep(axis, sweep)
        axis.set_xlabel(LABELS[name])
    axes[0].set_ylabel("steps a second, each with an update")
    plain_numbers(axes[0].yaxis)
    axes[0].legend(fontsize=8)
    return {"growth": figure}


def draw_sweep(axis: Axes, sweep: dict) -> None:
    """Draw the median round with the quartiles of the rounds, and the law."""
    sizes, law = np.array(sweep["sizes"], float), sweep_law(sweep)
    low, median, high = 1 / np.percentile(sweep["rounds"], (75, 50, 25), axis=0)
    bars = np.array([median - low, high - median])
    axis.errorbar(sizes, median, bars, fmt="o", color="black", label="median and quartiles")
    fine = np.geomspace(sizes[0], sizes[-1], 100)
    label = "law, exponent in the title"
    axis.loglog(fine, 1 / law.seconds(fine), color="#0072B2", label=label)
    fixed = "fixed + " if law.fixed else ""
    power = f"n$^{{{law.exponent:.2f} \\pm {law.error:.2f}}}$"
    axis.set_title(f"time ~ {fixed}{power}", fontsize=11)
    axis.set_xticks(sizes, [short(size) for size in sizes], fontsize=8)
    axis.xaxis.set_minor_formatter(NullFormatter())
    axis.grid(alpha=0.3, which="both")


def short(size: float) -> str:
    """A size in few letters: 64, 1k, 30k, 1M."""
    if size >= 1e6:
        return f"{size / 1e6:g}M"
    return f"{size / 1e3:g}k" if size >= 1e4 else f"{size:g}"
