"""Ctrl-C and SIGTERM: the first lets the work come to a place where it can be saved.

A second one ends the process at once, wherever it is; what was saved is intact.
"""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Event
from typing import TYPE_CHECKING

from ddpg_tf.startup import end_at_once, signals_heard

if TYPE_CHECKING:
    from ddpg_tf.training.progress import Progress


class Interrupted(KeyboardInterrupt):
    """The user, or the system, asked for the end. number: the signal's."""

    def __init__(self, said: str, number: int):
        super().__init__(said)
        self.number = number


class Interruption:
    """What is known of an interruption. asked: set once there was a signal; number: which."""

    def __init__(self, waits_for: str, intact: str):
        """waits_for: what is finished after the first signal. intact: what is after a second."""
        self.waits_for, self.intact = waits_for, intact
        self.asked, self.number = Event(), 0

    def hear(self, number: int) -> None:
        """Take note of a signal; end at once at the second."""
        if self.asked.is_set():
            end_at_once(number, self.intact)
        self.number = number
        self.asked.set()
        print(f"ddpg-tf: {self.waits_for}; once more ends at once", file=sys.stderr)

    def __call__(self, progress: "Progress") -> None:
        """As a callback of a run: save it as it stands, and leave it."""
        if self.asked.is_set():
            progress.run.save()
            raise Interrupted(f"saved at step {progress.step:,}", self.number)


@contextmanager
def interruptible(waits_for: str, intact: str) -> Iterator[Interruption]:
    """Let signals be heard inside, and nothing be interrupted by them."""
    interruption = Interruption(waits_for, intact)
    with signals_heard(interruption.hear):
        yield interruption


def number_of(interrupt: KeyboardInterrupt) -> int:
    """The signal's number: SIGINT's, unless it was another."""
    return getattr(interrupt, "number", 2)
