"""The figure: a learning curve for each n, on the dense task and on the sparse one."""

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter

from ddpg_tf.training.seeds import bootstrap_interval, interquartile_mean

STYLES = {"1": ("#0072B2", "o"), "3": ("#E69F00", "s"), "5": ("#D55E00", "^")}
"""n -> colour (Okabe and Ito's palette) and mark."""

REWARDS = {"dense": "a reward at every step", "sparse": "100 at the flag, 0.1 a² a step"}


def figures(data: dict) -> dict[str, Figure]:
    """One figure: the learning curves."""
    return {"learning": learning(data)}


def learning(data: dict) -> Figure:
    """Draw interquartile means over the seeds with 95% intervals, and every seed's last return."""
    figure = Figure(figsize=(11, 4.8), layout="constrained")
    for axis, (name, task) in zip(figure.subplots(1, 2), data["tasks"].items(), strict=True):
        draw_task(axis, task)
        axis.set_title(f"{task['env_id']}\n{REWARDS[name]}", fontsize=11)
    figure.suptitle(
        f"n-step returns, {data['seeds']} seeds each: interquartile mean with its 95% interval"
    )
    return figure


def draw_task(axis: Axes, task: dict) -> None:
    """Draw the curves of each n on one task; the dots to the right are seeds at the end."""
    steps = np.array(task["steps"])
    width = steps[-1] - steps[0]
    for row, (n, returns) in enumerate(task["returns"].items()):
        colour, mark = STYLES[n]
        returns = np.array(returns)
        low, high = bootstrap_interval(returns)
        axis.fill_between(steps, low, high, color=colour, alpha=0.15, linewidth=0)
        style = {"color": colour, "marker": mark, "markersize": 4, "label": f"n = {n}"}
        axis.plot(steps, interquartile_mean(returns), **style)
        beside = np.full(len(returns), steps[-1] + (0.05 + 0.035 * row) * width)
        axis.plot(beside, returns[:, -1], mark, color=colour, alpha=0.6, markersize=5)
    axis.set_xlabel("environment steps (marks on the right: each seed at the end)")
    axis.set_ylabel("return without noise")
    axis.xaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:,.0f}"))
    axis.grid(alpha=0.3)
    axis.legend(loc="best", fontsize=9)


def last_middles(task: dict) -> dict[str, float]:
    """n -> interquartile mean over the seeds of the last evaluation."""
    return {
        n: float(interquartile_mean(np.array(returns)[:, -1]))
        for n, returns in task["returns"].items()
    }
