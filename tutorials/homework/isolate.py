"""A submission, split: the student's cells here, a notebook of answers for Otter there.

Otter runs a submission and its tests in one process. So `grade` hands Otter another notebook, with
a single cell that fetches the answers from the student's own process (`remote.py`).
"""

import ast
import io
import json
import re
import zipfile
from pathlib import Path

import jupytext
import nbformat

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
    Raises ValueError for a submission that cannot be read.
    """
    notebook = read_submission(submission)
    (work / "cells.json").write_text(json.dumps(code_cells(notebook)))
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
    if "otter" in notebook.metadata:  # so that Otter can refuse the wrong assignment
        name = notebook.metadata["otter"].get("assignment_name")
        answers.metadata["otter"] = {"assignment_name": name}
    elif submission.suffix == ".py":  # a plain file does not say which assignment it is
        answers.metadata["otter"] = {"assignment_name": assignment_name(archive)}
    path = work / "answers.ipynb"
    nbformat.write(answers, path)
    return path


def read_submission(path: Path) -> nbformat.NotebookNode:
    """Return the notebook in a .ipynb, a .py or Otter's .zip.

    Raises ValueError, with the file's name, if there is none.
    """
    fmt = "py:percent" if path.suffix == ".py" else "ipynb"
    try:
        return nbformat.v4.upgrade(jupytext.reads(contents(path), fmt=fmt))
    except Exception as error:
        reason = " ".join(str(error).split())[:200]
        raise ValueError(f"{path.name} cannot be read as a notebook: {reason}") from None


def contents(path: Path) -> str:
    """Return the text of a submission."""
    if path.suffix != ".zip":
        data = path.read_bytes() if path.stat().st_size <= LARGEST_SUBMISSION else None
    else:
        with zipfile.ZipFile(io.BytesIO(path.read_bytes())) as files:
            notebooks = [file for file in files.infolist() if file.filename.endswith(".ipynb")]
            if len(notebooks) != 1:
                raise ValueError(f"it must hold one notebook, and has {len(notebooks)}")
            large = notebooks[0].file_size > LARGEST_SUBMISSION
            data = None if large else files.read(notebooks[0])
    if data is None:
        raise ValueError(f"it is larger than {LARGEST_SUBMISSION / 2**20:g} MiB")
    return data.decode()


def code_cells(notebook: nbformat.NotebookNode) -> list[str]:
    """Return the code of all code cells, empty for those that are Otter's or only draw."""
    cells = [cell.source for cell in notebook.cells if cell.cell_type == "code"]
    return ["" if is_otters(c) or is_picture(c) else without_magics(c) for c in cells]


def is_otters(source: str) -> bool:
    """Return whether a code cell has nothing in it but calls of Otter's `grader`."""
    lines = [line for line in source.splitlines() if line.strip() and not line.startswith("#")]
    return bool(lines) and all(re.match(r"import otter$|grader\b", line) for line in lines)


def is_picture(source: str) -> bool:
    """Return whether a code cell only draws; such cells are not graded."""
    return source.startswith("# picture")


def without_magics(cell: str) -> str:
    """Return the cell with lines such as `%matplotlib inline` and `!pip ...` taken out."""
    if cell.lstrip().startswith("%%"):
        return ""
    lines = cell.splitlines()
    return "\n".join("pass" if line.startswith(("%", "!")) else line for line in lines)


def names_in_tests(archive: Path) -> set[str]:
    """Return the names that the tests in an autograder zip ask for: their functions' arguments."""
    names = set()
    with zipfile.ZipFile(archive) as files:
        for file in files.namelist():
            if file.startswith("tests/") and file.endswith(".py"):
                tree = ast.parse(files.read(file))
                names |= {node.arg for node in ast.walk(tree) if isinstance(node, ast.arg)}
    return names


def measuring_module(archive: Path) -> str | None:
    """Return the module that measures answers where the student's code runs, if there is one."""
    with zipfile.ZipFile(archive) as files:
        found = [name for name in files.namelist() if name.endswith("/measure.py")]
    return found[0].removeprefix("files/").removesuffix(".py").replace("/", ".") if found else None


def assignment_name(archive: Path) -> str:
    """Return the name of the assignment that an autograder zip grades."""
    with zipfile.ZipFile(archive) as files:
        return json.loads(files.read("otter_config.json"))["assignment_name"]
