"""Where the time of a program goes: methods are replaced by ones that are timed."""

import time
from collections.abc import Callable
from functools import wraps

PARTS = ("environment", "acting", "storing", "sampling", "learning", "rest")
"""What a step's time is spent on. rest: whatever none of the watched methods does."""


class Parts:
    """The seconds of each part so far. A part that calls another one does not count its time.

    ends: part -> seconds since the epoch (time.time) at which its first call ended.
    """

    def __init__(self, clock: Callable[[], float] = time.perf_counter):
        self.clock = clock
        self.seconds = dict.fromkeys(PARTS, 0.0)
        self.ends: dict[str, float] = {}
        self.inside = ["rest"]
        self.since = clock()

    def watch(self, owner: type, name: str, part: str) -> None:
        """Count the time of a class's method, wherever it is called from, as `part`."""
        setattr(owner, name, self.timed(part, getattr(owner, name)))

    def timed(self, part: str, function: Callable) -> Callable:
        """The function, whose time counts as `part`."""

        @wraps(function)
        def watched(*arguments, **options):
            self.so_far()
            self.inside.append(part)
            try:
                return function(*arguments, **options)
            finally:
                self.so_far()
                self.inside.pop()
                self.ends.setdefault(part, time.time())

        return watched

    def so_far(self) -> dict[str, float]:
        """A copy of the seconds of each part up to now."""
        now = self.clock()
        self.seconds[self.inside[-1]] += now - self.since
        self.since = now
        return dict(self.seconds)
