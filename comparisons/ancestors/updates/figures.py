"""Two figures of whole updates: what agrees, and what a defect costs."""

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from comparisons.ancestors.updates.claims import (
    PORT,
    framework,
    is_shown,
    largest,
    of_kind,
)

KINDS = {
    "float64": ("ours and theirs in float64", "D", "#009E73"),
    "meant": ("float32, epsilon at the system's place", "o", "#0072B2"),
    "keras_place": ("float32, ours with epsilon at Keras's place", "s", "#D55E00"),
}
"""Kind of row -> label, marker, colour (Okabe and Ito's palette)."""

NETWORKS = {
    "critic": ("critic", "o", "#0072B2"),
    "actor": ("actor", "s", "#D55E00"),
    "target_critic": ("target critic", "^", "#56B4E9"),
    "target_actor": ("target actor", "D", "#E69F00"),
}
"""Network -> label, marker, colour."""

FLOOR = 1e-7
"""Where distances below it are drawn in the figure of variants."""


def figures(data: dict) -> dict[str, Figure]:
    """The figures by name; `data` is that of whole updates."""
    return {"whole_updates": whole_updates(data), "variants": variants(data)}


def whole_updates(data: dict) -> Figure:
    """Each system as it was meant: the network that is farthest apart, after 1 and many updates."""
    rows = data["rows"]
    systems = [row["system"] for row in of_kind(rows, "meant")]
    figure = Figure(figsize=(11.5, 6.4), layout="constrained")
    for axis, at in zip(figure.subplots(1, 2, sharex=True, sharey=True), (0, 1), strict=True):
        for kind, (label, marker, colour) in KINDS.items():
            found = of_kind(rows, kind)
            distances = [max(largest(row, at), 1e-17) for row in found]
            heights = [systems.index(row["system"]) for row in found]
            axis.plot(distances, heights, marker, ms=8, color=colour, label=label)
        axis.set_xscale("log")
        if at == 0:
            bound = f"bound claimed for the ports to PyTorch ({PORT:g})"
            axis.axvline(PORT, color="0.4", linestyle="--", linewidth=1, label=bound)
        axis.grid(alpha=0.3)
        axis.set_xlabel("distance from ours over the distance that ours has travelled")
    left, right = figure.axes
    names = [f"{row['system']}  ({framework(row)})" for row in of_kind(rows, "meant")]
    left.set_yticks(range(len(systems)), names)
    left.set_ylabel("system (framework)")
    left.invert_yaxis()
    left.set_title("After the first update that moves all four networks")
    right.set_title(f"After {data['updates']} updates")
    handles, labels = left.get_legend_handles_labels()
    figure.legend(handles, labels, loc="outside lower center", ncols=2)
    figure.suptitle(
        "Whole updates: critic, actor, target critic and target actor, the one farthest apart"
    )
    return figure


def variants(data: dict) -> Figure:
    """Each network of each system with one difference, beside the system as it was meant."""
    shown = [row for row in data["rows"] if is_shown(row, data["rows"])]
    figure = Figure(figsize=(13, 0.34 * len(shown) + 2.2), layout="constrained")
    for axis, at in zip(figure.subplots(1, 2, sharex=True, sharey=True), (0, 1), strict=True):
        draw_variants(axis, shown, at)
    left, right = figure.axes
    left.set_yticks(range(len(shown)), [variant_label(row) for row in shown])
    for tick, row in zip(left.get_yticklabels(), shown, strict=True):
        tick.set_fontweight("bold" if row["kind"] == "meant" else "normal")
    left.set_ylabel("system, and below it what differs")
    left.set_ylim(len(shown) - 0.5, -0.5)
    left.set_title("After 1 update")
    right.set_title(f"After {data['updates']} updates")
    handles, labels = left.get_legend_handles_labels()
    figure.legend(handles, labels, loc="outside lower center", ncols=4)
    figure.suptitle(
        "What one defect, or one number taken wrongly, does to each network\n"
        "(bold, in grey: the system as it was meant)"
    )
    return figure


def draw_variants(axis: Axes, shown: list[dict], at: int) -> None:
    """Draw the four networks of every row after the first (0) or the last (1) update."""
    for offset, (name, (label, marker, colour)) in zip(
        (-0.24, -0.08, 0.08, 0.24), NETWORKS.items(), strict=True
    ):
        distances = [max(row["apart"][name][at], FLOOR) for row in shown]
        heights = [height + offset for height in range(len(shown))]
        axis.plot(distances, heights, marker, ms=5.5, color=colour, label=label)
    for height, row in enumerate(shown):
        if row["kind"] == "meant":
            axis.axhspan(height - 0.5, height + 0.5, color="0.92", zorder=0)
    axis.set_xscale("log")
    axis.axvline(1, color="0.4", linestyle="--", linewidth=1)
    axis.grid(axis="x", alpha=0.3)
    axis.set_xlabel("distance from ours over the distance that ours has travelled")


def variant_label(row: dict) -> str:
    """The system's name for what it was meant to be, else what differs."""
    return row["system"] if row["kind"] == "meant" else row["label"]
