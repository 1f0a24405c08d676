"""A student's answers, as the tests see them: functions whose bodies run in another process.

The tests hold the right answers, so a student's code must not run beside them, where it could
read them, replace NumPy's comparison or end the process. Here a call is sent to `worker.py` and
its result, plain data, comes back. A call that takes too long ends the worker; a new one is
started for the next call.
"""

import atexit
import inspect
import json
import os
import signal
import subprocess
import sys
import tempfile
from multiprocessing import Pipe
from pathlib import Path

import matplotlib

from tutorials.homework import worker
from tutorials.homework.cleaning import clean

DIAGNOSIS = Path(__file__).parents[2] / "ddpg_tf" / "diagnosis"
LARGEST_ANSWER = 2**26
"""Bytes; a longer message counts as a failure."""

IMPORTS = 4
"""How many times as long the first exchange may take, in which TensorFlow may be imported."""


class StudentError(Exception):
    """What went wrong in the student's code, in one line."""


class Student:
    """One submission's code cells, ready to be asked.

    seconds: time limit of one call; all the cells together have four times that. memory: bytes
    beyond those that Python, and TensorFlow if it is measured with, occupy. measure: a module with
    a function `measure(answer, measurement)`, for answers whose arguments are no plain data; it is
    imported into the student's process before any of the student's code runs.
    """

    def __init__(self, cells, wanted, seconds: float, memory: int, measure: str | None = None):
        self.cells, self.wanted = list(cells), sorted(wanted)
        self.measure = [os.getcwd(), measure] if measure else None
        self.seconds, self.memory = seconds, memory
        self.process = None
        self.errors = []
        atexit.register(self.stop)

    def answers(self) -> dict:
        """Return what the cells define under the wanted names: functions and plain values.

        Afterwards `errors` holds what the cells raised: a list of [cell number, one line].
        """
        try:
            found = self.start()
            self.errors = [[int(cell), clean(str(line))[:300]] for cell, line in found["errors"]]
            return {
                name: self.function(name) if kind == "function" else worker.decode(kind["value"])
                for name, kind in found["kinds"].items()
                if name in self.wanted
            }
        except Exception as error:  # what comes from there may be anything
            reason = str(error) if isinstance(error, StudentError) else "spoilt the answer"
            self.errors = [[0, reason]]
            return {}

    def function(self, name):
        """Return a function that asks the student's process."""

        def ask(arguments, measurement):
            if self.process is None:
                self.start()
            data = worker.encode(arguments)
            answer = self.exchange({"name": name, "arguments": data, "measure": measurement})
            if "error" in answer:
                raise StudentError(clean(str(answer["error"])))
            return worker.decode(answer["value"])

        def function(*arguments):
            return ask(arguments, None)

        function.measured = lambda measurement: ask((), measurement)
        return function

    def start(self) -> dict:
        """Start the process, run the cells in it, return what it found."""
        self.folder = tempfile.TemporaryDirectory()
        self.connection, theirs = Pipe()
        with theirs:
            self.process = subprocess.Popen(
                [sys.executable, "-I", "-c", program(), str(theirs.fileno())],
                pass_fds=[theirs.fileno()],
                cwd=self.folder.name,
                env=worker_environment(self.folder.name),
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                start_new_session=True,
            )
        first = {
            "cells": self.cells,
            "wanted": self.wanted,
            "measure": self.measure,
            "seconds": 2 * IMPORTS * self.seconds,
            "memory": self.memory,
        }
        return self.exchange(first, times=IMPORTS)

    def exchange(self, message, times=1) -> dict:
        """Send a message, return the answer. Raises StudentError if none comes, and stops."""
        seconds = times * self.seconds
        try:
            worker.send(self.connection, message)
            if self.connection.poll(seconds):
                return json.loads(self.connection.recv_bytes(LARGEST_ANSWER))
            problem = f"took longer than {seconds:g} seconds (an endless loop?)"
        except (OSError, EOFError):
            problem = "ended the process (a crash, an exit, or too much memory)"
        except ValueError:
            problem = "spoilt the answer"
        self.stop()
        raise StudentError(problem)

    def stop(self) -> None:
        """End the process, if there is one, and what it started."""
        if self.process is not None:
            os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait()
            self.connection.close()
            self.folder.cleanup()
            self.process = None


def program() -> str:
    """Return the source of what runs in the student's process."""
    parts = [(DIAGNOSIS / name).read_text() for name in ("guard.py", "notebook.py")]
    given = "{**notebook_names(), 'grader': Nothing()}"
    call = f"main(limit_resources, forbid, run_cells, {given})"
    return "\n".join([*parts, inspect.getsource(worker), call])


def worker_environment(home: str) -> dict[str, str]:
    """Return the environment of a student's process: no PYTHONPATH, no secrets, no display."""
    return {
        "PATH": os.environ.get("PATH", ""),
        "HOME": home,
        "MPLBACKEND": "Agg",
        "MPLCONFIGDIR": matplotlib.get_configdir(),  # its list of fonts; the guard keeps it safe
        "TF_CPP_MIN_LOG_LEVEL": "3",
        "CUDA_VISIBLE_DEVICES": "-1",
    }
