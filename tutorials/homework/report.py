"""What a teacher reads: a page for each student, a table and a picture of the class."""

import csv
import os
import re
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from urllib.parse import quote

import matplotlib.pyplot as plt
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from ddpg_tf.sandbox.cleaning import clean
from tutorials.homework.grade import Question, Result

UTF_8 = {"encoding": "utf-8", "errors": "backslashreplace"}
KNOWN, OTHER = "#D55E00", "#999999"


def prepare(out: Path) -> None:
    """Make the folder for the reports. Raises ValueError, or OSError, if that cannot be."""
    if out.exists() and not out.is_dir():
        raise ValueError(f"{str(out)!r} is a file; give a folder for the reports with --out")
    (out / "students").mkdir(parents=True, exist_ok=True)


def write_reports(
    results: Sequence[Result], title: str, out: Path, missing: Sequence[str] = ()
) -> None:
    """Write students/NAME.md, summary.csv, summary.md and mistakes.png to `out`.

    missing: who is on the roster and handed in nothing. The pages of a former report there are
    removed: its students may have been others.
    """
    prepare(out)
    if (out / "summary.csv").is_file():
        for page in (out / "students").glob("*.md"):
            page.unlink()
    for result in results:
        page = out / "students" / f"{result.student}.md"
        page.write_text(student_page(result, title), **UTF_8)
    write_table(results, out / "summary.csv")
    (out / "summary.md").write_text(class_page(results, title, missing), **UTF_8)
    figure = class_figure(results, title)
    figure.savefig(out / "mistakes.png", dpi=130)
    plt.close(figure)


def student_page(result: Result, title: str) -> str:
    """The Markdown page for one student: points, then each mistake with its hint."""
    lines = [f"# {title}: {literal(clean(result.student))}", "", f"**{points(result)} points**", ""]
    lines += ["| question | points |", "|---|---|"]
    lines += [f"| {heading(q.name)} | {points(q)} |" for q in result.questions]
    wrong = [item for q in result.questions if q.score < q.points for item in to_look_at(q)]
    if wrong:
        lines += ["", "## What to look at", "", *wrong]
    if result.problems:
        lines += ["", "## The file and its cells" if result.was_run else "## Not graded", ""]
        lines += [f"- {literal(problem)}" for problem in result.problems]
    return "\n".join(lines) + "\n"


def to_look_at(question: Question) -> list[str]:
    """List items: what is wrong by its name, then all other failures, with further lines."""
    named = {**question.mistakes, **question.findings}
    texts = [f"**{name.replace('_', ' ')}**. {text}" for name, text in named.items()]
    items = []
    for text in [*texts, *question.remarks]:
        first, *further = literal(text).splitlines() or [""]
        items += [f"- {heading(question.name)}: {first}", *(f"  - {line}" for line in further)]
    return items


def heading(name: str) -> str:
    """A question's number and title, of a name such as `q4_bellman_targets`."""
    found = re.fullmatch(r"q(\d+)_(\w+)", name)
    return f"Question {found[1]}, {found[2].replace('_', ' ')}" if found else f"`{name}`"


def literal(text: str) -> str:
    """Escape the text so that Markdown sees no tags of HTML in it, no links and no pictures."""
    return re.sub(r"<(?=[A-Za-z/!?])|\](?=[(\[:])", r"\\\g<0>", text)


def points(item: Question | Result) -> str:
    """ "3 of 4" for a question or a result."""
    return f"{item.score:g} of {item.points:g}"


def write_table(results: Sequence[Result], path: Path) -> None:
    """Write a row for each student: the sum, each question, mistakes, findings, problems."""
    names = list(dict.fromkeys(q.name for result in results for q in result.questions))
    with path.open("w", newline="", **UTF_8) as file:
        table = csv.writer(file)
        header = ["student", "score", "points", *names, "mistakes", "findings", "problems"]
        table.writerow(header)
        for result in results:
            scores = {q.name: f"{q.score:g}" for q in result.questions}
            row = [result.student, f"{result.score:g}", f"{result.points:g}"]
            row += [scores.get(name, "") for name in names]
            row += [" ".join(mistakes(result)), " ".join(findings(result))]
            table.writerow(map(no_formula, [*row, " | ".join(result.problems)]))


def no_formula(cell: str) -> str:
    """A cell's text, so that no spreadsheet takes it for something to compute. Scores are never
    negative.
    """
    return f"'{cell}" if cell.startswith(("=", "+", "-", "@")) else cell


def mistakes(result: Result) -> list[str]:
    """A student's mistakes, as question:mistake."""
    return [f"{q.name}:{name}" for q in result.questions for name in q.mistakes]


def findings(result: Result) -> list[str]:
    """What else was found, as question:finding."""
    return [f"{q.name}:{name}" for q in result.questions for name in q.findings]


def others(result: Result) -> list[str]:
    """What a student did wrong that is no known mistake: findings, else the question's name."""
    run = result.questions if result.was_run else []
    return [*findings(result), *(q.name for q in run if q.is_unnamed)]


def class_page(results: Sequence[Result], title: str, missing: Sequence[str] = ()) -> str:
    """The Markdown page of the class."""
    mean = sum(result.score for result in results) / len(results)
    lines = [f"# {title}: {counted(results)}", ""]
    not_graded = [result for result in results if result.problems and not result.was_run]
    zeros = f", {len(not_graded)} not graded counted as 0" if not_graded else ""
    lines += [f"Mean {mean:.1f} of {full_marks(results):g} points{zeros}.", ""]
    lines += ["![Points, and how many made which mistake](mistakes.png)", ""]
    lines += ["| student | points | mistakes | problems |", "|---|---|---|---|"]
    lines += [class_row(result) for result in results]
    if not_graded:
        lines += ["", "## Not graded", ""]
        lines += [f"- {link(r.student)}: {literal(r.problems[0])}" for r in not_graded]
    if missing:
        lines += ["", "## Nothing handed in", "", *(f"- {literal(clean(who))}" for who in missing)]
    lines += ["", "## By question", "", "| question | mean | full marks |", "|---|---|---|"]
    for name in dict.fromkeys(q.name for result in results for q in result.questions):
        those = [q for result in results for q in result.questions if q.name == name]
        full = sum(q.score == q.points for q in those)
        average = sum(q.score for q in those) / len(those)
        lines.append(f"| {heading(name)} | {average:.1f} of {those[0].points:g} | {full} |")
    return "\n".join(lines) + "\n"


def full_marks(results: Sequence[Result]) -> float:
    """The points that there are; a submission without a variant of its own has no questions."""
    return max(result.points for result in results)


def counted(results: Sequence[Result]) -> str:
    """ "1 submission" or "2 submissions"."""
    return f"{len(results)} submission{'s' * (len(results) != 1)}"


def class_row(result: Result) -> str:
    """A student's row of the table."""
    named = [name.partition(":")[2] for name in mistakes(result) + findings(result)]
    count = len(result.problems) or ""
    return f"| {link(result.student)} | {points(result)} | {', '.join(named)} | {count} |"


def link(student: str) -> str:
    """The Markdown link to a student's page."""
    text = re.sub(r"[\[\]\\|<]", r"\\\g<0>", clean(student))
    return f"[{text}](students/{quote(os.fsencode(student))}.md)"


def label(name: str) -> str:
    """A bar's label, such as `4 bellman targets: column`, of question:mistake or a question."""
    return name.replace(":", ": ").replace("_", " ").removeprefix("q")


def class_figure(results: Sequence[Result], title: str) -> Figure:
    """Draw a histogram of the points beside one of the mistakes, the most frequent on top.

    What is not a known mistake stands below, in grey; without a name, under that of its question.
    """
    known = Counter(name for result in results for name in mistakes(result)).most_common(20)
    other = Counter(name for result in results for name in others(result)).most_common(10)
    counts = [*known, *other]
    height = max(3.2, 0.9 + 0.3 * len(counts))
    figure, (left, right) = plt.subplots(
        1, 2, figsize=(11, height), width_ratios=(1, 1.3), layout="constrained"
    )
    full = int(full_marks(results))
    left.hist(
        [result.score for result in results],
        bins=[edge - 0.5 for edge in range(full + 2)],
        color="#0072B2",
        edgecolor="white",
    )
    left.set(xlabel=f"points of {full}", ylabel="students", title=title)
    labels = [label(name) for name, _ in counts]
    colors = [KNOWN] * len(known) + [OTHER] * len(other)
    right.barh(range(len(counts)), [count for _, count in counts], color=colors)
    right.set_yticks(range(len(counts)), labels)
    right.set_ylim(max(len(counts), 5) - 0.5, -0.5)
    above = "Mistakes (grey: without a name)" if other else "Mistakes"
    right.set(xlabel="students", title=above if counts else "No mistakes")
    for axis in (left.yaxis, right.xaxis):
        axis.set_major_locator(MaxNLocator(integer=True))
    return figure
