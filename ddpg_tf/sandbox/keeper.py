"""A process between this one and other people's code, so that nothing of that code outlives it.

The keeper is what the grader started. It forks before any foreign code runs, and then only waits:
for the end of the process that runs the code, or for the end of the grader. Then it kills whatever
descends from it, which is all that the code has started: orphans come to the keeper, as it asked
for them, and in a process namespace they end with the first process in it.
"""

import os
import select
import signal
from contextlib import suppress

from ddpg_tf.sandbox.descendants import end_descendants
from ddpg_tf.sandbox.kernel import CHILD_SUBREAPER, prctl

LIFELINE = 0
"""The keeper's standard input: a pipe that nobody writes to, closed when the grader ends."""


def keep() -> None:
    """Fork: return in the new process alone, while this one keeps it until the end."""
    prctl(CHILD_SUBREAPER, 1)
    kept = os.fork()
    if kept:
        try:
            let_go_of_files()
            wait_for_the_end(kept)
        finally:
            os._exit(1)
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, LIFELINE)
    os.close(nothing)


def let_go_of_files() -> None:
    """Close all but standard input, output and error: the connection to the grader, above all."""
    for number in map(int, os.listdir("/proc/self/fd")):
        if number > 2:
            with suppress(OSError):
                os.close(number)


def wait_for_the_end(kept: int) -> None:
    """Wait until the process or the grader ends, kill what is left, end as the process did."""
    either = select.poll()
    either.register(LIFELINE, select.POLLIN)
    either.register(os.pidfd_open(kept), select.POLLIN)
    either.poll()
    end_descendants(os.getpid())
    code = os.waitstatus_to_exitcode(os.waitpid(kept, 0)[1])
    with suppress(ChildProcessError):
        while os.waitpid(-1, os.WNOHANG)[0]:
            pass
    if code < 0:
        with suppress(OSError):
            signal.signal(-code, signal.SIG_DFL)
        os.kill(os.getpid(), -code)
    os._exit(code)
