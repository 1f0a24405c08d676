"""What the command line shows: a progress bar, errors in one line, and TensorFlow kept quiet."""

import os
import re
import sys
from contextlib import contextmanager

from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn


def import_tensorflow_quietly() -> None:
    """Import TensorFlow, which Keras is then to use, without its start-up messages.

    Some are written by its C++ side before it reads any log level, so the file descriptor itself
    is turned away while it loads. Python's own errors still come through.
    """
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    os.environ["KERAS_BACKEND"] = "tensorflow"
    if "tensorflow" in sys.modules:
        return
    sys.stderr.flush()
    kept, nowhere = os.dup(2), os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 2)
    try:
        import tensorflow as tf
    finally:
        os.dup2(kept, 2)
        os.close(kept)
        os.close(nowhere)
    tf.get_logger().setLevel("ERROR")


@contextmanager
def progress_bar(description: str, total: int, shown: bool = True):
    """Yield `advance(steps, note)`: steps done since the last call, and a note to show.

    The bar tells steps a second, the note and the time left. It is silent, apart from the work
    itself, when the output is not a terminal or it is not to be `shown`.
    """
    console = Console(stderr=True)
    bar = Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        TextColumn("{task.completed:,.0f}/{task.total:,.0f} steps"),
        TextColumn("{task.fields[speed]}"),
        TextColumn("{task.fields[note]}"),
        TimeRemainingColumn(),
        console=console,
        disable=not (shown and console.is_terminal),
        speed_estimate_period=10,
    )
    with bar:
        task = bar.add_task(description, total=total, note="", speed="")

        def advance(steps: int, note: str | None = None) -> None:
            speed = bar.tasks[0].speed
            fields = {"speed": f"{speed:,.0f}/s"} if speed else {}
            if note is not None:
                fields["note"] = note
            bar.update(task, advance=steps, **fields)

        yield advance


def shown_in_one_line() -> tuple[type[Exception], ...]:
    """Return the exceptions that `in_one_line` tells the user of: mistakes, and limits reached."""
    tensorflow = sys.modules.get("tensorflow")
    out_of_memory = (tensorflow.errors.ResourceExhaustedError,) if tensorflow else ()
    return ValueError, TypeError, OSError, FloatingPointError, MemoryError, *out_of_memory


def in_one_line(error: Exception) -> str:
    """Return what an error says, in one line for the user."""
    if isinstance(error, OSError) and error.filename is not None:
        return f"cannot use {str(error.filename)!r}: {error.strerror}"
    text = " ".join(str(error).split())
    if isinstance(error, (ValueError, TypeError, OSError, FloatingPointError)):
        return text
    return f"not enough memory; make hidden_sizes, batch_size or buffer_size smaller ({text})"


def first_paragraph(framed: str) -> str:
    """Return the message of one of tyro's framed error reports in one line.

    The first line holds the title. Then comes the message, with a rule below it and, where the
    frame is not drawn in Unicode, another above.
    """
    message = []
    for line in framed.splitlines()[1:]:
        text = line.strip("│| ")
        is_rule = re.fullmatch(r"[─╰╯+-]{3,}", text)
        if is_rule and message:
            break
        if not is_rule:
            message.append(text)
    # a value that a config refuses is reported under tyro's internal name for the whole config
    return re.sub(r"Error parsing __tyro\S* ", "", " ".join(message))
