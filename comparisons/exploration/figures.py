"""The figures of the exploration study."""

import numpy as np
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter

from comparisons.exploration.claims import last_returns
from comparisons.exploration.trials import FASTEST

COLOURS = {
    "none": "#555555",
    "gaussian": "#56B4E9",
    "ou": "#0072B2",
    "annealed": "#009E73",
    "small_dt": "#E69F00",
    "missing_root": "#D55E00",
    "uniform": "#CC79A7",
}
"""Noise -> colour (Okabe and Ito's palette)."""


def figures(data: dict) -> dict[str, Figure]:
    """Paths of the noises, visited states, and learning curves."""
    return {
        "paths": paths(data),
        "visited_states": visited_states(data),
        "learning": learning(data),
    }


def paths(data: dict) -> Figure:
    """Draw a path of each noise, with mean and standard deviation of the theory as a band."""
    noises = {name: noise for name, noise in data["noises"].items() if name != "none"}
    figure = Figure(figsize=(11, 5.6), layout="constrained")
    axes = figure.subplots(2, 3, sharex=True, sharey=True)
    for axis, (name, noise) in zip(axes.flat, noises.items(), strict=True):
        mean, std = noise["theory"]["mean"], noise["theory"]["standard_deviation"]
        axis.axhline(0, color="0.5", linewidth=0.8)
        axis.axhspan(mean - std, mean + std, color=COLOURS[name], alpha=0.15)
        axis.plot(noise["path"], color=COLOURS[name], linewidth=1.2)
        axis.set_title(f"{noise['label']}: rms {noise['episode_rms']:.3f}")
        axis.grid(alpha=0.3)
    for axis in axes[1]:
        axis.set_xlabel("steps of an episode")
    for axis in axes[:, 0]:
        axis.set_ylabel("noise (half ranges)")
    ou, small = noises["ou"], noises["small_dt"]
    share = small["episode_rms"] / ou["episode_rms"]
    figure.suptitle(
        f"One episode of each noise (band: stationary mean and standard deviation in theory, at "
        f"the first scale)\n"
        f"In an episode the rms of {small['label']} is {share:.0%} of that of {ou['label']}"
    )
    return figure


def visited_states(data: dict) -> Figure:
    """Draw how often each cell of angle and velocity was visited."""
    noises = data["noises"]
    figure = Figure(figsize=(12, 6), layout="constrained")
    axes = figure.subplots(2, 4, sharex=True, sharey=True)
    largest = max(np.max(noise["visits"]) for noise in noises.values())
    for axis, noise in zip(axes.flat, noises.values(), strict=False):
        counted = np.array(noise["visits"], float).T
        image = axis.imshow(
            np.log10(np.where(counted > 0, counted, np.nan)),
            origin="lower",
            aspect="auto",
            extent=(-180, 180, -FASTEST, FASTEST),
            cmap="viridis",
            vmin=0,
            vmax=np.log10(largest),
        )
        axis.set_title(f"{noise['label']}:\n{np.mean(noise['coverage']):.0%} of cells")
        axis.set_xticks([-180, -90, 0, 90, 180])
        axis.set_xlabel("angle from upright (degrees)")
        axis.set_ylabel("velocity (rad/s)")
        axis.label_outer()
    axes[0, -1].set_xlabel("angle from upright (degrees)")
    axes[0, -1].xaxis.set_tick_params(labelbottom=True)
    axes[-1, -1].set_axis_off()
    bar = figure.colorbar(image, ax=axes, location="right", shrink=0.7)
    ticks = np.arange(int(np.log10(largest)) + 1)
    bar.set_ticks(ticks, labels=[f"{10**tick:,}" for tick in ticks])
    bar.set_label("visits of a cell (white: none)")
    shares = {noise["label"]: np.mean(noise["coverage"]) for noise in noises.values()}
    best = max(shares, key=shares.get)
    figure.suptitle(
        f"States of Pendulum-v1 that noise alone reaches: most with {best}\n(percentages: mean of "
        f"{data['episodes']} episodes; colours: {len(noise['coverage'])} times as many)"
    )
    return figure


def learning(data: dict) -> Figure:
    """Draw learning curves (mean over seeds) and the last return of each seed."""
    noises = data["noises"]
    figure = Figure(figsize=(11, 4.6), layout="constrained")
    left, right = figure.subplots(1, 2, width_ratios=(1.2, 1))
    for row, (name, noise) in enumerate(noises.items()):
        steps = noise["training"][0]["steps"]
        curves = np.array([training["returns"] for training in noise["training"]])
        style = {"color": COLOURS[name], "label": noise["label"]}
        left.plot(steps, curves.mean(axis=0), marker="osv^D*P"[row], markersize=5, **style)
        last = last_returns(noise)
        right.plot(last, [row] * len(last), "o", color=COLOURS[name], alpha=0.7)
        right.plot(np.mean(last), row, "|", color="black", markersize=18, markeredgewidth=2)
    right.set_yticks(range(len(noises)), [noise["label"] for noise in noises.values()])
    right.invert_yaxis()
    right.set_ylabel("noise in training")
    right.set_xlabel("last return (dots: seeds, bar: mean)")
    left.set_xlabel("environment steps of Pendulum-v1")
    left.set_ylabel("return without noise (mean over seeds)")
    left.xaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:,.0f}"))
    left.legend(fontsize=8)
    for axis in (left, right):
        axis.grid(alpha=0.3)
    means = {noise["label"]: np.mean(last_returns(noise)) for noise in noises.values()}
    best, worst = max(means, key=means.get), min(means, key=means.get)
    seeds = len(noises["none"]["training"])
    figure.suptitle(
        f"Learning with each noise, {seeds} seed{'s' * (seeds > 1)}: mean return at the end from "
        f"{means[worst]:.0f} ({worst}) to {means[best]:.0f} ({best})"
    )
    return figure
