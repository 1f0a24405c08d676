"""What a teacher reads: a page for each student, a table and a picture of the class."""

import csv
from collections import Counter
from pathlib import Path

import matplotlib.pyplot as plt
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator


def write_reports(results, title: str, out: Path) -> None:
    """Write students/NAME.md, summary.csv, summary.md and mistakes.png to `out`."""
    (out / "students").mkdir(parents=True, exist_ok=True)
    for result in results:
        (out / "students" / f"{result.student}.md").write_text(student_page(result, title))
    write_table(results, out / "summary.csv")
    (out / "summary.md").write_text(class_page(results, title))
    figure = class_figure(results, title)
    figure.savefig(out / "mistakes.png", dpi=130)
    plt.close(figure)


def student_page(result, title: str) -> str:
    """Return the Markdown page for one student: points, then each mistake with its hint."""
    lines = [f"# {title}: {result.student}", "", f"**{points(result)} points**", ""]
    lines += ["| question | points |", "|---|---|"]
    lines += [f"| `{q.name}` | {points(q)} |" for q in result.questions]
    wrong = [q for q in result.questions if q.score < q.points]
    if wrong:
        lines += ["", "## What to look at", ""]
    for q in wrong:
        named = [f"**{name.replace('_', ' ')}**. {hint}" for name, hint in q.mistakes.items()]
        lines += [f"- `{q.name}`: {text}" for text in named or q.remarks[-1:]]
    if result.problems:
        lines += ["", "## While running the notebook", ""]
        lines += [f"- {problem}" for problem in result.problems]
    return "\n".join(lines) + "\n"


def points(item) -> str:
    """Return "3 of 4" for a question or a result."""
    return f"{item.score:g} of {item.points:g}"


def write_table(results, path: Path) -> None:
    """Write one row a student: the sum, each question, mistakes and problems."""
    names = list(dict.fromkeys(q.name for result in results for q in result.questions))
    with path.open("w", newline="") as file:
        table = csv.writer(file)
        table.writerow(["student", "score", "points", *names, "mistakes", "problems"])
        for result in results:
            scores = {q.name: f"{q.score:g}" for q in result.questions}
            row = [result.student, f"{result.score:g}", f"{result.points:g}"]
            row += [scores.get(name, "") for name in names]
            table.writerow([*row, " ".join(mistakes(result)), " | ".join(result.problems)])


def mistakes(result) -> list[str]:
    """Return a student's mistakes, as question:mistake."""
    return [f"{q.name}:{name}" for q in result.questions for name in q.mistakes]


def class_page(results, title: str) -> str:
    """Return the Markdown page of the class."""
    mean = sum(result.score for result in results) / len(results)
    lines = [f"# {title}: {len(results)} submissions", ""]
    lines += [f"Mean {mean:.1f} of {results[0].points:g} points.", ""]
    lines += ["![Points, and how many made which mistake](mistakes.png)", ""]
    lines += ["| student | points | mistakes | problems |", "|---|---|---|---|"]
    for result in results:
        named = ", ".join(name.partition(":")[2] for name in mistakes(result))
        page = f"[{result.student}](students/{result.student}.md)"
        problems = f"{len(result.problems)}" if result.problems else ""
        lines.append(f"| {page} | {points(result)} | {named} | {problems} |")
    lines += ["", "## By question", "", "| question | mean | full marks |", "|---|---|---|"]
    for name in dict.fromkeys(q.name for result in results for q in result.questions):
        those = [q for result in results for q in result.questions if q.name == name]
        full = sum(q.score == q.points for q in those)
        average = sum(q.score for q in those) / len(those)
        lines.append(f"| `{name}` | {average:.1f} of {those[0].points:g} | {full} |")
    return "\n".join(lines) + "\n"


def class_figure(results, title: str) -> Figure:
    """Return a histogram of the points beside one of the mistakes, the most frequent on top."""
    counts = Counter(name for result in results for name in mistakes(result)).most_common(20)
    height = max(3.2, 0.9 + 0.3 * len(counts))
    figure, (left, right) = plt.subplots(
        1, 2, figsize=(11, height), width_ratios=(1, 1.3), layout="constrained"
    )
    full = int(max(result.points for result in results))
    left.hist(
        [result.score for result in results],
        bins=[edge - 0.5 for edge in range(full + 2)],
        color="#0072B2",
        edgecolor="white",
    )
    left.set(xlabel=f"points of {full}", ylabel="students", title=title)
    labels = [name.replace(":", ": ").replace("_", " ") for name, _ in counts]
    right.barh(range(len(counts)), [count for _, count in counts], color="#D55E00")
    right.set_yticks(range(len(counts)), labels)
    right.set_ylim(max(len(counts), 5) - 0.5, -0.5)
    right.set(xlabel="students", title="Mistakes" if counts else "No known mistakes")
    for axis in (left.yaxis, right.xaxis):
        axis.set_major_locator(MaxNLocator(integer=True))
    return figure
