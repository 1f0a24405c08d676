"""A folder of submissions -> points, mistakes and problems of each student, in parallel.

Each of a few processes holds the tests (`marking.py`) and marks one submission after another; each
submission's code runs in a process of its own (`worker.py`). What happens there stays there.
"""

import os
import re
import sys
import tempfile
import time
import zipfile
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass, field
from pathlib import Path
from queue import SimpleQueue
from typing import Any

from ddpg_tf.sandbox.cleaning import clean
from ddpg_tf.sandbox.processes import Worker, end_all
from tutorials.homework.archive import assignment_name, assignments, code_of, tests_of
from tutorials.homework.collect import Submission, find_submissions, with_archives
from tutorials.homework.environment import otter_environment
from tutorials.homework.isolate import Limits, read_submission

START = 120.0
"""Seconds until a process that marks must be ready, and beyond a submission's own for its tests."""


@dataclass
class Question:
    """One question of one student.

    mistakes: {name: hint}, the first line of a hint is the main one. findings: the same for what is
    wrong in a way that can be named, but is not a known mistake. remarks: other failures.
    """

    name: str
    score: float
    points: float
    mistakes: dict[str, str] = field(default_factory=dict)
    findings: dict[str, str] = field(default_factory=dict)
    remarks: list[str] = field(default_factory=list)

    @property
    def is_unnamed(self) -> bool:
        """Whether points are lost in a way that has no name."""
        return self.score < self.points and not (self.mistakes or self.findings)


@dataclass
class Result:
    """One student's result. problems: what went wrong outside of the questions, a line each."""

    student: str
    questions: list[Question]
    problems: list[str] = field(default_factory=list)

    @property
    def score(self) -> float:
        return sum(question.score for question in self.questions)

    @property
    def points(self) -> float:
        return sum(question.points for question in self.questions)

    @property
    def was_run(self) -> bool:
        """Whether anything came out of the questions."""
        return any(q.score or q.mistakes or q.findings or q.remarks for q in self.questions)


class Marker:
    """A process with the tests of an autograder zip. It is started when it is first needed."""

    def __init__(self):
        self.worker: Worker | None = None
        self.code: frozenset = frozenset()

    def mark(self, archive: Path, cells: Sequence[str], limits: Limits) -> dict[str, Any]:
        """Mark a submission's cells: see `marking.mark`. Raises ValueError if that cannot be."""
        request = {
            "cells": list(cells),
            "tests": tests_of(archive),
            "seconds": limits.call_seconds,
            "total": limits.seconds,
            "memory": limits.memory,
        }
        try:
            self.start(archive)
            return self.worker.exchange(request, limits.seconds + START)
        except TimeoutError:
            problem = f"took longer than {limits.seconds:g} seconds in all"
        except (OSError, EOFError, ValueError) as error:
            problem = f"came to no end: {clean(str(error))}"
        self.end()
        raise ValueError(f"grading {problem}")

    def start(self, archive: Path) -> None:
        """Start the process, unless one with this archive's code is there."""
        code = code_of(archive)
        if self.worker is not None and code == self.code:
            return
        self.end()
        self.code = code
        self.folder = tempfile.TemporaryDirectory(prefix="ddpg-tf-")
        work = Path(self.folder.name)
        with zipfile.ZipFile(archive) as files:
            files.extractall(work, [name for name in files.namelist() if name.startswith("files/")])
        command = [sys.executable, "-m", "tutorials.homework.marking"]
        self.worker = Worker(command, work / "files", otter_environment(work))
        self.worker.channel.receive(START)

    def end(self) -> None:
        """End the process, if there is one, and with it the student's."""
        if self.worker is not None:
            self.worker.end()
            self.folder.cleanup()
            self.worker = None


def grade_folder(
    folder: Path, build: Path, limits: Limits | None = None, jobs: int | None = None
) -> list[Result]:
    """Grade all submissions in the folder; the results are in the order of the names."""
    return grade_all(with_archives(find_submissions(folder), build), limits, jobs)


def grade_all(
    submissions: Sequence[tuple[Submission, Path | None]],
    limits: Limits | None = None,
    jobs: int | None = None,
    done: Callable[[int, Result], object] = lambda index, result: None,
) -> list[Result]:
    """Grade (submission, archive) pairs; the results are in their order.

    jobs: how many at once, by default one a core. done: called with the place and the result of
    each when it is graded, so that an interruption need not lose it.
    """
    jobs = jobs or os.cpu_count() or 1
    markers: SimpleQueue[Marker] = SimpleQueue()
    for _ in range(jobs):
        markers.put(Marker())

    def grade_one(submission: Submission, archive: Path | None) -> Result:
        marker = markers.get()
        try:
            return grade(submission, archive, limits or Limits(), marker)
        finally:
            markers.put(marker)

    pool = ThreadPoolExecutor(jobs)
    try:
        running = [pool.submit(grade_one, *pair) for pair in submissions]
        place = {each: index for index, each in enumerate(running)}
        for each in as_completed(running):
            done(place[each], each.result())
    except BaseException:
        # Ctrl-C: it does not reach the processes that the threads wait for, or are about to start
        pool.shutdown(wait=False, cancel_futures=True)
        while not all(each.done() for each in running):
            end_all()
            time.sleep(0.1)
        raise
    finally:
        pool.shutdown()
        while not markers.empty():
            markers.get().end()
    return [finished.result() for finished in running]


def grade(submission: Submission, archive: Path | None, limits: Limits, marker: Marker) -> Result:
    """Grade one submission; whatever is wrong with it becomes part of the result."""
    try:
        if submission.file is None or archive is None:
            raise ValueError(submission.problem)
        questions, problems = grade_file(submission.file, archive, limits, marker)
        return Result(submission.student, questions, [*submission.remarks, *problems])
    except ValueError as error:
        problem = str(error)
    except Exception as error:  # the others' results must not be lost
        problem = f"the grader failed: {type(error).__name__}: {error}"
    questions = [] if archive is None else no_points(archive)
    return Result(submission.student, questions, [clean(problem), *submission.remarks])


def grade_file(
    file: Path, archive: Path, limits: Limits, marker: Marker
) -> tuple[list[Question], list[str]]:
    """The questions of a submitted file, and what went wrong outside of them.

    Raises ValueError, with a line for the teacher, if it cannot be graded.
    """
    cells, assignment = read_submission(file)
    graded = assignment_name(archive)
    if assignment not in (None, graded):
        raise ValueError(
            f"{clean(file.name)} is of the assignment {clean(assignment)!r}, graded is "
            f"{graded!r}: another assignment, or somebody else's variant"
        )
    marks = marker.mark(archive, cells, limits)
    problems = [
        f"code cell {number}: {line}" if number else line for number, line in marks["errors"]
    ]
    problems += mentions_of_the_library(cells)
    return [question(found) for found in marks["questions"]], problems


def mentions_of_the_library(cells: Sequence[str]) -> list[str]:
    """A remark for each cell that uses this library, which holds answers too."""
    numbers = [number for number, cell in enumerate(cells, start=1) if "ddpg_tf" in cell]
    return [f"code cell {number} uses ddpg_tf, where the answers are" for number in numbers]


def question(marks: dict[str, Any]) -> Question:
    """Make a question of what `marking.marked` found: its mistakes, and its other failures."""
    result = Question(marks["name"], marks["score"], marks["points"])
    for failure in marks["failures"]:
        kind, message = failure["kind"], failure["text"]
        named = re.match(r"\[(\w+)\] (.*)", message, re.DOTALL)
        if kind in ("Mistake", "Finding") and named:
            kept = result.mistakes if kind == "Mistake" else result.findings
            kept[named[1]] = named[2]
        elif message not in result.remarks:
            result.remarks.append(message)
    return result


def no_points(archive: Path) -> list[Question]:
    """The questions of an autograder zip, with no points."""
    questions = []
    for source in tests_of(archive).values():
        constants = assignments(source)
        points = constants["points"]
        total = sum(points) if isinstance(points, list) else points
        questions.append(Question(constants["name"], 0, total))
    return questions
