"""The figure: what difference each question's subject makes, as one ratio a question."""

from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter

SAME = 0.01
"""Ratios within this of 1 count as no difference, in the figure's title and colours."""

COLOURS = {"no difference": "#0072B2", "a difference": "#D55E00"}


def overview(data: dict) -> Figure:
    """Draw the ratio of every question on a logarithmic axis; zeros as arrows that point off it."""
    answers = [answer for theme in data["themes"] for answer in theme["answers"]]
    answers.sort(key=lambda answer: answer["number"])
    ratios = [answer["difference"]["ratio"] for answer in answers]
    positive = [ratio for ratio in ratios if ratio > 0]
    left, right = min([*positive, 0.1]) / 4, max([*positive, 10]) * 6
    figure = Figure(figsize=(11, 1.4 + 0.34 * len(answers)), layout="constrained")
    axis = figure.subplots()
    axis.set_xscale("log")
    for row, ratio in enumerate(ratios):
        draw_row(axis, row, ratio, left)
    axis.axvline(1, color="0.3", linewidth=1)
    axis.set_xlim(left / 5, right)
    axis.set_ylim(len(answers) - 0.4, -0.6)
    labels = [f"{answer['difference']['of']}   {answer['number']:2}" for answer in answers]
    axis.set_yticks(range(len(answers)), labels, fontsize=8.5)
    axis.set_ylabel("question")
    axis.set_xlabel("measured ratio, logarithmic (1: no difference; arrow: 0, off the axis)")
    axis.xaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:,g}"))
    axis.grid(axis="x", alpha=0.3)
    axis.set_title(title(answers))
    return figure


def title(answers: list[dict]) -> str:
    """Return how many ratios are 1, how many 0, and which is the largest."""
    ratios = [answer["difference"]["ratio"] for answer in answers]
    same = sum(is_same(ratio) for ratio in ratios)
    largest = max(answers, key=lambda answer: answer["difference"]["ratio"])
    return (
        f"What {len(answers)} questions turn on: {same} make no difference (a ratio of 1 within "
        f"{SAME:.0%}),\n{ratios.count(0)} leave nothing (0), the largest ratio is "
        f"{shown(max(ratios))} (question {largest['number']})"
    )


def is_same(ratio: float) -> bool:
    """Return whether the ratio is 1 within SAME."""
    return abs(ratio - 1) < SAME


def draw_row(axis, row: int, ratio: float, left: float) -> None:
    """Draw a stem from 1 to the ratio; its mark is filled for a difference, hollow for none."""
    kind = "no difference" if is_same(ratio) else "a difference"
    value = max(ratio, left)
    axis.plot([1, value], [row, row], color=COLOURS[kind], linewidth=2)
    fill = "white" if is_same(ratio) else COLOURS[kind]
    mark = "o" if ratio > 0 else "<"
    axis.plot(value, row, mark, color=COLOURS[kind], markerfacecolor=fill, markersize=7, zorder=3)
    below = ratio < 1 and not is_same(ratio)
    offset, side = ((-8, 0), "right") if below else ((8, 0), "left")
    where = {"xytext": offset, "textcoords": "offset points", "ha": side, "va": "center"}
    axis.annotate(shown(ratio), (value, row), fontsize=8.5, **where)


def shown(ratio: float) -> str:
    """Return the ratio with three significant digits."""
    return f"{ratio:,.0f}" if ratio >= 100 else f"{ratio:.3g}"
