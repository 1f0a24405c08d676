"""An exception as the rules of `advice.py` look at it, and what such a rule is made of."""

import re
from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True)
class Trouble:
    """An exception."""

    kind: str
    """The name of its class."""
    text: str
    """Its whole message, in one line."""
    files: tuple[str, ...]
    """The files that it came through, the outermost first."""


@dataclass(frozen=True)
class Advice:
    """One way in which code cannot run, and what to do about it."""

    name: str
    fits: Callable[[Trouble], bool]
    text: str


def says(pattern: str, *kinds: str) -> Callable[[Trouble], bool]:
    """Whether the message holds that regular expression, and the class is one of `kinds`, if any
    are given."""
    found = re.compile(pattern)
    return lambda trouble: (
        (not kinds or trouble.kind in kinds) and found.search(trouble.text) is not None
    )
