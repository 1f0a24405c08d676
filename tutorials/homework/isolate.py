"""A submission, split: the student's cells here, a notebook of answers for Otter there.

Otter runs a submission and its tests in one process. So `grade` hands Otter another notebook, with
a single cell that fetches the answers from the student's own process (`remote.py`).
"""

import ast
import io
import json
import re
import zipfile
from collections.abc import Iterable, Mapping
from pathlib import Path

import jupytext
import nbformat

from ddpg_tf.sandbox.notebooks import without_magics
from tutorials.homework.cleaning import clean

LARGEST_SUBMISSION = 20 * 2**20
"""Bytes, unpacked."""

FETCH = """\
import json
from pathlib import Path
from tutorials.homework.remote import Student
cells = json.loads(Path({cells!r}).read_text())
student = Student(cells, {wanted!r}, {seconds!r}, {memory!r}, {measure!r})
globals().update(student.answers())
Path({errors!r}).write_text(json.dumps(student.errors))
"""


def split(submission: Path, archive: Path, work: Path, seconds: float, memory: int) -> Path:
    """Write the student's cells and the notebook of answers to `work`; return the notebook.

    What the cells raise will be in `work / "errors.json"` when Otter has run.
    Raises ValueError for a submission that cannot be read, or is of another assignment.
    """
    cells, assignment = read_submission(submission)
    graded = assignment_name(archive)
    if assignment not in (None, graded):
        raise ValueError(
            f"{clean(submission.name)} is of the assignment {clean(assignment)!r}, graded is "
            f"{graded!r}: another assignment, or somebody else's variant"
        )
    (work / "cells.json").write_text(json.dumps(cells))
    source = FETCH.format(
        cells=str(work / "cells.json"),
        errors=str(work / "errors.json"),
        wanted=sorted(names_in_tests(archive)),
        seconds=seconds,
        memory=memory,
        measure=measuring_module(archive),
    )
    answers = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(source)])
    answers.metadata["kernelspec"] = {"name": "python3", "display_name": "Python 3"}
    answers.metadata["otter"] = {"assignment_name": graded}
    path = work / "answers.ipynb"
    nbformat.write(answers, path)
    return path


def read_submission(path: Path) -> tuple[list[str], str | None]:
    """Read the code cells in a .ipynb, a .py or Otter's .zip, and the assignment that it names.

    Raises ValueError, with the file's name, if they cannot be had.
    """
    read = plain_file if path.suffix.lower() == ".py" else notebook_file
    try:
        return read(contents(path))
    except Exception as error:  # the file may hold anything
        reason = clean(str(error))[:200]
        raise ValueError(f"{clean(path.name)} cannot be read: {reason}") from None


def plain_file(text: str) -> tuple[list[str], None]:
    """The code cells of a Python file, which does not say which assignment it is of."""
    return runnable(
        c.source for c in jupytext.reads(text, fmt="py:percent").cells if is_code(c)
    ), None


def notebook_file(text: str) -> tuple[list[str], str | None]:
    """The code cells of a notebook, and the name of the assignment if Otter put one in.

    Raises ValueError if it is not a notebook.
    """
    try:
        content = json.loads(text)
    except (ValueError, RecursionError):
        raise ValueError("it is not a notebook: it is not JSON") from None
    cells = content.get("cells") if isinstance(content, dict) else None
    if not isinstance(cells, list) or not all(isinstance(cell, dict) for cell in cells):
        raise ValueError("it is not a notebook: it has no list of cells")
    sources = [source_of(cell) for cell in cells if is_code(cell)]
    metadata = content.get("metadata")
    otters = metadata.get("otter") if isinstance(metadata, dict) else None
    name = otters.get("assignment_name") if isinstance(otters, dict) else None
    return runnable(sources), None if name is None else str(name)


def source_of(cell: dict) -> str:
    """The text of a notebook's cell. Raises ValueError if it is something else."""
    source = cell.get("source", "")
    lines = source if isinstance(source, list) else [source]
    if not all(isinstance(line, str) for line in lines):
        raise ValueError("it is not a notebook: a cell of code has no text")
    return "".join(lines)


def is_code(cell: Mapping) -> bool:
    """Whether a notebook's cell is one of code."""
    return cell.get("cell_type") == "code"


def contents(path: Path) -> str:
    """The text of a submission."""
    if path.suffix.lower() != ".zip":
        data = path.read_bytes() if path.stat().st_size <= LARGEST_SUBMISSION else None
    else:
        with zipfile.ZipFile(io.BytesIO(path.read_bytes())) as files:
            notebooks = [file for file in files.infolist() if is_notebook(file.filename)]
            if len(notebooks) != 1:
                raise ValueError(f"it must hold one notebook, and has {len(notebooks)}")
            large = notebooks[0].file_size > LARGEST_SUBMISSION
            data = None if large else files.read(notebooks[0])
    if data is None:
        raise ValueError(f"it is larger than {LARGEST_SUBMISSION / 2**20:g} MiB")
    return decoded(data)


def is_notebook(name: str) -> bool:
    """Whether a file in a zip is a notebook, and not what Jupyter or a Mac left there."""
    return name.endswith(".ipynb") and not re.search(r"(^|/)(\.|__MACOSX/)", name)


def decoded(data: bytes) -> str:
    """Decode the text, without a byte-order mark. Raises ValueError if it is not UTF-8."""
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise ValueError("its text is not in UTF-8") from None


def runnable(cells: Iterable[str]) -> list[str]:
    """Make plain Python of the code cells; empty are those that are Otter's or only draw."""
    return ["" if is_otters(c) or is_picture(c) else without_magics(c) for c in cells]


def is_otters(source: str) -> bool:
    """Whether a code cell has nothing in it but calls of Otter's `grader`."""
    lines = [line for line in source.splitlines() if line.strip() and not line.startswith("#")]
    return bool(lines) and all(re.match(r"import otter$|grader\b", line) for line in lines)


def is_picture(source: str) -> bool:
    """Whether a code cell only draws; such cells are not graded."""
    return source.startswith("# picture")


def names_in_tests(archive: Path) -> set[str]:
    """The names that the tests in an autograder zip ask for: their functions' arguments."""
    names = set()
    with zipfile.ZipFile(archive) as files:
        for file in files.namelist():
            if file.startswith("tests/") and file.endswith(".py"):
                tree = ast.parse(files.read(file))
                names |= {node.arg for node in ast.walk(tree) if isinstance(node, ast.arg)}
    return names


def measuring_module(archive: Path) -> str | None:
    """The module that measures answers where the student's code runs, if there is one."""
    with zipfile.ZipFile(archive) as files:
        found = [name for name in files.namelist() if name.endswith("/measure.py")]
    return found[0].removeprefix("files/").removesuffix(".py").replace("/", ".") if found else None


def assignment_name(archive: Path) -> str:
    """The name of the assignment that an autograder zip grades."""
    with zipfile.ZipFile(archive) as files:
        return json.loads(files.read("otter_config.json"))["assignment_name"]
