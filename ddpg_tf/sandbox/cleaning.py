"""Text from outside made fit for a line of a report."""

import re
import unicodedata

ESCAPES = re.compile(
    r"\x1b(?:\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\)?|[ -/]*[0-~])|\x9b[0-?]*[ -/]*[@-~]"
)
"""What colours a terminal, moves its cursor or sets its title (ECMA-48)."""
TURNS_TEXT = re.compile("[\u200e\u200f\u202a-\u202e\u2066-\u2069]")
"""Characters that reverse the direction of what follows."""


def clean(text: str) -> str:
    """Put the text in one line, without control characters, that UTF-8 can hold."""
    text = TURNS_TEXT.sub("", ESCAPES.sub("", text))
    text = "".join(" " if unicodedata.category(c) == "Cc" else c for c in text)
    return " ".join(text.encode("utf-8", "backslashreplace").decode().split())
