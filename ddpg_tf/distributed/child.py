"""The worker's end of `launch.py`: one order comes in, messages go out and, if asked, come in."""

from collections.abc import Callable
from typing import Any, NamedTuple

from ddpg_tf.sandbox.processes import channel_to_parent, end_with_parent

REPORTED = (ValueError, TypeError, OSError, FloatingPointError)
"""Errors that are told to the parent in one line; any other shows its traceback."""


class Parent(NamedTuple):
    """The process that gave the order. tell: send it a message; hear: wait for one of its own."""

    tell: Callable[[dict], None]
    hear: Callable[[], Any]


def obey(do: Callable[[dict, Parent], None]) -> int:
    """Call `do(order, parent)` with the order that the parent sends; return the exit code.

    The process and its environments' processes end at once when the parent does.
    """
    channel = channel_to_parent()
    order = channel.receive()
    heard = end_with_parent(channel)
    try:
        do(order, Parent(channel.send, heard.get))
    except REPORTED as error:
        trace = getattr(error, "trace", None)
        channel.send({"error": built_in_type(error), "text": str(error), "trace": trace})
        return 1
    return 0


def built_in_type(error: Exception) -> str:
    """The name of the error's own type, or of its nearest ancestor that is built in."""
    return next(kind.__name__ for kind in type(error).__mro__ if kind.__module__ == "builtins")
