"""Figures: one function each, data in, matplotlib Figure out."""

from collections.abc import Sequence

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter

from ddpg_tf.training.seeds import Curve, by_environment

COLOURS = {
    "output_gradients": "#0072B2",
    "mean_q": "#D55E00",
    "get_updates": "#009E73",
    "surrogate": "#CC79A7",
    "target_action": "#E69F00",
    "jacobian": "#56B4E9",
}
"""Strategy -> colour (Okabe and Ito's palette, safe for colour-blind readers)."""

STYLES: dict[str, dict] = {
    "output_gradients": {"linewidth": 7, "alpha": 0.45},
    "mean_q": {"linewidth": 3.2},
    "get_updates": {"linewidth": 1.3, "linestyle": (0, (3, 2))},
}
"""Wide, middle and thin: all three can be seen where they lie on top of each other."""


def compare_figure(result: dict) -> Figure:
    """Draw the result of `compare.compare`: learning curves above, differences below."""
    groups = result["groups"]
    figure = Figure(figsize=(11, 7.2), layout="constrained")
    axes = figure.subplots(2, len(groups), sharex="row", sharey="row", squeeze=False)
    for column, group in enumerate(groups):
        draw_returns(axes[0, column], group, result["config"])
        draw_differences(axes[1, column], group)
    axes[0, 0].set_ylabel(f"return of an evaluation\n(mean of {result['config']['eval_episodes']})")
    axes[1, 0].set_ylabel("largest |difference| of a weight\nfrom mean_q")
    axes[0, 0].legend(title="actor update", loc="lower right")
    return figure


def draw_returns(axis: Axes, group: dict, config: dict) -> None:
    """Draw one learning curve for each strategy."""
    for name, run in group["runs"].items():
        axis.plot(
            group["steps"], run["eval_returns"], color=COLOURS[name], label=name, **style(name)
        )
    same = all(run["same_returns"] for run in group["runs"].values())
    verdict = "the same returns, to the bit" if same else "returns that part"
    axis.set_title(f"Batch {group['batch_size']}: {verdict}")
    axis.set_xlabel(f"environment steps of {config['env_id']}")
    axis.xaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:,.0f}"))
    axis.grid(alpha=0.3)


def draw_differences(axis: Axes, group: dict) -> None:
    """Draw the largest weight difference against the update number; exact zeros on a floor."""
    floor = 1e-10
    axis.set_yscale("log")
    axis.set_ylim(floor / 3, 10)
    axis.set_yticks([1e-8, 1e-6, 1e-4, 1e-2, 1])
    axis.axhspan(floor / 3, floor * 3, color="0.92")
    label = {"transform": axis.get_yaxis_transform(), "ha": "right", "va": "bottom"}
    axis.text(0.98, 5 * floor, "exactly 0: every bit is the same", **label)
    for name, run in group["runs"].items():
        updates = [update for update, _ in run["differences"]]
        values = [absolute or floor for _, absolute in run["differences"]]
        axis.plot(updates, values, color=COLOURS[name], label=name, **style(name))
    firsts = [run["first_different_update"] for run in group["runs"].values()]
    firsts = [first for first in firsts if first is not None]
    verdict = f"first different bit at update {min(firsts):,}" if firsts else "the same weights"
    axis.set_title(f"Batch {group['batch_size']}: {verdict}")
    axis.set_xlabel("updates of actor and critic")
    axis.set_xscale("log")
    axis.xaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:,.0f}"))
    axis.grid(alpha=0.3)


def style(name: str) -> dict:
    """The line style of a strategy."""
    return STYLES.get(name, {"linewidth": 1.6})


def learning_figure(groups: Sequence[Curve]) -> Figure:
    """Draw the curves of groups of runs: an axis for each environment, each seed faint behind."""
    environments = by_environment(groups)
    rows, columns = -(-len(environments) // 2), min(len(environments), 2)
    figure = Figure(figsize=(2.5 + 5.5 * columns, 0.3 + 4.5 * rows), layout="constrained")
    axes = figure.subplots(rows, columns, squeeze=False).flat
    for axis, (name, curves) in zip(axes, environments.items(), strict=False):
        draw_curves(axis, curves)
        axis.set_title(f"{name or 'Runs'}: return without noise")
    for axis in list(axes)[len(environments) :]:
        axis.remove()
    return figure


def draw_curves(axis: Axes, groups: Sequence[Curve]) -> None:
    """Draw the middle and the interval of each group, and its seeds behind."""
    for group in groups:
        label = f"{group.label} ({seeds_in_words(len(group.runs))})"
        (line,) = axis.plot(group.steps, group.middle, linewidth=2, label=label)
        if len(group.runs) > 1:
            for returns in group.returns:
                axis.plot(group.steps, returns, color=line.get_color(), alpha=0.3, linewidth=0.8)
            band = {"color": line.get_color(), "alpha": 0.18, "linewidth": 0}
            axis.fill_between(group.steps, *group.interval, **band)
        if len(group.steps) == 1:
            line.set_marker("o")
    axis.set_xlabel("environment steps")
    axis.set_ylabel(f"mean return of an evaluation{several_seeds(groups)}")
    axis.xaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:,.0f}"))
    axis.grid(alpha=0.3)
    axis.legend(framealpha=0.5)


def seeds_in_words(count: int) -> str:
    """How many runs a curve stands for."""
    return "1 seed" if count == 1 else f"{count} seeds"


def several_seeds(groups: Sequence[Curve]) -> str:
    """What is drawn of a group of several runs, for the axis; nothing if there is none."""
    if max(len(group.runs) for group in groups) == 1:
        return ""
    return "\n(interquartile mean over seeds, 95% bootstrap interval)"
