"""Figures: one function each, data in, matplotlib Figure out."""

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter

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


def learning_figure(runs: dict[str, list[dict]]) -> Figure:
    """Draw evaluation returns (mean and spread over episodes) of runs: {label: rows of metrics}."""
    figure = Figure(figsize=(8, 4.8), layout="constrained")
    axis = figure.subplots()
    for label, rows in runs.items():
        steps = [row["step"] for row in rows]
        means = [row["eval_return_mean"] for row in rows]
        (line,) = axis.plot(steps, means, marker="o", markersize=3, label=label)
        low = [row["eval_return_mean"] - row["eval_return_std"] for row in rows]
        high = [row["eval_return_mean"] + row["eval_return_std"] for row in rows]
        axis.fill_between(steps, low, high, color=line.get_color(), alpha=0.15, linewidth=0)
    best = max(runs, key=lambda label: runs[label][-1]["eval_return_mean"])
    value = runs[best][-1]["eval_return_mean"]
    plain = f"Evaluation return: {value:.0f} at the end"
    axis.set_title(plain if len(runs) == 1 else f"{plain} for the best run, {best}")
    axis.set_xlabel("environment steps")
    axis.set_ylabel("return without noise\n(mean and standard deviation over episodes)")
    axis.xaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:,.0f}"))
    axis.grid(alpha=0.3)
    axis.legend()
    return figure
