"""A folder of submissions -> points, mistakes and problems of each student, in parallel.

Each submission is graded by `otter run` in processes of its own, with a time limit; what happens
there stays there.
"""

import ast
import json
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

from ddpg_tf.sandbox.processes import end_all, run
from tutorials.homework.cleaning import clean
from tutorials.homework.collect import Submission, find_submissions, with_archives
from tutorials.homework.environment import otter_environment
from tutorials.homework.isolate import split


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


@dataclass(frozen=True)
class Limits:
    """What a submission may use.

    call_seconds: one call; four times that for all the cells. seconds: all of the grading.
    memory: bytes that the student's process may take beyond what Python and TensorFlow take.
    """

    call_seconds: float = 20
    seconds: float = 300
    memory: int = 2 * 2**30


def grade_folder(
    folder: Path, build: Path, limits: Limits | None = None, jobs: int | None = None
) -> list[Result]:
    """Grade all submissions in the folder; the results are in the order of the names."""
    return grade_all(with_archives(find_submissions(folder), build), limits, jobs)


def grade_all(
    submissions: Sequence[tuple[Submission, Path]],
    limits: Limits | None = None,
    jobs: int | None = None,
    advance: Callable[[], object] = lambda: None,
) -> list[Result]:
    """Grade (submission, archive) pairs; the results are in their order.

    jobs: how many at once, by default one a core. advance: called after each.
    """
    pool = ThreadPoolExecutor(jobs or os.cpu_count())
    try:
        running = [pool.submit(grade, *pair, limits or Limits()) for pair in submissions]
        for _ in as_completed(running):
            advance()
    except BaseException:
        # Ctrl-C: it does not reach the processes that the threads wait for, or are about to start
        pool.shutdown(wait=False, cancel_futures=True)
        while not all(each.done() for each in running):
            end_all()
            time.sleep(0.1)
        raise
    finally:
        pool.shutdown()
    return [finished.result() for finished in running]


def grade(submission: Submission, archive: Path, limits: Limits) -> Result:
    """Grade one submission; whatever is wrong with it becomes part of the result."""
    try:
        if submission.file is None:
            raise ValueError(submission.problem)
        questions, problems = grade_file(submission.file, archive, limits)
        return Result(submission.student, questions, problems)
    except ValueError as error:
        problem = str(error)
    except Exception as error:  # the others' results must not be lost
        problem = f"the grader failed: {type(error).__name__}: {error}"
    return Result(submission.student, no_points(archive), [clean(problem)])


def grade_file(file: Path, archive: Path, limits: Limits) -> tuple[list[Question], list[str]]:
    """The questions of a submitted file, and what went wrong outside of them.

    Raises ValueError, with a line for the teacher, if it cannot be graded.
    """
    with tempfile.TemporaryDirectory() as folder:
        work = Path(folder)
        answers = split(file, archive, work, limits.call_seconds, limits.memory)
        results = otter_run(answers, archive, work, limits.seconds)
        if not (work / "errors.json").is_file():
            raise ValueError("the grader could not fetch the answers; build the assignment again")
        errors = json.loads((work / "errors.json").read_text())
        problems = [f"code cell {number}: {line}" if number else line for number, line in errors]
        problems += mentions_of_the_library(json.loads((work / "cells.json").read_text()))
        return [question(test) for test in results], problems


def mentions_of_the_library(cells: Sequence[str]) -> list[str]:
    """A remark for each cell that uses this library, which holds answers too."""
    numbers = [number for number, cell in enumerate(cells, start=1) if "ddpg_tf" in cell]
    return [f"code cell {number} uses ddpg_tf, where the answers are" for number in numbers]


def otter_run(notebook: Path, archive: Path, work: Path, seconds: float) -> list[dict]:
    """Run `otter run`: the results of the questions. Raises ValueError if there are none."""
    command = [sys.executable, "-m", "otter", "run", "--no-logo"]
    command += ["-a", str(archive.resolve()), "-o", str(work), str(notebook)]
    try:
        finished = run(command, work, otter_environment(work), seconds)
    except TimeoutError:
        raise ValueError(f"grading took longer than {seconds:g} seconds in all") from None
    try:
        tests = json.loads((work / "results.json").read_text())["tests"]
    except (OSError, ValueError):
        said = finished.stderr.strip() or finished.stdout.strip() or "no output"
        raise ValueError(could_not_grade(said.splitlines()[-1])) from None
    graded = [test for test in tests if "score" in test]
    if not graded:
        raise ValueError(could_not_grade(tests[-1]["output"]))
    return graded


def could_not_grade(output: str) -> str:
    """Otter's own error without the names of its classes."""
    reason = re.sub(r"^([\w.]*(Error|Exception): )+", "", clean(output))
    return f"Otter could not grade it: {reason}"


def question(test: dict) -> Question:
    """Make a question of Otter's results: its mistakes, and its other failures."""
    result = Question(test["name"], test["score"], test["max_score"])
    for kind, message in failures(test["output"]):
        named = re.match(r"\[(\w+)\] (.*)", message, re.DOTALL)
        if kind in ("Mistake", "Finding") and named:
            kept = result.mistakes if kind == "Mistake" else result.findings
            kept[named[1]] = named[2]
        else:
            result.remarks.append(message)
    return result


def failures(output: str) -> list[tuple[str, str]]:
    """(type, message, its lines stripped) of each failed test in Otter's text."""
    parts = re.split(r"Error at line \d+ in test \S+:\n[^\n]*\n", output)[1:]
    found = []
    for part in parts:
        text = re.split(r"\n\s*\n\s*\S+ - \d+ (?:result|message):", part)[0]
        lines = [line.strip() for line in text.splitlines() if line.strip()]
        kind, _, message = "\n".join(lines).partition(": ")
        found.append((kind, message))
    return found


def no_points(archive: Path) -> list[Question]:
    """The questions of an autograder zip, with no points."""
    questions = []
    with zipfile.ZipFile(archive) as files:
        for file in sorted(files.namelist()):
            if file.startswith("tests/") and file.endswith(".py"):
                constants = assignments(files.read(file))
                points = constants["points"]
                total = sum(points) if isinstance(points, list) else points
                questions.append(Question(constants["name"], 0, total))
    return questions


def assignments(source: bytes) -> dict:
    """The constants that a test file assigns at its top."""
    return {
        node.targets[0].id: ast.literal_eval(node.value)
        for node in ast.parse(source).body
        if isinstance(node, ast.Assign)
    }
