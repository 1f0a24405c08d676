"""The pictures of notebook 6."""

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.colors import LogNorm
from matplotlib.figure import Figure
from page import BLUE, GREEN, GREY, ORANGE, PINK


def slopes(samples: dict, spreads: np.ndarray, errors: list[float]) -> Figure:
    """Draw fitted slopes of noisy rewards, and their error over the spread of the actions.

    samples: spread -> (actions, rewards), for two spreads.
    """
    figure, (left, right) = plt.subplots(1, 2, figsize=(8.5, 3.5))
    ends = np.array([-0.6, 0.6])
    for (spread, (actions, rewards)), colour in zip(samples.items(), (ORANGE, BLUE), strict=True):
        left.plot(actions, rewards, ".", color=colour)
        slope, level = np.polyfit(actions, rewards, 1)
        label = f"spread {spread:g}: slope {slope:.2f}"
        left.plot(ends, slope * ends + level, color=colour, label=label)
    left.set(
        xlabel="action $-$ $\\mu(s)$",
        ylabel="reward",
        ylim=(-2, 2),
        title="A slope from tried actions (true: 1)",
    )
    left.legend()
    right.loglog(spreads, errors, "o-", color=BLUE)
    right.axhline(1, color=GREY, linestyle="--")
    right.text(1, 1.2, "as large as the slope", color=GREY, ha="right")
    right.set(
        xlabel="spread $\\sigma$ of the actions",
        ylabel="error of the slope",
        title="Too little noise, no slope",
    )
    return figure


def two_noises(gaussian: np.ndarray, ou: np.ndarray, std: float) -> Figure:
    """Draw a path of each noise, with the band of one standard deviation."""
    figure, axes = plt.subplots(1, 2, figsize=(8.5, 3.1), sharey=True)
    noises = {"Gaussian": (gaussian, ORANGE), "Ornstein-Uhlenbeck": (ou, BLUE)}
    for axis, (name, (path, colour)) in zip(axes, noises.items(), strict=True):
        axis.axhspan(-std, std, color=colour, alpha=0.12)
        axis.plot(path, color=colour, linewidth=1.3)
        axis.set(xlabel="step of an episode", title=name)
    axes[0].set_ylabel("noise (half ranges)")
    return figure


def step_lengths(with_root: dict, without: dict, duration: float) -> Figure:
    """Draw paths over one stretch of time, for several dt: with the root of dt, and without.

    with_root, without: dt -> path.
    """
    figure, axes = plt.subplots(1, 2, figsize=(8.5, 3.3), sharey=True)
    for axis, paths in zip(axes, (with_root, without), strict=True):
        for (dt, path), colour in zip(paths.items(), (BLUE, GREEN, PINK), strict=True):
            time = np.arange(0, duration, dt)
            axis.plot(time, path, color=colour, linewidth=0.9, label=f"dt = {dt:g}")
        axis.set_xlabel("time")
    axes[0].set(ylabel="noise (half ranges)", title="with the root: one size")
    axes[1].set_title("without it: the noise dies")
    axes[1].legend()
    return figure


def visits(reached: dict, most: int) -> Figure:
    """Draw the steps that were spent in each cell of angle and speed; most: in any of them.

    reached: name of a noise -> counts, [angle, speed].
    """
    figure, axes = plt.subplots(1, len(reached), figsize=(9, 3), sharey=True)
    for axis, (name, counts) in zip(axes, reached.items(), strict=True):
        image = axis.imshow(
            np.where(counts > 0, counts, np.nan).T,
            origin="lower",
            aspect="auto",
            extent=(-180, 180, -8, 8),
            cmap="viridis",
            norm=LogNorm(1, most),
        )
        axis.set_title(f"{name}\ncells reached: {np.sum(counts > 0)}", fontsize=10)
        axis.set_xticks([-90, 0, 90])
        axis.grid(False)
    figure.supxlabel("angle from hanging (degrees)", fontsize=10.5)
    axes[0].set_ylabel("speed (rad/s)")
    figure.colorbar(image, ax=axes, label="steps spent there", format="{x:,.0f}")
    return figure


def annealing(steps: np.ndarray, scales: list[float], noise: list[float]) -> Figure:
    """Draw the noise of single steps, and the scale that it has there."""
    figure, axis = plt.subplots(figsize=(8.5, 2.8))
    axis.plot(steps, noise, ".", color=ORANGE, markersize=4, label="noise of one step")
    axis.plot(steps, scales, color=BLUE, linewidth=2.5, label="its scale")
    axis.set(
        xlabel=f"environment step (one in {steps[1] - steps[0]} is drawn)",
        ylabel="half ranges",
        title="Annealed to a floor",
    )
    axis.xaxis.set_major_formatter("{x:,.0f}")
    axis.legend()
    return figure


def on_actions_and_weights(
    states: np.ndarray, mu: np.ndarray, dots: np.ndarray, episodes: list[np.ndarray]
) -> Figure:
    """Draw what an actor does, with noise on each action, and with noise on its weights."""
    figure, axes = plt.subplots(1, 2, figsize=(8.5, 3.3), sharey=True)
    axes[0].plot(states, dots, ".", color=ORANGE)
    axes[0].set(title="noise on the actions: each dot a step", xlabel="state", ylabel="action")
    for actions, colour in zip(episodes, (GREEN, PINK, BLUE), strict=True):
        axes[1].plot(states, actions, color=colour, linewidth=1.5)
    axes[1].set(title="noise on the weights: three episodes", xlabel="state")
    for axis in axes:
        axis.plot(states, mu, color="black", linewidth=2.5, label="$\\mu(s)$")
    axes[0].legend()
    return figure


def adaptation(sigmas: list[float], strayed: list[float], wanted: float) -> Figure:
    """Draw the noise on the weights as it adapts, and how far the actions stray."""
    figure, axes = plt.subplots(1, 2, figsize=(8.5, 3.3))
    axes[0].plot(sigmas, color=BLUE, linewidth=2.5)
    axes[0].set(
        xlabel="adaptation",
        ylabel="standard deviation of the noise",
        ylim=(0, None),
        title="What is set:\nthe noise on the weights",
    )
    axes[1].plot(strayed, ".", color=GREY, markersize=4, label="measured")
    axes[1].axhline(wanted, color=ORANGE, linewidth=2, label="wanted")
    axes[1].set(
        xlabel="adaptation",
        ylabel="distance of the actions\n(half ranges)",
        ylim=(0, None),
        title="What is asked for:\nhow far the actions stray",
    )
    axes[1].legend(loc="upper left")
    return figure
