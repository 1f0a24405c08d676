"""Questions that a master takes over, whole: text, solution, checks, hidden tests.

It may borrow one from another assignment: `<!-- question of replay: soft_update -->` says where it
is to stand. The tests import what they need from the other assignment, so that nothing is there
twice. And an overlay's questions take the places of others.
"""

import re
from collections.abc import Callable
from itertools import count
from pathlib import Path

QUESTION = re.compile(
    r"<!-- #raw -->\n# BEGIN QUESTION\nname: q(?P<number>\d+)_(?P<name>\w+)"
    r".*?# END QUESTION\n<!-- #endraw -->\n",
    re.DOTALL,
)
"""A question in a master."""
BORROWED = re.compile(r"<!-- question of (?P<assignment>\w+): (?P<name>\w+) -->\n")
TESTED_BY = re.compile(r"from tutorials\.homework\.(\w+) import")


def with_borrowed(text: str, master_of: Callable[[str], str]) -> str:
    """A master's text with the questions that it borrows, all numbered in their order.

    master_of: the text of the master of an assignment. Raises ValueError for a question that is
    not there.
    """
    if not BORROWED.search(text):
        return text

    def taken(found: re.Match) -> str:
        for question in QUESTION.finditer(master_of(found["assignment"])):
            if question["name"] == found["name"]:
                return question[0]
        raise ValueError(f"{found['assignment']} has no question {found['name']!r} to be borrowed")

    numbers = count(1)
    text = BORROWED.sub(taken, text)
    return QUESTION.sub(lambda question: renumbered(question[0], next(numbers)), text)


def renumbered(question: str, number: int) -> str:
    """A question with another number, in its name and in its heading."""
    question = re.sub(r"^name: q\d+_", f"name: q{number}_", question, count=1, flags=re.MULTILINE)
    return re.sub(r"^### Question \d+", f"### Question {number}", question, flags=re.MULTILINE)


def parts_of(text: str) -> list[str]:
    """The assignments whose tests a master's questions use, by name."""
    return sorted(set(TESTED_BY.findall(text)))


def with_overlay(text: str, own: Path | None) -> str:
    """A master with the questions of an overlay: each in place of the one of its number, or last.

    own: the overlay's folder for the assignment, with `questions.md` (questions as in a master) and
    maybe `own_checks.py` and `own_hidden.py`, which their tests import.
    """
    if own is None or not (own / "questions.md").is_file():
        return text
    for block in QUESTION.finditer((own / "questions.md").read_text()):
        there = list(QUESTION.finditer(text))
        same = [found for found in there if found["number"] == block["number"]]
        start, end = same[0].span() if same else (there[-1].end(), there[-1].end())
        text = text[:start] + ("" if same else "\n") + block[0] + text[end:]
    if (own / "own_checks.py").is_file():
        text = text.replace("  - checking.py\n", "  - checking.py\n  - own_checks.py\n", 1)
    return text
