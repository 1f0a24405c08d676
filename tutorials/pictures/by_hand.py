"""The pictures of notebook 3."""

import matplotlib.pyplot as plt
import numpy as np
from page import BLUE, GREEN, GREY, ORANGE, PINK

ARROW = {"arrowstyle": "-|>", "linewidth": 1.6}


def chain(values, edges, title):
    """One path, forward above and backward below it.

    values: [(name, number)] from weight to Q; edges: [(formula, number)] between them.
    """
    figure, axis = plt.subplots(figsize=(9.5, 3.5))
    axis.set(xlim=(-0.5, len(values) - 0.5), ylim=(-1.1, 1.15), title=title)
    axis.axis("off")
    back, last = 1.0, values[-1][0]
    for x in reversed(range(len(values))):
        name, value = values[x]
        axis.scatter(x, 0.45, s=3300, color="white", edgecolor=BLUE, linewidth=2, zorder=3)
        axis.text(x, 0.45, f"${name}$\n{value:.4f}", ha="center", va="center", zorder=4)
        text = f"$d{last}/d{name}$\n{back:.4f}"
        axis.text(x, -0.75, text, ha="center", va="center", color=ORANGE)
        if x:
            formula, number = edges[x - 1]
            arrow(axis, (x - 1, 0.45), (x, 0.45), BLUE, shrink=32)
            axis.text(x - 0.5, 0.6, f"{formula}\n{number:.4f}", ha="center", va="bottom")
            arrow(axis, (x, -0.75), (x - 1, -0.75), ORANGE, shrink=32)
            axis.text(x - 0.5, -0.62, f"× {number:.4f}", ha="center", color=ORANGE)
            back *= number
    axis.text(-0.45, 0.95, "forward", color=BLUE, weight="bold")
    axis.text(-0.45, -0.3, "backward", color=ORANGE, weight="bold")
    return figure


def paths(slopes_a, slopes_q):
    """One weight, an action and a value for each state, and their mean; derivatives on the edges.

    slopes_a, slopes_q: da/dw and dQ/da of each state, [N].
    """
    figure, axis = plt.subplots(figsize=(9.5, 4.2))
    axis.set(xlim=(-0.35, 3.75), ylim=(-1.6, 1.6), title="Three states, one weight")
    axis.axis("off")
    count = len(slopes_a)
    node(axis, (0, 0), "$w$")
    node(axis, (3, 0), "mean\n$Q$")
    for row in range(count):
        y = 1.15 * (1 - row)
        node(axis, (1, y), f"$a_{row + 1}$")
        node(axis, (2, y), f"$Q_{row + 1}$")
        path = [(0, 0), (1, y), (2, y), (3, 0)]
        texts = f"{slopes_a[row]:.3f}", f"{slopes_q[row]:.3f}", f"1/{count}"
        for start, end, text in zip(path, path[1:], texts, strict=False):
            arrow(axis, start, end, BLUE, shrink=20)
            box = {"facecolor": "white", "edgecolor": "none", "pad": 1.5}
            middle = np.add(start, end) / 2
            axis.text(*middle, text, ha="center", va="center", bbox=box)
        product = slopes_a[row] * slopes_q[row] / count
        axis.text(3.3, y, f"{product:+.5f}", color=ORANGE, va="center")
    axis.text(3.45, 1.5, "product / $N$", ha="center", color=ORANGE)
    for x, text in ((0.5, "$da_i/dw$"), (1.5, "$dQ_i/da_i$"), (2.5, "mean")):
        axis.text(x, 1.5, text, ha="center", color=BLUE)
    gradient = np.mean(slopes_a * slopes_q)
    axis.text(0, -0.6, f"$d$ mean $Q/dw$\n{gradient:.5f}", ha="center", va="center", color=ORANGE)
    return figure


def arrow(axis, start, end, colour, shrink=0):
    """Draw an arrow that keeps `shrink` points away from both ends."""
    style = {**ARROW, "color": colour, "shrinkA": shrink, "shrinkB": shrink}
    axis.annotate("", xy=end, xytext=start, arrowprops=style)


def node(axis, place, name):
    """Draw a circle with a name in it."""
    axis.scatter(*place, s=1300, color="white", edgecolor=BLUE, linewidth=2, zorder=3)
    axis.text(*place, name, ha="center", va="center", zorder=4, fontsize=9)


def tangent(q_of, w, gradient, step=0.1):
    """Q as a function of the weight, its slope at `w`, and a step uphill."""
    weights, near = np.linspace(-0.6, 1.6, 300), np.array([w - 0.25, w + 0.35])
    figure, axis = plt.subplots()
    axis.plot(weights, q_of(weights), color=BLUE, label="$Q$ as a function of the weight")
    line = q_of(w) + gradient * (near - w)
    axis.plot(near, line, color=ORANGE, label=f"slope {gradient:.2f}")
    axis.plot(w, q_of(w), "o", color=ORANGE)
    arrow(axis, (w, -1.45), (w + step * gradient, -1.45), GREEN)
    axis.text(w, -1.38, f"one step uphill: $w + {step:g}\\,dQ/dw$", color=GREEN)
    axis.set(xlabel="weight $w$", ylabel="$Q$", title="The gradient is the slope of this hill")
    axis.legend(loc="lower right")
    return figure


def pulls(states, products):
    """The product of each state as a bar, [N], and their mean."""
    figure, axis = plt.subplots(figsize=(8.5, 2.9))
    count = len(states)
    axis.barh(range(count), products, color=BLUE, height=0.55)
    axis.barh(count, np.mean(products), color=ORANGE, height=0.55)
    axis.set_yticks(range(count + 1), [*(f"state {state:g}" for state in states), "mean"])
    axis.axvline(0, color=GREY, linewidth=1)
    axis.invert_yaxis()
    axis.set(
        xlabel="pull at the weight: $dQ_i/da_i \\cdot da_i/dw$",
        title="Each state pulls; the mean decides",
    )
    return figure


def climb(path, hills, states):
    """The way of a weight, [steps + 1], on the mean of one hill for each state.

    hills: function of weights [n] -> Q of each state [n, N].
    """
    figure, axis = plt.subplots()
    draw_climb(axis, path, hills, states)
    axis.set_title("Gradient ascent on the mean")
    return figure


def edged_climb(path, hills, states, edge):
    """As `climb`, and below it the second half of the steps, closer. edge: of a hill, a weight."""
    figure, (above, below) = plt.subplots(2, 1, figsize=(8.5, 6.4), height_ratios=(3, 2))
    draw_climb(above, path, hills, states)
    above.set_title("The same climb, on the edged critic")
    steps = np.arange(len(path))[len(path) // 2 :]
    below.plot(steps, path[steps], "o-", color="black", markersize=3.5, linewidth=1)
    room = np.ptp(path[steps]) + 0.02
    low, high = path[steps].min() - room, path[steps].max() + room
    if low < edge < high:
        below.axhline(edge, color=GREEN, label="the edge of the hill of state -1")
        below.legend(loc="upper right")
    below.set(xlabel="step", ylabel="weight $w$", ylim=(low, high), title="The last steps, closer")
    return figure


def draw_climb(axis, path, hills, states):
    """Draw the hill of each state, their mean, and the way of the weight on it."""
    weights = np.linspace(-0.6, 2.2, 300)
    for state, hill, colour in zip(states, hills(weights).T, (BLUE, GREEN, PINK), strict=True):
        axis.plot(weights, hill, color=colour, alpha=0.6, label=f"$Q$ of state {state:g}")
    axis.plot(weights, hills(weights).mean(1), color=ORANGE, linewidth=2.5, label="mean")
    dots = {"color": "black", "markersize": 3.5, "zorder": 3, "label": f"{len(path) - 1} steps"}
    axis.plot(path, hills(path).mean(1), "o", **dots)
    axis.set(xlabel="weight $w$", ylabel="$Q$", ylim=(-1.6, 0.05))
    axis.legend(loc="lower right", ncols=2)
