"""A folder of submissions -> points, mistakes and problems of each student, in parallel.

Each submission is graded by `otter run` in processes of its own, with a time limit; what happens
there stays there.
"""

import ast
import json
import os
import re
import subprocess
import sys
import tempfile
import zipfile
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass, field
from pathlib import Path

import psutil

from tutorials.homework.environment import otter_environment
from tutorials.homework.isolate import split

SUFFIXES = (".ipynb", ".py", ".zip")


@dataclass
class Question:
    """One question of one student. mistakes: {name: hint}; remarks: other failures, a line each."""

    name: str
    score: float
    points: float
    mistakes: dict[str, str] = field(default_factory=dict)
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
    memory: bytes that the student's process may take beyond those of Python and TensorFlow.
    """

    call_seconds: float = 20
    seconds: float = 300
    memory: int = 2 * 2**30


def find_submissions(folder: Path) -> dict[str, Path]:
    """Return {student: file}: files NAME.ipynb, or folders NAME with one such file in them.

    Raises ValueError if there are none, or two for one student.
    """
    if not folder.is_dir():
        raise ValueError(f"{str(folder)!r} is no folder; give the folder of the submissions")
    found = {}
    for path in sorted(folder.iterdir()):
        # left there by Jupyter (.ipynb_checkpoints) and by a Mac's zip (__MACOSX, ._ada.ipynb)
        if path.name.startswith((".", "__")):
            continue
        inside = sorted(path.iterdir()) if path.is_dir() else [path]
        student = path.name if path.is_dir() else path.stem
        for file in inside:
            if file.suffix in SUFFIXES and file.is_file() and not file.name.startswith("."):
                if student in found:
                    raise ValueError(f"two submissions of {student!r} in {folder}; keep one")
                found[student] = file
    if not found:
        raise ValueError(f"no submission in {folder}; expected files {', '.join(SUFFIXES)}")
    return found


def archive_of(student: str, build: Path) -> Path:
    """Return the autograder zip for a student: of the student's own variant if there is one.

    Raises ValueError if `build` holds neither.
    """
    for archive in (build / student / "autograder.zip", build / "autograder.zip"):
        if archive.is_file():
            return archive
    raise ValueError(f"no autograder.zip for {student!r} in {build}; give the folder of a build")


def grade_folder(folder: Path, build: Path, limits=None, jobs=None, advance=lambda: None):
    """Return the results of all submissions in the folder, in the order of their names.

    jobs: how many at once, by default one a core. advance: called after each.
    """
    archives = {
        student: (file, archive_of(student, build))
        for student, file in find_submissions(folder).items()
    }
    results = {}
    with ThreadPoolExecutor(jobs or os.cpu_count()) as pool:
        running = {
            pool.submit(grade, student, file, archive, limits or Limits()): student
            for student, (file, archive) in archives.items()
        }
        for finished in as_completed(running):
            results[running[finished]] = finished.result()
            advance()
    return [results[student] for student in sorted(results)]


def grade(student: str, submission: Path, archive: Path, limits: Limits) -> Result:
    """Grade one submission; whatever is wrong with it becomes part of the result."""
    with tempfile.TemporaryDirectory() as folder:
        work = Path(folder)
        try:
            answers = split(submission, archive, work, limits.call_seconds, limits.memory)
            results = otter_run(answers, archive, work, limits.seconds)
            errors = json.loads((work / "errors.json").read_text())
        except ValueError as error:
            return Result(student, no_points(archive), [str(error)])
        except FileNotFoundError:
            problem = "the grader could not fetch the answers; build the assignment anew"
            return Result(student, no_points(archive), [problem])
        problems = [f"code cell {number}: {line}" if number else line for number, line in errors]
        problems += mentions_of_the_library(json.loads((work / "cells.json").read_text()))
        return Result(student, [question(test) for test in results], problems)


def mentions_of_the_library(cells) -> list[str]:
    """Return a remark for each cell that uses this library, which holds answers too."""
    numbers = [number for number, cell in enumerate(cells, start=1) if "ddpg_tf" in cell]
    return [f"code cell {number} uses ddpg_tf, where the answers are" for number in numbers]


def otter_run(notebook: Path, archive: Path, work: Path, seconds: float) -> list[dict]:
    """Run `otter run`; return the results of the questions. Raises ValueError if there are none."""
    command = [sys.executable, "-m", "otter", "run", "--no-logo"]
    command += ["-a", str(archive.resolve()), "-o", str(work), str(notebook)]
    process = subprocess.Popen(
        command,
        cwd=work,
        env=otter_environment(work),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
    )
    try:
        output, _ = process.communicate(timeout=seconds)
    except subprocess.TimeoutExpired:
        end_with_children(process)
        raise ValueError(f"grading took longer than {seconds:g} seconds in all") from None
    try:
        tests = json.loads((work / "results.json").read_text())["tests"]
    except (OSError, ValueError):
        lines = output.strip().splitlines() or ["no output"]
        raise ValueError(f"Otter could not grade it: {lines[-1].strip()}") from None
    graded = [test for test in tests if "score" in test]
    if not graded:
        raise ValueError("Otter could not grade it: " + " ".join(tests[-1]["output"].split()))
    return graded


def end_with_children(process: subprocess.Popen) -> None:
    """Kill a process and all that it started."""
    children = psutil.Process(process.pid).children(recursive=True)
    for each in [*children, process]:
        try:
            each.kill()
        except psutil.NoSuchProcess:
            continue
    process.communicate()


def question(test: dict) -> Question:
    """Return a question from Otter's results, its mistakes and other failures taken apart."""
    result = Question(test["name"], test["score"], test["max_score"])
    for kind, message in failures(test["output"]):
        named = re.match(r"\[(\w+)\] (.*)", message)
        if kind == "Mistake" and named:
            result.mistakes[named[1]] = named[2]
        else:
            result.remarks.append(message)
    return result


def failures(output: str) -> list[tuple[str, str]]:
    """Return (type, message in one line) of each failed test in Otter's text."""
    parts = re.split(r"Error at line \d+ in test \S+:\n[^\n]*\n", output)[1:]
    found = []
    for part in parts:
        text = re.split(r"\n\s*\n\s*\S+ - \d+ (?:result|message):", part)[0]
        kind, _, message = " ".join(text.split()).partition(": ")
        found.append((kind, message))
    return found


def no_points(archive: Path) -> list[Question]:
    """Return the questions of an autograder zip with no points."""
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
    """Return the constants that a test file assigns at its top."""
    return {
        node.targets[0].id: ast.literal_eval(node.value)
        for node in ast.parse(source).body
        if isinstance(node, ast.Assign)
    }
