"""The figure: what difference each question's subject makes, as one ratio a question."""

from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter

SAME = 0.01
"""Ratios within this of 1 count as no difference, in the figure's title and colours."""

COLOURS = {"no difference": "#0072B2", "a difference": "#D55E00"}


def overview(data: dict) -> Figure:
    """Draw the ratio of every question on a logarithmic axis; zeros at the left edge."""
    answers = [answer for theme in data["themes"] for answer in theme["answers"]]
    answers.sort(key=lambda answer: answer["number"])
    ratios = [answer["difference"]["ratio"] for answer in answers]
    positive = [ratio for ratio in ratios if ratio > 0]
    left, right = min([*positive, 0.1]) / 4, max([*positive, 10]) * 12
    figure = Figure(figsize=(11, 1.4 + 0.36 * len(answers)), layout="constrained")
    axis = figure.subplots()
    for row, (answer, ratio) in enumerate(zip(answers, ratios, strict=True)):
        draw_row(axis, row, ratio, left)
        label = f" {shown(ratio)}"
        axis.text(max(ratio, left, 1), row, label, va="center", fontsize=8.5)
    axis.axvline(1, color="0.3", linewidth=1)
    axis.set_xscale("log")
    axis.set_xlim(left / 1.6, right)
    axis.set_ylim(len(answers) - 0.4, -0.6)
    labels = [f"{answer['difference']['of']}   {answer['number']}" for answer in answers]
    axis.set_yticks(range(len(answers)), labels, fontsize=8.5)
    axis.set_ylabel("question")
    axis.set_xlabel("measured ratio (1: no difference; the left edge: 0)")
    axis.xaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
    axis.grid(axis="x", alpha=0.3)
    same = sum(is_same(ratio) for ratio in ratios)
    axis.set_title(
        f"{len(ratios) - same} of {len(ratios)} questions are about something that makes a "
        f"difference, {same} are not"
    )
    return figure


def is_same(ratio: float) -> bool:
    """Return whether the ratio is 1 within SAME."""
    return abs(ratio - 1) < SAME


def draw_row(axis, row: int, ratio: float, left: float) -> None:
    """Draw a stem from 1 to the ratio, with a filled mark for a difference and a hollow for none."""
    kind = "no difference" if is_same(ratio) else "a difference"
    value = max(ratio, left)
    axis.plot([1, value], [row, row], color=COLOURS[kind], linewidth=2)
    fill = "white" if is_same(ratio) else COLOURS[kind]
    axis.plot(value, row, "o", color=COLOURS[kind], markerfacecolor=fill, markersize=7)


def shown(ratio: float) -> str:
    """Return the ratio with three significant digits."""
    return f"{ratio:,.0f}" if ratio >= 100 else f"{ratio:.3g}"
