"""The process that holds an assignment's tests: it marks one submission after another.

`grade.py` starts it in the unpacked files of an autograder zip, from which all that grades is
imported. It has the student's code run in another process (`remote.py`), asks for the answers,
and judges them with the tests, which are Otter's own objects.
"""

import contextlib
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from otter.test_files import TestFile
from otter.test_files.exception_test import ExceptionTestFile

from ddpg_tf.sandbox.processes import channel_to_parent
from tutorials.homework.isolate import measure_in, names_in_tests
from tutorials.homework.remote import Student


def mark(request: Mapping[str, Any]) -> dict[str, Any]:
    """Mark a submission: its questions, and what its cells raised.

    request: the submission's `cells`, the `tests` in order as {file name: source}, the limits.
    """
    limits = {name: request[name] for name in ("seconds", "memory", "total")}
    wanted, measure = names_in_tests(request["tests"].values()), measure_in(Path.cwd())
    with Student(request["cells"], wanted, measure=measure, **limits) as student:
        answers = student.answers()
        tests = [
            ExceptionTestFile.from_string(source, name) for name, source in request["tests"].items()
        ]
        return {"questions": [marked(test, answers) for test in tests], "errors": student.errors}


def marked(test: TestFile, answers: Mapping[str, Any]) -> dict[str, Any]:
    """The points of a question, and each of its tests that failed, in order."""
    score, failures = 0.0, []
    for case in test.test_cases:
        try:
            case.body.call_func(answers)
            score += case.points
        except Exception as error:
            failure = {"kind": type(error).__name__, "text": str(error), "hidden": case.hidden}
            failures.append(failure)
    points = sum(case.points for case in test.test_cases)
    return {"name": test.name, "score": score, "points": points, "failures": failures}


def main() -> None:
    """Mark what is sent, until the other end hangs up."""
    channel = channel_to_parent()
    channel.send({"ready": True})
    with contextlib.suppress(EOFError, OSError):
        while True:
            channel.send(mark(channel.receive()))
    os._exit(0)


if __name__ == "__main__":
    main()
