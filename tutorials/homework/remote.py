"""A student's answers, as the tests see them: functions whose bodies run in another process.

The tests hold the right answers, so a student's code must not run beside them, where it could
read them, replace NumPy's comparison or end the process. Here a call is sent to `worker.py` and
its result, plain data, comes back. A call that takes too long ends the worker; a new one is
started for the next call.
"""

import atexit
import inspect
import os
import sys
import tempfile
from collections.abc import Callable, Iterable
from typing import Any

import matplotlib

from ddpg_tf.sandbox import channel, limits, notebooks, packing, processes, strangers
from tutorials.homework import worker
from tutorials.homework.cleaning import clean

IMPORTS = 4
"""How many times as long the first exchange may take, in which TensorFlow may be imported."""

PROGRAM = """
import sys, types
for name, source in {sources!r}.items():
    module = sys.modules[name] = types.ModuleType(name)
    exec(compile(source, name, "exec"), vars(module))
main = module.main
del name, source, module
main()
"""
"""What the student's process runs: it makes our modules of their sources, the worker's last."""


class StudentError(Exception):
    """What went wrong in the student's code, in one line."""


class Student:
    """One submission's code cells, ready to be asked.

    seconds: time limit of one call; all the cells together have four times that. memory: bytes
    beyond what Python, and TensorFlow if `measure` needs it, occupy. measure: a module with
    a function `measure(answer, measurement)`, for answers whose arguments are not plain data; it is
    imported into the student's process before any of the student's code runs.
    """

    def __init__(
        self,
        cells: Iterable[str],
        wanted: Iterable[str],
        seconds: float,
        memory: int,
        measure: str | None = None,
    ):
        self.cells, self.wanted = list(cells), sorted(wanted)
        self.measure = [os.getcwd(), measure] if measure else None
        self.seconds, self.memory = seconds, memory
        self.worker = None
        self.errors = []
        atexit.register(self.stop)

    def answers(self) -> dict[str, Any]:
        """What the cells define under the wanted names: functions and plain values.

        Afterwards `errors` holds what the cells raised: a list of [cell number, one line].
        """
        try:
            found = self.start()
            self.errors = [[int(cell), clean(str(line))[:300]] for cell, line in found["errors"]]
            return {
                name: self.function(name) if kind == "function" else kind["value"]
                for name, kind in found["kinds"].items()
                if name in self.wanted
            }
        except Exception as error:  # what comes from there may be anything
            reason = str(error) if isinstance(error, StudentError) else "spoilt the answer"
            self.errors = [[0, reason]]
            return {}

    def function(self, name: str) -> Callable:
        """A function that asks the student's process for the result of the one of that name."""

        def ask(arguments, measurement):
            if self.worker is None:
                self.start()
            call = {"name": name, "arguments": arguments, "measure": measurement}
            answer = self.exchange(call)
            if "error" in answer:
                raise StudentError(clean(str(answer["error"])))
            return answer["value"]

        def function(*arguments):
            return ask(arguments, None)

        function.measured = lambda measurement: ask((), measurement)
        return function

    def start(self) -> dict[str, Any]:
        """Start the process and run the cells in it; its first answer says what they define."""
        self.folder = tempfile.TemporaryDirectory()
        home = self.folder.name
        # Matplotlib's list of fonts lies there; `limits.py` keeps it from being changed
        fonts = {"MPLCONFIGDIR": matplotlib.get_configdir()}
        environment = strangers.environment_for_strangers(home, **fonts)
        # isolated: without PYTHONPATH, and without the working directory on the path
        command = [sys.executable, "-I", "-c", program()]
        self.worker = processes.Worker(command, home, environment)
        first = {
            "cells": self.cells,
            "wanted": self.wanted,
            "measure": self.measure,
            "seconds": 2 * IMPORTS * self.seconds,
            "memory": self.memory,
        }
        return self.exchange(first, times=IMPORTS)

    def exchange(self, message: Any, times: int = 1) -> dict[str, Any]:
        """Send a message, return the answer. Raises StudentError if none comes, and stops."""
        seconds = times * self.seconds
        try:
            answer = self.worker.exchange(message, seconds)
            if isinstance(answer, dict):
                return answer
            problem = "spoilt the answer"
        except TimeoutError:
            problem = f"took longer than {seconds:g} seconds (an endless loop?)"
        except (OSError, EOFError):
            problem = "ended the process (a crash, an exit, or too much memory)"
        except ValueError:
            problem = "spoilt the answer"
        self.stop()
        raise StudentError(problem)

    def stop(self) -> None:
        """End the process, if there is one, and what it started."""
        if self.worker is not None:
            self.worker.end()
            self.folder.cleanup()
            self.worker = None


def program() -> str:
    """The source of what runs in the student's process."""
    modules = (packing, channel, limits, notebooks, processes, worker)
    return PROGRAM.format(sources={m.__name__: inspect.getsource(m) for m in modules})
