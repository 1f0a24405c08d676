"""The pictures of notebook 7."""

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.figure import Figure
from page import BLUE, GREEN, GREY, ORANGE, PINK


def tanh_and_slope(edge: float) -> Figure:
    """Draw tanh and its slope; what lies beyond the edge is grey."""
    z = np.linspace(-6, 6, 301)
    figure, axis = plt.subplots()
    axis.plot(z, np.tanh(z), color=BLUE, linewidth=2.5, label="action $\\tanh z$")
    slope = 1 - np.tanh(z) ** 2
    axis.plot(z, slope, color=ORANGE, linewidth=2.5, label="its slope $1 - \\tanh^2 z$")
    axis.axvspan(-6, -edge, color="0.93")
    axis.axvspan(edge, 6, color="0.93")
    axis.text(4.5, -0.5, "saturated", ha="center")
    axis.text(-4.5, 0.5, "saturated", ha="center")
    axis.set(
        xlabel="$z$, before the tanh",
        title=f"In the grey at most {1 - np.tanh(edge) ** 2:.1%} of the gradient comes through",
    )
    axis.legend(loc="lower right", bbox_to_anchor=(0.72, 0.05))
    return figure


def new_actors(
    scales: np.ndarray, usual: list[float], small: list[float], limit: float, beyond: float
) -> Figure:
    """Draw the share of saturated actions over the size of the states."""
    figure, axis = plt.subplots()
    labels = {"usual last layer": (usual, ORANGE), f"last layer within ±{limit:g}": (small, BLUE)}
    for label, (shares, colour) in labels.items():
        axis.semilogx(scales, 100 * np.array(shares), "o-", color=colour, label=label)
    axis.set(
        xlabel="standard deviation of the states",
        ylabel=f"actions beyond ±{beyond} (%)",
        title="Saturated before the first update",
    )
    axis.legend()
    return figure


def there_and_back(cases: dict[str, np.ndarray], pushes: int) -> Figure:
    """Draw the mean action while a critic pushes, and after it has turned."""
    figure, axis = plt.subplots(figsize=(8.5, 4.4))
    for (name, means), colour in zip(cases.items(), (ORANGE, PINK, BLUE, GREEN), strict=True):
        updates = np.arange(len(means)) / pushes
        axis.plot(updates, means, color=colour, linewidth=2.2, label=name)
    axis.axvline(1, color=GREY, linestyle="--")
    axis.text(1.03, 1.12, "the critic turns", color=GREY)
    axis.axhline(0, color=GREY, linewidth=0.8)
    axis.set(
        xlabel="updates, in lengths of the push",
        ylabel="mean action",
        ylim=(-0.7, 1.3),
        title="Pushed to the bound, then called back",
    )
    figure.legend(loc="outside lower center", ncols=2)
    return figure


def factors(actions: np.ndarray, inverting: dict[str, np.ndarray]) -> Figure:
    """Draw what dQ/da is multiplied by; inverting: what the critic wants -> factors."""
    figure, axes = plt.subplots(1, 2, figsize=(8.5, 3.3), sharey=True)
    inside = np.abs(actions) <= 1
    for axis, (wish, factor) in zip(axes, inverting.items(), strict=True):
        axis.plot(actions, factor, color=GREEN, linewidth=2.5, label="inverting")
        tanh = 1 - actions[inside] ** 2
        axis.plot(actions[inside], tanh, color=ORANGE, linestyle="--", label="tanh")
        axis.axvspan(1, 1.4, color="0.93")
        axis.axvspan(-1.4, -1, color="0.93")
        axis.axhline(0, color=GREY, linewidth=0.8)
        axis.set(xlabel="action", title=f"the critic wants {wish}")
    axes[0].set_ylabel("$dQ/da$ is multiplied by")
    axes[1].legend()
    return figure


def learned_moments(learned: dict[str, list[float]], true: float) -> Figure:
    """Draw the standard deviation that batch norm has learned, with its flag set and without."""
    figure, axis = plt.subplots()
    axis.axhline(true, color=GREY, linestyle="--", label="true standard deviation")
    labels = ("training=True", "training=False, always")
    for values, label, colour in zip(learned.values(), labels, (BLUE, ORANGE), strict=True):
        axis.plot(values, color=colour, linewidth=2.5, label=label)
    axis.set(
        xlabel="batches",
        ylabel="standard deviation that the layer\nhas learned",
        title="Batch norm learns its moments only while its flag is set",
    )
    axis.legend(loc="center right")
    return figure


def both_sides(seen: dict[bool, np.ndarray]) -> Figure:
    """Draw Q of a state and of the next; seen: the target's flag -> pairs, [batches, 2]."""
    figure, axis = plt.subplots(figsize=(6.5, 4.6))
    axis.plot(*seen[True].T, "o", color=BLUE, alpha=0.5, label="target with training=True")
    dots = {"color": ORANGE, "markersize": 4, "label": "target with training=False"}
    axis.plot(*seen[False].T, "o", **dots)
    axis.set(
        xlabel="$Q(s, a)$, training=True, as it must be to learn",
        ylabel="$Q'(s', a')$",
        title=f"One state and the next, in {len(seen[True])} batches",
    )
    axis.legend(loc="upper left")
    return figure
