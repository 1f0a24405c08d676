"""The pictures of notebook 10."""

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.figure import Figure
from page import BLUE, ORANGE


def factors_and_distances(measured: dict[str, dict], batch: int) -> Figure:
    """Draw each system's factor, and what is left of a distance after division by it."""
    floor = 1e-9
    figure, axes = plt.subplots(2, 1, figsize=(8.5, 4.8), sharex=True)
    for x, found in enumerate(measured.values()):
        factor = found["factor"]
        colour = BLUE if round(factor) == 1 else ORANGE
        axes[0].plot(x, factor, "o", color=colour, markersize=9)
        axes[0].text(x, factor * 1.5, f"{factor:.4g}", ha="center", fontsize=9)
    axes[0].set(
        yscale="log",
        ylabel="theirs / ours",
        ylim=(0.5, 12 * batch),
        title="The same direction; a few carry a factor",
    )
    axes[0].set_yticks([1, batch, 3 * batch], ["1", "N", "3 N"])
    axes[0].minorticks_off()
    axes[1].axhspan(floor / 3, 4e-7, color="0.92")
    axes[1].text(len(measured) - 0.6, 1.6e-7, "rounding", ha="right")
    distances = [max(found["distance"], floor) for found in measured.values()]
    axes[1].semilogy(list(measured), distances, "o", color=BLUE, markersize=7)
    axes[1].set(ylabel="distance / size", ylim=(floor / 3, 1e-4))
    axes[1].set_yticks([floor, 1e-7, 1e-5], ["0", "$10^{-7}$", "$10^{-5}$"])
    axes[1].tick_params(axis="x", rotation=35)
    return figure


def first_steps(gradient: np.ndarray, steps: dict[str, np.ndarray]) -> Figure:
    """Draw Adam's first step of each weight over the size of its gradient.

    steps: label -> steps in learning rates, each shaped like the gradient.
    """
    figure, axis = plt.subplots()
    order = np.argsort(np.abs(gradient))
    sizes = np.abs(gradient)[order]
    for (label, step), colour in zip(steps.items(), (BLUE, ORANGE), strict=True):
        axis.semilogx(sizes, np.abs(step)[order], ".", color=colour, markersize=3, label=label)
    axis.set(
        xlabel="size of a weight's gradient (mean)",
        ylabel="Adam's first step\n(learning rates)",
        title="To Adam a factor matters where gradients are small",
    )
    axis.legend()
    return figure
