"""All processes that descend from one, and their end. Empty where there is no /proc."""

import os
import signal
import time
from contextlib import suppress
from pathlib import Path

HAS_PROC = os.path.isdir("/proc/self")
ENDED = ("Z", "X")
"""States of processes that have ended and only wait for somebody to ask how."""


def descendants(leader: int) -> set[int]:
    """The living processes that descend from `leader`, or run in a session that one of them opened.

    A process whose parent has ended belongs to the next one above that asked for such orphans, or
    else to the first of all processes: then only its session still says where it comes from.
    """
    relatives, living = {}, set()
    for pid in processes():
        with suppress(OSError):
            # "pid (name) state parent group session ...", where the name may hold anything
            stat = Path(f"/proc/{pid}/stat").read_text()
            state, parent, _, session, *_ = stat.rpartition(")")[2].split()
            relatives[pid] = {int(parent), int(session)}
            if state not in ENDED:
                living.add(pid)
    found = {leader}
    while grown := {pid for pid in relatives if pid not in found and relatives[pid] & found}:
        found |= grown
    return (found & living) - {leader}


def processes() -> list[int]:
    """The numbers of all processes; some may have ended by the time that they are looked at."""
    return [int(name) for name in os.listdir("/proc") if name.isdigit()] if HAS_PROC else []


def end_descendants(leader: int, seconds: float = 5.0) -> None:
    """Kill all processes that descend from `leader`, for at most so many seconds.

    Again and again, because those that are not killed yet may start others.
    """
    deadline = time.monotonic() + seconds
    while (found := descendants(leader)) and time.monotonic() < deadline:
        for pid in found:
            with suppress(ProcessLookupError, PermissionError):
                os.kill(pid, signal.SIGKILL)
