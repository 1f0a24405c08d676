"""What the command line shows while it works, and how it reads tyro's reports of errors."""

import os
import re
import shutil
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn


@contextmanager
def progress_bar(description: str, total: int, shown: bool = True) -> Iterator[Callable[..., None]]:
    """Yield `advance(steps, note)`: steps done since the last call, and a note to show.

    The bar tells steps a second, the note and the time left. There is none if it is not to be
    `shown` or if stderr is not a terminal.
    """
    console = Console(stderr=True)
    if not (shown and console.is_terminal):
        yield lambda steps, note=None: None
        return
    bar = Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        TextColumn("{task.completed:,.0f}/{task.total:,.0f} steps"),
        TextColumn("{task.fields[speed]}"),
        TextColumn("{task.fields[note]}"),
        TimeRemainingColumn(),
        console=console,
        speed_estimate_period=10,
    )
    with bar:
        task = bar.add_task(description, total=total, note="", speed="")

        def advance(steps: int, note: str | None = None) -> None:
            speed = bar.tasks[0].speed
            fields: dict[str, Any] = {"speed": f"{speed:,.0f}/s"} if speed else {}
            if note is not None:
                fields["note"] = note
            # a note at once: what it tells of may keep everything else waiting
            bar.update(task, advance=steps, refresh=note is not None, **fields)

        yield advance


def report_in_one_line(framed: str) -> str:
    """What one of tyro's framed error reports says: its message, and options of similar names.

    The first line holds the title. Then come paragraphs with rules between them.
    """
    message, *others = paragraphs(framed)
    # a value that a config refuses is reported under tyro's internal name for the whole config
    said = [re.sub(r"Error parsing __tyro\S* ", "", " ".join(message)).rstrip(".")]
    for paragraph in others:
        if paragraph[0].startswith("Perhaps you meant"):
            options = [
                line.split()[0].rstrip(",") for line in paragraph[1:] if line.startswith("--")
            ]
            said.append(f"perhaps you meant {' or '.join(dict.fromkeys(options))}")
        elif not paragraph[0].startswith(("For full", "Argument helptext")):
            said.append(" ".join(paragraph))
    return "; ".join(said)


def paragraphs(framed: str) -> list[list[str]]:
    """The lines of each paragraph, without the frame, which may be drawn in ASCII."""
    found: list[list[str]] = [[]]
    for line in framed.splitlines()[1:]:
        text = line.strip("│| ")
        if re.fullmatch(r"[─╰╯+-]{3,}", text):
            found.append([])
        elif text:
            found[-1].append(text)
    return [paragraph for paragraph in found if paragraph]


@contextmanager
def fit_for_tyro() -> Iterator[None]:
    """Two things that tyro does not look at: NO_COLOR (https://no-color.org), and no width at all.

    A pseudo-terminal may say that it has 0 columns. Python 3.10 believes it, and tyro would wrap
    its help for ever.
    """
    changes = {"TERM": "dumb"} if os.environ.get("NO_COLOR") else {}
    if shutil.get_terminal_size().columns < 1:
        changes["COLUMNS"] = "80"
    before = {name: os.environ.get(name) for name in changes}
    os.environ.update(changes)
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                del os.environ[name]
            else:
                os.environ[name] = value


def turn_stdout_away() -> None:
    """Let nothing more be written to a stdout whose reader has gone: not even what is buffered."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
