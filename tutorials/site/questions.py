"""A page for each of the public questions, cut from the page that `comparisons questions` wrote."""

import re
from pathlib import Path

from tutorials.site.also_asked import ALSO_ASKED

WHOLE = "results/questions/README.md"
QUESTION = re.compile(r"^### (\d+)\. (.*)\n((?:.|\n(?!#|!\[))*)", re.M)
"""Number, title and answer. The next heading, or the figure, is no part of it."""
NUMBER = re.compile(r"(?:(?<=question )|(?<=Question ))\d{1,2}\b")


def split(texts: dict[str, str], root: Path) -> dict[str, str]:
    """The whole page with links in place of its answers, and the page of each question."""
    whole = texts[WHOLE]
    names = names_of_answers(root)
    found = {int(number): (title, answer) for number, title, answer in QUESTION.findall(whole)}
    if found.keys() != names.keys():
        raise ValueError(f"{WHOLE} has the questions {sorted(found)}, answers/ {sorted(names)}")

    def link(question: re.Match) -> str:
        return f"- {question[1]}: [{question[2]}]({names[int(question[1])]}.md)\n"

    below = "\n".join(names[number] for number in found)
    contents = f"\n```{{toctree}}\n:hidden:\n\n{below}\n```\n"
    pages = {
        f"results/questions/{names[number]}.md": page(number, title, answer, names)
        for number, (title, answer) in found.items()
    }
    return pages | {WHOLE: QUESTION.sub(link, whole) + contents}


def names_of_answers(root: Path) -> dict[int, str]:
    """Number of each question -> its name, by which its page is found however they are counted."""
    answers = (root / "comparisons" / "questions" / "answers").glob("*.md")
    parts = [path.stem.partition("_") for path in answers]
    return {int(number): name for number, _, name in parts}


def page(number: int, title: str, answer: str, names: dict[int, str]) -> str:
    """The page of one question; the questions that its answer names are linked."""
    linked = NUMBER.sub(lambda found: f"[{found[0]}]({names[int(found[0])]}.md)", answer)
    also = "\n".join(f"- {words}" for words in ALSO_ASKED[names[number]])
    return (
        f"# {title}\n{linked}\n\nAlso asked as:\n\n{also}\n\n"
        f"This is question {number} of [{len(names)}](README.md), "
        "each answered by an experiment: `python -m comparisons questions`.\n"
    )
