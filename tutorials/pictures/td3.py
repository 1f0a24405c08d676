"""The pictures of notebook 9."""

from collections.abc import Callable

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.figure import Figure
from page import BLUE, GREEN, GREY, ORANGE, PINK


def landscape(q1: Callable, q2: Callable, found: float) -> Figure:
    """Draw two critics of a task whose Q is 0, and the action that climbing the first has found."""
    line = np.linspace(-1, 1, 201)
    figure, axis = plt.subplots()
    smaller = np.minimum(q1(line), q2(line))
    axis.plot(line, smaller, color=GREEN, linewidth=9, alpha=0.3, label="the smaller of both")
    axis.plot(line, q1(line), color=ORANGE, linewidth=2.2, label="critic 1, which the actor climbs")
    axis.plot(line, q2(line), color=BLUE, linewidth=2.2, label="critic 2")
    axis.axhline(0, color="black", linewidth=1.2, label="the truth")
    axis.plot(0, q1(0.0), "o", color=GREY, label="start")
    axis.plot([found, found], [q1(found), q2(found)], color=GREY, linestyle=":")
    axis.plot(found, q1(found), "o", color=ORANGE, markersize=10)
    axis.plot(found, q2(found), "o", color=BLUE, markersize=10)
    axis.set(
        xlabel="action", ylabel="$Q$", title="The actor finds a place where its critic errs upwards"
    )
    figure.legend(loc="outside lower center", ncols=3)
    return figure


def many_landscapes(values: dict[str, list[float]], jitter: np.ndarray) -> Figure:
    """Draw what was believed of the action found, a dot a landscape, and the means as bars.

    jitter: heights of the dots about their row, [landscapes].
    """
    figure, axis = plt.subplots(figsize=(8.5, 3))
    for row, (found, colour) in enumerate(zip(values.values(), (ORANGE, BLUE, GREEN), strict=True)):
        axis.plot(found, row + jitter, ".", color=colour, alpha=0.4, markersize=5)
        mean = np.mean(found)
        axis.plot([mean, mean], [row - 0.38, row + 0.38], color="black", linewidth=3)
        axis.text(3.75, row, f"mean {mean:+.2f}", va="center")
    axis.axvline(0, color=GREY, linewidth=1.2)
    axis.set_yticks(range(len(values)), list(values))
    axis.set(xlim=(-3.3, 5.2), xlabel="value of the action that the actor found (truth: 0)")
    axis.set_title("Climbing makes an overestimate; the minimum takes it back")
    axis.invert_yaxis()
    return figure


def fed_back(errors: dict[str, np.ndarray]) -> Figure:
    """Draw the error of Q over rounds of bootstrapping, for each target."""
    figure, axis = plt.subplots(figsize=(8.5, 3.2))
    for (name, error), colour in zip(errors.items(), (ORANGE, GREEN), strict=True):
        axis.plot(error, color=colour, linewidth=2.2, label=name)
    axis.axhline(0, color="black", linewidth=1)
    axis.set(
        xlabel="rounds of bootstrapping",
        ylabel="error of $Q$\n(standard deviations of one critic)",
        title="A constant error, fed back",
    )
    axis.legend()
    return figure


def who_moves_when(delay: int, updates: int = 16) -> Figure:
    """Draw the updates at which critics, actor and target networks move."""
    figure, axis = plt.subplots(figsize=(8.5, 2.1))
    ticks = np.arange(1, updates + 1)
    for row, (every, colour) in enumerate(((1, BLUE), (delay, ORANGE), (delay, GREEN))):
        at = ticks[ticks % every == 0]
        axis.plot(at, np.full(len(at), -row), "s", color=colour, markersize=11)
    axis.set_yticks([0, -1, -2], ["critics", "actor", "target networks"])
    axis.set_xticks(ticks)
    axis.set(xlabel="update", ylim=(-2.6, 0.6), title="Who moves when")
    return figure


def smoothing(line: np.ndarray, critic: np.ndarray, smoothed: np.ndarray) -> Figure:
    """Draw a critic with a narrow peak, and its mean under the noise on the action."""
    figure, axis = plt.subplots()
    axis.plot(line, critic, color=ORANGE, linewidth=2, label="the critic")
    axis.plot(line, smoothed, color=BLUE, linewidth=2.5, label="the critic, seen through the noise")
    for values, colour in ((critic, ORANGE), (smoothed, BLUE)):
        top = values.argmax()
        axis.plot(line[top], values[top], "o", color=colour, markersize=9)
    axis.set(xlabel="action", ylabel="$Q$", title="A narrow peak earns little")
    axis.legend(loc="lower left")
    return figure


def returns(histories: dict[str, list[dict]]) -> Figure:
    """Draw the returns without noise of two trainings."""
    figure, axis = plt.subplots()
    for (name, history), colour in zip(histories.items(), (ORANGE, BLUE), strict=True):
        steps = [row["step"] for row in history]
        means = [row["eval_return_mean"] for row in history]
        axis.plot(steps, means, "o-", color=colour, label=name.upper())
    axis.set(
        xlabel="environment steps",
        ylabel="return without noise",
        title="One seed each: no contest is decided by this",
    )
    axis.xaxis.set_major_formatter("{x:,.0f}")
    axis.legend()
    return figure


def beliefs(measured: dict[str, tuple[np.ndarray, np.ndarray]]) -> Figure:
    """Draw what each critic says over the measured return, a dot a state.

    measured: name -> (Q, discounted returns).
    """
    figure, axes = plt.subplots(1, 2, figsize=(8.5, 4.2), sharex=True, sharey=True)
    for axis, (name, (q, true)), colour in zip(axes, measured.items(), (ORANGE, BLUE), strict=True):
        axis.axhspan(0, 50, color=PINK, alpha=0.12, linewidth=0)
        axis.plot(true, q, "o", color=colour, markersize=5, alpha=0.3, markeredgewidth=0)
        low = min(true.min(), q.min())
        axis.plot([low, 0], [low, 0], color="black", linewidth=1)
        axis.set(
            xlabel="discounted return from here",
            ylim=(1.1 * low, 50),
            title=f"{name.upper()}: {np.mean(q > true):.0%} of the states lie above\n"
            f"error: mean {np.mean(q - true):+.1f}, median {np.median(q - true):+.1f}",
        )
    axes[0].set_ylabel("what the critic says")
    axes[0].text(0.03, 0.9, "certainly too much", transform=axes[0].transAxes)
    axes[0].text(0.12, 0.65, "too much", transform=axes[0].transAxes)
    axes[0].text(0.6, 0.3, "too little", transform=axes[0].transAxes)
    return figure
