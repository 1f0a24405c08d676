"""A student's answers, as the tests see them: functions whose bodies run in another process.

The tests hold the right answers, so a student's code must not run beside them, where it could
read them, replace NumPy's comparison or end the process. Here a call is sent to `worker.py` and
its result, plain data, comes back. A call that takes too long is stopped, or else its process is
ended and a new one started for the next call.
"""

import inspect
import time
from collections.abc import Callable, Iterable
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import matplotlib

from ddpg_tf.sandbox import channel, limits, notebooks, packing, processes
from ddpg_tf.sandbox.cleaning import clean
from ddpg_tf.sandbox.strangers import (
    Stranger,
    directory_for_strangers,
    environment_for_strangers,
)
from tutorials.homework import checking, worker

IMPORTS = 4
"""How many times as long as a call the start may take, in which TensorFlow may be imported."""
GRACE = 2.0
"""Seconds after its time limit until a call that cannot be stopped is ended with its process."""
SECOND_TIME = 1.0
"""Seconds for a cell that took too long before, when a new process runs the cells again."""

STOPPED = "it was stopped there, as the notebook does not run to its end"
LEFT_OUT = "it was left out and the others were run, as the notebook does not run to its end"

MODULES = (packing, channel, limits, notebooks, processes, checking, worker)
"""What the student's process gets of us, as sources, each after those that it imports."""


class StudentError(Exception):
    """What went wrong in the student's code, in one line."""


class Student:
    """One submission's code cells, ready to be asked. To be used in a `with` statement.

    seconds: time limit of each cell and each call. total: of all of them together. memory: bytes
    beyond what Python, and TensorFlow if `measure` needs it, occupy. measure: a folder, and below
    it modules whose MEASUREMENTS are functions `(answer, *arguments)` by name, for answers whose
    arguments are not plain data; they are imported into the student's process before any of the
    student's code runs.
    """

    def __init__(
        self,
        cells: Iterable[str],
        wanted: Iterable[str],
        seconds: float,
        memory: int,
        measure: tuple[Path, list[str]] | None = None,
        total: float = 300.0,
    ):
        self.cells, self.wanted = list(cells), sorted(wanted)
        self.measure = [str(measure[0]), measure[1]] if measure else None
        self.seconds, self.memory, self.total = seconds, memory, total
        self.ends_at = time.monotonic() + total
        self.worker: Stranger | None = None
        self.open = ExitStack()
        self.said: dict[int, str] = {}
        self.left_out: set[int] = set()
        self.late: set[int] = set()

    def __enter__(self) -> "Student":
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    @property
    def errors(self) -> list[list]:
        """What the cells raised: [cell number, one line] of each, 0 for what is no cell's."""
        return [[number, line] for number, line in sorted(self.said.items())]

    def answers(self) -> dict[str, Any]:
        """What the cells define under the wanted names: functions and plain values.

        A name that is there but not answered is `...`. Afterwards `errors` holds what the cells
        raised.
        """
        try:
            self.start()
            found = self.exchange({"wanted": self.wanted})["kinds"]
            return {
                name: self.answer(name, kind) for name, kind in found.items() if name in self.wanted
            }
        except Exception as error:  # what comes from there may be anything
            self.said[0] = str(error) if isinstance(error, StudentError) else "spoilt the answer"
            return {}

    def answer(self, name: str, kind: Any) -> Any:
        """What stands for the answer of that name here."""
        if kind == "unanswered":
            return ...
        return self.function(name) if kind == "function" else kind["value"]

    def function(self, name: str) -> Callable:
        """A function that asks the student's process for the result of the one of that name.

        Its attribute `changed` lists which arguments the last call changed, by their places.
        """

        def ask(arguments, measurement):
            if self.worker is None:
                self.start()
            call = {"name": name, "arguments": arguments, "measure": measurement}
            answer = self.exchange(call)
            if "error" in answer:
                raise StudentError(clean(str(answer["error"])))
            function.changed = answer.get("changed", [])
            return answer["value"]

        def function(*arguments):
            return ask(list(arguments), None)

        function.changed = []
        function.measured = lambda measurement, *arguments: ask(list(arguments), measurement)
        return function

    def start(self) -> None:
        """Start the process and run the cells in it.

        A cell that ends the process, or cannot be stopped in time, is left out from then on, and
        the others are run again.
        """
        while not self.ran_all_cells():
            pass

    def ran_all_cells(self) -> bool:
        """Run the cells in a new process; False if one of them put an end to it."""
        self.launch()
        for number, source in enumerate(self.cells, start=1):
            if number in self.left_out or not source.strip():
                continue
            seconds = min(SECOND_TIME, self.seconds) if number in self.late else self.seconds
            try:
                answer = self.exchange({"cell": number, "source": source}, seconds)
            except StudentError as error:
                self.check_time()
                self.said[number] = f"{error}; {LEFT_OUT}"
                self.left_out.add(number)
                return False
            if answer.get("late") is True and number not in self.late:
                self.late.add(number)
                self.said[number] = f"{clean(str(answer['error']))[:300]}; {STOPPED}"
            elif "error" in answer and number not in self.late:
                self.said[number] = clean(str(answer["error"]))[:300]
        return True

    def launch(self) -> None:
        """Start a process that has none of the cells yet."""
        # Matplotlib's list of fonts lies there
        fonts = matplotlib.get_configdir()
        home = self.open.enter_context(directory_for_strangers())
        self.worker = self.open.enter_context(
            Stranger(
                f"from {worker.__name__} import main; main()",
                home,
                environment_for_strangers(home, MPLCONFIGDIR=fonts),
                {module.__name__: inspect.getsource(module) for module in MODULES},
                [fonts, *(self.measure or [])[:1]],
                # isolated: without PYTHONPATH, and without the working directory on the path
                ["-I"],
            )
        )
        first = {
            "measure": self.measure,
            "readable": [fonts],
            "seconds": self.total,
            "memory": self.memory,
        }
        self.exchange(first, IMPORTS * self.seconds)

    def exchange(self, message: dict, seconds: float | None = None) -> dict[str, Any]:
        """Send a message, return the answer. Raises StudentError if none comes, and stops."""
        self.check_time()
        seconds = self.seconds if seconds is None else seconds
        longest = min(seconds + GRACE, self.ends_at - time.monotonic())
        try:
            # what the message itself says of seconds comes first: the first one's are for all
            answer = self.worker.exchange({"seconds": seconds, **message}, longest)
            if isinstance(answer, dict):
                return answer
            problem = "spoilt the answer"
        except TimeoutError:
            problem = f"took longer than {min(seconds, longest):g} seconds (an endless loop?)"
        except (OSError, EOFError):
            problem = "ended the process (a crash, an exit, or too much memory)"
        except ValueError:
            problem = "spoilt the answer"
        self.stop()
        raise StudentError(problem)

    def check_time(self) -> None:
        """Raise StudentError if the time for all of the submission is over."""
        if time.monotonic() > self.ends_at:
            self.stop()
            raise StudentError(f"the {self.total:g} seconds for the whole submission are used up")

    def stop(self) -> None:
        """End the process, if there is one, and what it started."""
        if self.worker is not None:
            self.open.close()
            self.worker = None
