"""The figures of the study."""

from matplotlib.figure import Figure

from comparisons.lockstep.groups import OTHER_SEED, first_differences, kept, last_gap, title_of
from comparisons.study import in_words
from ddpg_tf.training.figures import COLOURS, draw_differences, style
from ddpg_tf.training.lockstep import REFERENCE


def figures(data: dict) -> dict[str, Figure]:
    """The growing differences of the weights, and the returns."""
    return {"differences": difference_figure(data), "returns": return_figure(data)}


def difference_figure(data: dict) -> Figure:
    """Draw the largest difference of a weight against the update number, a panel a condition."""
    columns = len(data["groups"]) // 2
    figure = Figure(figsize=(1 + 4 * columns, 7.6), layout="constrained")
    axes = figure.subplots(2, columns, sharey=True)
    for axis, group in zip(axes.flat, data["groups"], strict=True):
        draw_differences(axis, group)
        for name, first in first_differences(group).items():
            axis.plot([first], [1e-10], "v", ms=8, color=COLOURS[name], clip_on=False)
        if group["normalization"] == "none" and group["batch_size"] == 64:
            axis.plot(*zip(*data["seeds"]["differences"], strict=True), color="black", ls="--",
                      label=OTHER_SEED)  # fmt: skip
        firsts = [f"{name} ({first:,})" for name, first in first_differences(group).items()]
        axis.set_title(
            f"{title_of(group).capitalize()}\nsame bits: {in_words(kept(group))}\n"
            f"different: {in_words(firsts)}",
            fontsize=8,
        )
        axis.set_xlim(left=0.8)
    for row in axes:
        row[0].set_ylabel("largest |difference| of a weight\nfrom mean_q")
    entries = {}
    for axis in axes.flat:
        lines, labels = axis.get_legend_handles_labels()
        entries |= dict(zip(labels, lines, strict=True))
    figure.legend(
        entries.values(), entries.keys(), loc="outside lower center", ncols=6, frameon=False
    )
    figure.suptitle(
        "With the fence (above) and without it (below)\n"
        "(triangle, and in brackets: the update after which the first bit differs)"
    )
    return figure


def return_figure(data: dict) -> Figure:
    """Draw the returns in the evaluations of the fenced runs, and of another seed."""
    groups = [g for g in data["groups"] if g["fenced"] and g["normalization"] == "none"]
    figure = Figure(figsize=(11, 4.6), layout="constrained")
    axes = figure.subplots(1, len(groups), sharey=True)
    for axis, group in zip(axes, groups, strict=True):
        for name, run in group["runs"].items():
            axis.plot(
                group["steps"], run["eval_returns"], color=COLOURS[name], label=name, **style(name)
            )
        if group["batch_size"] == 64:
            axis.plot(group["steps"], data["seeds"]["returns"]["1"], color="black", ls="--",
                      label=OTHER_SEED)  # fmt: skip
        same = [n for n, r in group["runs"].items() if r["same_returns"] and n != REFERENCE]
        axis.set_title(
            f"Batch {group['batch_size']}\nevery return is mean_q's: {in_words(same)}", fontsize=10
        )
        axis.set_xlabel(f"environment steps of {data['env_id']}")
        axis.grid(alpha=0.3)
        axis.legend(loc="lower right", fontsize=8)
    axes[0].set_ylabel("return of an evaluation without noise")
    gap = max(last_gap(group, name) for group in groups for name in group["runs"])
    first, other = (returns[-1] for returns in data["seeds"]["returns"].values())
    figure.suptitle(
        f"Last return, with the fence: up to {gap:.0f} from mean_q's by different bits, "
        f"{abs(first - other):.0f} by another seed"
    )
    return figure
