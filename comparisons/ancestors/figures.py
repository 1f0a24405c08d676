"""The figures: whole updates, see `updates/figures.py`, and the actor's gradient by itself."""

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from comparisons.ancestors.claims import (
    STILL_ROUNDING,
    factor_words,
    nearest_distance,
    same_adam_distance,
    told_apart,
)
from comparisons.ancestors.updates import figures as updates_figures
from ddpg_tf.training.figures import COLOURS

FLOOR = 1e-9
"""Where exact zeros are drawn on a logarithmic axis."""

BELOW = {"loc": "upper center", "bbox_to_anchor": (0.5, -0.1)}
"""A legend's place under the axis."""


def figures(data: dict) -> dict[str, Figure]:
    """What agrees as a whole, what defects cost, and the gradient by itself."""
    return updates_figures.figures(data["updates"]) | {"gradients": gradients(data)}


def gradients(data: dict) -> Figure:
    """All systems: gradients on the left, weights on the right."""
    figure = Figure(figsize=(12.5, 7.6), layout="constrained")
    left, right = figure.subplots(1, 2, sharey=True)
    draw_gradients(left, data)
    draw_weights(right, data)
    return figure


def draw_gradients(axis: Axes, data: dict) -> None:
    """Draw each system's distance from the nearest strategy, at both batch sizes."""
    rows = data["rows"]
    for height, row in enumerate(rows):
        name = row["nearest"][0]
        odd = min(row["odd_distances"][name]["relative"], row["odd_eager"]["relative"])
        apart = row["distances"][name]["relative"], odd
        colour = colour_of(row)
        for distance, face, shift in zip(apart, (colour, "white"), (-0.14, 0.14), strict=True):
            place = max(distance, FLOOR), height + shift
            axis.plot(*place, "o", ms=8, mfc=face, mec=colour, mew=2)
    labels = [f"{row['name']}  (× {factor_words(row, data)})" for row in rows]
    axis.set_yticks(range(len(rows)), labels)
    axis.set_ylabel("system  (× factor of its gradient)")
    axis.invert_yaxis()
    band(axis, 1e-4)
    axis.set_xlabel("relative distance of the gradient from ours, factor divided out")
    axis.set_title(
        f"{len(rows)} updates, one gradient: at most {max(map(nearest_distance, rows)):.0e}\n"
        f"from ours at N={data['batch']}, apart from a factor"
    )
    colours = {family(row): colour_of(row) for row in rows}
    handles = [mark("o", colour, colour, label) for label, colour in colours.items()]
    handles.append(mark("o", "0.3", "0.3", f"filled: N={data['batch']}"))
    handles.append(mark("o", "0.3", "white", f"hollow: N={data['odd_batch']}, eager or graph"))
    axis.legend(handles=handles, title="nearest of our strategies", ncols=2, **BELOW)


def family(row: dict) -> str:
    """The names of the strategies whose bits are nearest."""
    return " = ".join(row["nearest"]) if told_apart(row) else "cannot be told apart"


def colour_of(row: dict) -> str:
    """The colour of the nearest strategy, grey where several are as near."""
    return COLOURS[row["nearest"][0]] if told_apart(row) else "0.5"


def draw_weights(axis: Axes, data: dict) -> None:
    """Draw how far the weights are apart after the last step, with either form of Adam."""
    for key, marker, colour in (("keras", "s", "black"), ("same_adam", "D", "#56B4E9")):
        values = [row["apart"][key][1]["relative"] for row in data["rows"]]
        for height, value in enumerate(values):
            shift = -0.14 if key == "keras" else 0.14
            axis.plot(max(value, FLOOR), height + shift, marker, ms=7, color=colour)
    band(axis, 10)
    axis.set_xlabel(
        f"distance of the weights after {data['steps']} updates, relative to how far ours moved"
    )
    keras = [row["apart"]["keras"][1]["relative"] for row in data["rows"]]
    same = [same_adam_distance(row) for row in data["rows"]]
    close = [distance for distance in same if distance < STILL_ROUNDING]
    axis.set_title(
        f"Weights: apart by up to {max(keras):.2g} of how far ours moved,\n"
        f"{len(close)} of {len(same)} within {max(close, default=0):.0e} with the same Adam"
    )
    handles = [
        mark("s", "black", "black", "ours with Keras 3's Adam"),
        mark("D", "#56B4E9", "#56B4E9", "ours with the system's form of Adam\nand its factor"),
    ]
    axis.legend(handles=handles, title="compared with", **BELOW)


def band(axis: Axes, right: float) -> None:
    """Make the axis logarithmic, with a band at its left end for exact zeros."""
    axis.set_xscale("log")
    axis.set_xlim(FLOOR / 4, right)
    axis.axvspan(FLOOR / 4, FLOOR * 4, color="0.92", zorder=0)
    place = {"transform": axis.get_xaxis_transform(), "ha": "center", "va": "bottom"}
    axis.text(FLOOR, 0.01, "same bits", color="0.3", fontsize=8, **place)
    axis.grid(alpha=0.3)


def mark(marker: str, edge: str, face: str, label: str) -> Line2D:
    """A legend entry."""
    return Line2D([], [], marker=marker, linestyle="", mec=edge, mfc=face, mew=2, label=label)
