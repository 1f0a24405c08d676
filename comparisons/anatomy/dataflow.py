"""The dataflow of each strategy, a panel each: forward above, backward below.

Which way a strategy is drawn follows from the measured backward signals: a chain whose critic
starts from 1 is cut at the actions, one that starts from -1/N is whole. The box where the division
by N enters is orange. The minus may have entered before it.
"""

from itertools import pairwise

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from comparisons.anatomy.signals import carries_dq_da, is_cut, place_of_division

FORWARD, BACKWARD, DIVISION, CUT = "#222222", "#0072B2", "#E69F00", "#D55E00"

BRIDGES = {
    "output_gradients": "output_gradients = $-$dQ/da",
    "surrogate": "loss: $-$mean of $\\langle$dQ/da , a$\\rangle$",
    "target_action": "loss: mean of ½|(a + dQ/da) $-$ a|²",
    "jacobian": "dQ/da, a constant",
}
"""What carries dQ/da over the cut."""

WRITTEN_WITH = {
    "output_gradients": "two tapes",
    "mean_q": "one tape through actor and critic",
    "get_updates": "tf.gradients in a drawn graph, run by a function",
    "surrogate": "a tape for dQ/da, a tape for the loss",
    "target_action": "a tape for dQ/da, a tape for the loss",
    "jacobian": "a tape for dQ/da, tape.jacobian for da/dθ",
}

FONT = 11
"""Of all words inside a panel, in points."""

Node = tuple[float, float, str]
"""A box: x, y, text."""

WITH_CUT, WHOLE = (-0.45, 2.85), (0.55, 2.45)
"""From where to where a panel reaches: below the backward pass there is room for a bridge."""


def dataflow_figure(data: dict, columns: int = 2) -> Figure:
    """Draw every strategy's forward and backward pass, `columns` panels a row."""
    strategies, n = data["strategies"], data["batch_size"]
    cut = [is_cut(row) for row in strategies.values()]
    limits = [WITH_CUT if any(cut[i : i + columns]) else WHOLE for i in range(0, len(cut), columns)]
    heights = [high - low for low, high in limits]
    width = 8.5 if columns == 1 else 7.3 * columns
    figure = Figure(figsize=(width, 0.5 + sum(0.6 + 0.72 * h for h in heights)))
    figure.set_layout_engine("constrained", h_pad=0.08)
    axes = figure.subplots(len(limits), columns, squeeze=False, height_ratios=heights)
    for axis, (name, row) in zip(axes.flat, strategies.items(), strict=False):
        axis.set_ylim(limits[axis.get_subplotspec().rowspan.start])
        draw_strategy(axis, name, row, n)
        place = {"top": "at Q", "middle": "at a", "bottom": "last"}[place_of_division(row, n)]
        chain = "cut at a" if is_cut(row) else "whole chain"
        axis.set_title(f"{name}: {chain}, divided by N {place}", fontsize=12)
    for axis in axes[:, 0]:
        axis.set_ylabel("pass", labelpad=8)
    figure.suptitle(
        f"One chain rule: {sum(cut)} strategies cut it at the actions and join it by hand, "
        f"{len(cut) - sum(cut)} leave it whole. Orange: the division by N",
        fontsize=13,
    )
    return figure


def draw_strategy(axis: Axes, name: str, row: dict, n: int) -> None:
    """Draw one panel. x: from the states to Q; y: forward pass on top, backward pass below it."""
    axis.set_xlim(-0.65, 5.85)
    axis.set_xticks(
        [0, 1.3, 2.6, 4.2, 5.4], ["states s", "actor", "actions a", "critic", "value Q"]
    )
    axis.set_yticks([2, 1], ["forward", "backward"])
    axis.tick_params(length=0, labelsize=FONT)
    forward = [(0, 2, "s"), (1.3, 2, "μ(s; θ)"), (2.6, 2, "a"), (4.2, 2, "Q(s, a)"), (5.4, 2, "Q")]
    draw_path(axis, forward, FORWARD)
    place = place_of_division(row, n)
    draw_backward(axis, name, row, n, place)
    if is_cut(row):
        axis.plot([3.45, 3.45], [0.45, 2.4], color=CUT, linewidth=2.5, linestyle=(0, (2, 1)))
        axis.text(3.45, 2.45, "cut", color=CUT, ha="center", va="bottom", fontsize=FONT)
    sizes = f"{row['graph_operations']} operations drawn, {row['xla_instructions']} compiled"
    axis.set_xlabel(f"{WRITTEN_WITH[name]}: {sizes}", fontsize=FONT, color="0.3")


def draw_backward(axis: Axes, name: str, row: dict, n: int, place: str) -> None:
    """Draw the backward pass, from Q on the right to the weights' gradient on the left."""
    seed = (5.4, 1, f"$-$1/{n}" if place == "top" else "1")
    critic, actor = (4.2, 1, "· dQ/da"), (1.3, 1, "· da/dθ")
    at_actions = (2.6, 1, signal_at_actions(row, n))
    bridge = (3.45, 0, BRIDGES.get(name, ""))
    gradient = (0, 1, "gradient")
    divided = {"top": seed, "middle": bridge}.get(place)
    arrow(axis, (5.4, 2, "Q"), seed, BACKWARD)
    if not is_cut(row):
        paths = [[seed, critic, at_actions, actor, gradient]]
    elif place == "middle":
        paths = [[seed, critic, bridge, at_actions, actor, gradient]]
    elif carries_dq_da(row):
        divided, gradient = (0, 1, f"÷ {n}"), (0, 0, "gradient")
        paths = [[seed, critic, bridge, at_actions, actor, divided, gradient]]
    else:
        divided, gradient = (1.3, 0, f"Σ · ($-$1/{n})"), (0, 0, "gradient")
        paths = [[seed, critic, bridge, divided], [at_actions, actor, divided, gradient]]
    for path in paths:
        draw_path(axis, path, BACKWARD, divided)


def draw_path(axis: Axes, nodes: list[Node], colour: str, divided: Node | None = None) -> None:
    """Draw boxes (x, y, text) and the arrows from each to the next; `divided` in orange."""
    for start, end in pairwise(nodes):
        arrow(axis, start, end, colour)
    for node in nodes:
        box(axis, node, colour, node == divided)


def signal_at_actions(row: dict, n: int) -> str:
    """The measured signal at the actions as a formula."""
    if not carries_dq_da(row):
        return "one-hot\nrows"
    factor = row["at_actions"]
    return "$-$dQ/da" if abs(factor + 1) < 1e-3 else f"$-$dQ/da/{-1 / factor:.0f}"


def box(axis: Axes, node: Node, colour: str, holds_division: bool) -> None:
    """Draw a labelled box centred on the node (x, y, text); orange if it divides by N."""
    style = {
        "boxstyle": "round,pad=0.35",
        "facecolor": DIVISION if holds_division else "white",
        "edgecolor": colour,
        "linewidth": 1.4,
    }
    axis.text(*node, ha="center", va="center", fontsize=FONT, color=FORWARD, zorder=3, bbox=style)


def arrow(axis: Axes, start: Node, end: Node, colour: str) -> None:
    """Draw an arrow from one node's box to another's."""
    level = start[1] == end[1]
    style = {
        "arrowstyle": "-|>",
        "color": colour,
        "linewidth": 1.5,
        "shrinkA": half_width(start[2]) - 3 if level else 1.5 * FONT,
        "shrinkB": half_width(end[2]) if level else 1.5 * FONT,
    }
    axis.annotate("", xy=end[:2], xytext=start[:2], zorder=1, arrowprops=style)


def half_width(text: str) -> float:
    """About half the width of a box with that text, in points."""
    return 0.5 * FONT + 0.29 * FONT * max(len(line) for line in text.replace("$", "").splitlines())
