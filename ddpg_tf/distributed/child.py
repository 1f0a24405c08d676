"""The worker's end of `launch.py`: orders come in, messages go out."""

import json
import os
import signal
import sys
from collections.abc import Callable
from threading import Thread

REPORTED = (ValueError, TypeError, OSError, FloatingPointError)
"""Errors that are told to the parent in one line; any other shows its traceback."""


def obey(do: Callable[[dict, Callable[[dict], None]], None]) -> int:
    """Call `do(order, tell)` with the order on standard input; return the exit code.

    tell: sends a message to the parent. The process ends at once when standard input does.
    """
    order = json.loads(sys.stdin.readline())
    Thread(target=end_with_parent, daemon=True).start()
    # standard output belongs to the messages; what environments print goes to standard error
    channel = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)

    def tell(message: dict) -> None:
        print(json.dumps(message), file=channel, flush=True)

    try:
        do(order, tell)
    except REPORTED as error:
        tell({"error": built_in_type(error), "text": str(error)})
        return 1
    return 0


def end_with_parent() -> None:
    """Wait for the end of standard input; then kill this process and those of its environments."""
    sys.stdin.read()
    os.killpg(0, signal.SIGKILL)


def built_in_type(error: Exception) -> str:
    """Return the name of the error's own type, or of its nearest ancestor that is built in."""
    return next(kind.__name__ for kind in type(error).__mro__ if kind.__module__ == "builtins")
