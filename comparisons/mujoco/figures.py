"""The figure: for each environment the learning curves of both algorithms."""

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MultipleLocator, StrMethodFormatter

from comparisons.mujoco.claims import PUBLISHED, middle
from ddpg_tf.training.seeds import bootstrap_interval, interquartile_mean

COLOURS = {"ddpg": "#0072B2", "td3": "#D55E00"}
"""Okabe and Ito's palette."""


def figures(data: dict) -> dict[str, Figure]:
    """One figure: a panel for each environment."""
    return {"curves": curves(data)}


def curves(data: dict) -> Figure:
    """Draw interquartile means over the seeds with 95% intervals, and the seeds, thin."""
    members = data["members"]
    figure = Figure(figsize=(max(7, 4.4 * len(members)), 4.8), layout="constrained")
    for axis, (env_id, algorithms) in zip(
        figure.subplots(1, len(members), squeeze=False)[0], members.items(), strict=True
    ):
        for algorithm, member in algorithms.items():
            draw_member(axis, member, algorithm)
            axis.axhline(
                PUBLISHED[env_id, algorithm], color=COLOURS[algorithm], linestyle=":", linewidth=1
            )
        axis.axhline(data["random_returns"][env_id], color="0.4", linestyle="--", linewidth=1)
        axis.set_title(env_id)
        axis.set_xlabel("environment steps")
        axis.xaxis.set_major_locator(MultipleLocator(member["runs"][0]["steps"][-1] / 3))
        for each in (axis.xaxis, axis.yaxis):
            each.set_major_formatter(StrMethodFormatter("{x:,.0f}"))
        axis.grid(alpha=0.3)
        axis.legend(loc="upper left", fontsize=9, title="return at the end")
    figure.axes[0].set_ylabel("return without noise")
    seeds = max(len(m["runs"]) for algorithms in members.values() for m in algorithms.values())
    figure.suptitle(
        f"MuJoCo, {seeds} seeds: interquartile mean with its 95% interval; seeds thin\n"
        "(dashed: random actions; dotted: published, best within 1,000,000 steps)"
    )
    return figure


def draw_member(axis: Axes, member: dict, algorithm: str) -> None:
    """Draw the curve of one algorithm, named with what its final agents return."""
    steps = member["runs"][0]["steps"]
    returns = np.array([run["eval_returns"] for run in member["runs"]])
    colour = COLOURS[algorithm]
    axis.fill_between(steps, *bootstrap_interval(returns), color=colour, alpha=0.15, linewidth=0)
    axis.plot(steps, returns.T, color=colour, alpha=0.35, linewidth=0.7)
    label = f"{algorithm.upper()}: {middle(member):,.0f}"
    axis.plot(steps, interquartile_mean(returns), color=colour, linewidth=2, label=label)
