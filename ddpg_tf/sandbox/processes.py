"""Start a process in a group of its own, talk to it, end the whole group: for everyone, in one way.

A process started here gets the environment and the directory that it is given and nothing else.
`run` waits for one that prints its results; a `Worker` is one that answers messages. What a process
may use is limited from inside, by `limits.py`: memory is counted from what it occupies when its
libraries are loaded, which only the process itself can tell.
"""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from queue import SimpleQueue
from threading import Thread
from typing import Any

from ddpg_tf.sandbox.channel import Channel
from ddpg_tf.sandbox.descendants import end_descendants

RUNNING: set[subprocess.Popen] = set()
"""Processes that were started here and not ended yet: see `end_all`."""


def start(
    command: Sequence[str],
    directory: str | Path | None = None,
    environment: Mapping[str, str] | None = None,
    **options: Any,
) -> subprocess.Popen:
    """Start a process in a session, and so a process group, of its own: Ctrl-C is for this one.

    directory: where it works; environment: all its variables; both are this process's by default.
    options: further ones of `subprocess.Popen`. Whoever starts a process calls `end` for it.
    """
    options = {"stdin": subprocess.DEVNULL, **options}
    process = subprocess.Popen(
        [*map(str, command)], cwd=directory, env=environment, start_new_session=True, **options
    )
    RUNNING.add(process)
    return process


def end(process: subprocess.Popen) -> int:
    """Kill a process and all that it started, wait for its end, return its exit code.

    That is its group, and what left the group but descends from it: Jupyter starts each kernel in a
    group of its own. To find those needs Linux.
    """
    if process.poll() is None:
        # stopped, it starts no others, and where it asked for orphans they still come to it
        with suppress(ProcessLookupError):
            process.send_signal(signal.SIGSTOP)
        end_descendants(process.pid)
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    RUNNING.discard(process)
    if process.stdin is not None:
        process.stdin.close()
    return process.wait()


def end_all() -> None:
    """End every process that was started here: for a program that is interrupted while threads of
    its own wait for processes.
    """
    for process in list(RUNNING):
        end(process)


def run(
    command: Sequence[str],
    directory: str | Path | None = None,
    environment: Mapping[str, str] | None = None,
    seconds: float | None = None,
) -> subprocess.CompletedProcess:
    """Run a command to its end; return its exit code and what it printed, as text.

    Raises TimeoutError if that takes longer than `seconds`. Nothing that it started is left.
    """
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
    with start(command, directory, environment, text=True, errors="replace", **pipes) as process:
        try:
            printed = process.communicate(timeout=seconds)
        except subprocess.TimeoutExpired:
            raise TimeoutError(f"took longer than {seconds:g} seconds") from None
        finally:
            end(process)
    return subprocess.CompletedProcess(command, process.returncode, *printed)


class Worker:
    """A process that answers messages. It is handed the number of its end of the channel as its
    last argument, and finds it with `channel_to_parent`. To be used in a `with` statement.
    """

    def __init__(
        self,
        command: Sequence[str],
        directory: str | Path | None = None,
        environment: Mapping[str, str] | None = None,
        output: int | None = subprocess.DEVNULL,
        stdin: int | None = subprocess.DEVNULL,
    ):
        """output: where what it prints goes to, a file descriptor or one of subprocess's. stdin:
        the same for what it reads.
        """
        ours, theirs = socket.socketpair()
        self.channel = Channel(ours)
        with theirs:
            number = theirs.fileno()
            self.process = start(
                [*command, str(number)],
                directory,
                environment,
                pass_fds=[number],
                stdin=stdin,
                stdout=output,
                stderr=output,
            )

    def exchange(
        self, message: Any, seconds: float, meanwhile: Callable[[], object] = lambda: None
    ) -> Any:
        """Send a message and return the answer to it, within so many seconds.

        meanwhile: called once the message is sent.
        Raises TimeoutError, EOFError if the process ended or hung up, ValueError for an answer that
        cannot be unpacked. After each of these the process is of no more use.
        """
        deadline = time.monotonic() + seconds
        try:
            self.channel.send(message, seconds)
        except ConnectionError:
            raise EOFError("the other end is closed") from None
        meanwhile()
        return self.channel.receive(max(deadline - time.monotonic(), 0))

    def end(self) -> int:
        """End the process and all that it started; return its exit code."""
        self.channel.close()
        return end(self.process)

    def __enter__(self) -> "Worker":
        return self

    def __exit__(self, *_: object) -> None:
        self.end()


def channel_to_parent() -> Channel:
    """The channel to the process that started this one as a `Worker`."""
    connected = socket.socket(fileno=int(sys.argv.pop()))
    connected.set_inheritable(False)
    return Channel(connected)


def end_with_parent(channel: Channel) -> SimpleQueue:
    """End this process's whole group as soon as the other end of the channel is closed.

    From then on a thread of this process receives what comes through the channel, and puts it in
    the queue that is returned.
    """
    received: SimpleQueue = SimpleQueue()

    def wait() -> None:
        with suppress(EOFError, OSError):
            while True:
                received.put(channel.receive())
        os.killpg(0, signal.SIGKILL)

    Thread(target=wait, daemon=True).start()
    return received


def how_it_ended(code: int) -> str:
    """What an exit code says, in words that follow "the process"."""
    if code < 0:
        return f"was killed by {signal.Signals(-code).name}"
    return f"ended with exit code {code}"
