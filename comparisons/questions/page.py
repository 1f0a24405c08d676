"""The page of questions and answers, in Markdown."""

import re


def page(data: dict) -> str:
    """Return the page: every theme a heading, under it its questions."""
    themes = data["themes"]
    total = sum(len(theme["answers"]) for theme in themes)
    opening = (
        f"{total} questions asked in public, most of them in issue trackers, about the gradient "
        f"of the DDPG actor and what surrounds it. Each is answered by an experiment of this run: "
        f"first the verdict, then the numbers that it follows from."
    )
    contents = [f"- {theme['title']}: {numbers(theme)}" for theme in themes]
    sections = [section(theme) for theme in themes]
    return "\n\n".join([opening, "\n".join(contents), *sections])


def numbers(theme: dict) -> str:
    """Return the numbers of a theme's questions, as in "1, 2, 5"."""
    return ", ".join(str(answer["number"]) for answer in theme["answers"])


def section(theme: dict) -> str:
    """Return one theme."""
    return "\n\n".join([f"## {theme['title']}", *map(question, theme["answers"])])


def question(answer: dict) -> str:
    """Return one question: verdict first, then the measurements, the paragraph, the threads."""
    merits = [f"| {name} | {shown(value)} |" for name, value in answer["figures_of_merit"].items()]
    table = "\n".join(["| measured | |", "|---|---:|", *merits])
    threads = "; ".join(map(link, answer["threads"]))
    heading = f"### {answer['number']}. {answer['question']}"
    verdict = f"**{answer['verdict']}**"
    return "\n\n".join([heading, verdict, table, answer["answer"], f"Asked in: {threads}."])


def shown(value) -> str:
    """Return a number with four significant digits, integers in full."""
    if isinstance(value, int) or (float(value).is_integer() and abs(value) < 1e6):
        return f"{value:,.0f}"
    return f"{value:.4g}"


def link(thread: str) -> str:
    """Return "owner/repo #n" as a link to that thread; other names as they are."""
    found = re.fullmatch(r"([\w.-]+/[\w.-]+) #(\d+)", thread)
    if not found:
        return thread
    repository, number = found.groups()
    return f"[{thread}](https://github.com/{repository}/issues/{number})"
