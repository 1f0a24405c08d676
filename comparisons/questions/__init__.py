"""Questions that people asked in public about this gradient, each answered by an experiment.

One module a theme. A theme has a `TITLE` and `QUESTIONS`, a tuple of functions in the order of
their numbers, one a question:

    answer(quick) -> dict

        number            int, 1 to 22
        question          str, the question in our own words, ending in "?"
        threads           list of "owner/repo #n" (or another site's name and number)
        figures_of_merit  dict, what was measured, in words with its unit -> int or finite float
        difference        {"ratio": float >= 0, "of": str}: the size of what the question is about,
                          one ratio of two of those measurements. 1: it makes no difference.
                          `of` names both, short enough for a figure's label (60 characters)
        verdict           str, one sentence chosen by the numbers: other numbers, other words
        answer            str, one paragraph in plain words, its numbers measured here too

`quick` makes an experiment smaller, never different. A theme's functions take at most some two
seconds together when quick. Everything is seeded. Helpers stand in the theme's module (small ones)
or in a module of the package whose name is no theme.
"""

from importlib import import_module

from comparisons.questions.overview import overview
from comparisons.questions.page import page

THEMES = (
    "mean_or_sum",
    "chain_rule",
    "graphs",
    "critics",
    "exploration",
    "normalization",
    "learning",
)
"""The modules of this package that hold questions, in reading order."""


def run(quick, track) -> dict:
    """Return every theme's title and answers."""
    themes = [import_module(f"{__name__}.{theme}") for theme in THEMES]
    questions = [(theme, question) for theme in themes for question in theme.QUESTIONS]
    answers = {theme: [] for theme in themes}
    for theme, question in track(questions, "questions"):
        answers[theme].append(question(quick))
    return {"themes": [{"title": t.TITLE, "answers": found} for t, found in answers.items()]}


def figures(data: dict) -> dict:
    """Return one figure: what difference each question's subject makes."""
    return {"questions": overview(data)}


def finding(data: dict) -> str:
    """Return the page of questions and answers."""
    return page(data)
