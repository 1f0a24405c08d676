"""What the command line shows while it works, and how it reads tyro's reports of errors."""

import re
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
            bar.update(task, advance=steps, **fields)

        yield advance


def first_paragraph(framed: str) -> str:
    """The message of one of tyro's framed error reports, in one line.

    The first line holds the title. Then comes the message, with a rule below it and, where the
    frame is not drawn in Unicode, another above.
    """
    message: list[str] = []
    for line in framed.splitlines()[1:]:
        text = line.strip("│| ")
        is_rule = re.fullmatch(r"[─╰╯+-]{3,}", text)
        if is_rule and message:
            break
        if not is_rule:
            message.append(text)
    # a value that a config refuses is reported under tyro's internal name for the whole config
    return re.sub(r"Error parsing __tyro\S* ", "", " ".join(message))
