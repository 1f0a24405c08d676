"""A submission's code cells, and what an unpacked autograder zip says about them.

Otter runs a submission and its tests in one process, where the one could replace the other. So its
plugin (`ddpg_tf/sandbox/otter_plugin.py`) hands Otter another notebook, with a single cell that
fetches the answers from the student's own process (`remote.py`).
"""

import ast
import codecs
import io
import json
import re
import tempfile
import zipfile
from collections.abc import Iterable, Mapping
from dataclasses import astuple, dataclass
from pathlib import Path

import jupytext
import nbformat

from ddpg_tf.sandbox.cleaning import clean
from ddpg_tf.sandbox.notebooks import without_magics
from ddpg_tf.sandbox.packing import TEXT_LIMIT

LARGEST_SUBMISSION = 20 * 2**20
"""Bytes, unpacked."""
LONGEST_CODE = TEXT_LIMIT // 2
"""Bytes of the code in it, as it is sent to the student's process."""

FETCH = """\
import atexit, json, sys
from pathlib import Path
sys.path.insert(0, {files!r})
from tutorials.homework.remote import Student
cells = json.loads(Path({cells!r}).read_text())
Path({cells!r}).unlink()
student = Student(cells, {wanted!r}, {seconds!r}, {memory!r}, {measure!r}, {total!r})
atexit.register(student.stop)
globals().update(student.answers())
for number, line in student.errors:
    print("code cell", number, line)
"""


@dataclass(frozen=True)
class Limits:
    """What a submission may use.

    call_seconds: one call, or one cell. seconds: all of the submission's cells and calls. memory:
    bytes that the student's process may take beyond what Python and TensorFlow take.
    """

    call_seconds: float = 20
    seconds: float = 300
    memory: int = 2 * 2**30


def notebook_of_answers(submission: nbformat.NotebookNode, source: Path) -> nbformat.NotebookNode:
    """The notebook that Otter is to run in place of a submission.

    source: the unpacked autograder zip.
    """
    cells = runnable(cell.source for cell in submission.cells if is_code(cell))
    with tempfile.NamedTemporaryFile("w", suffix=".json", delete=False) as file:
        json.dump(cells, file)
    seconds, total, memory = astuple(Limits())
    tests = [file.read_text() for file in (source / "tests").glob("*.py")]
    files = source / "files"
    fetch = FETCH.format(
        files=str(files),
        cells=file.name,
        wanted=sorted(names_in_tests(tests)),
        seconds=seconds,
        memory=memory,
        measure=measure_in(files),
        total=total,
    )
    answers = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(fetch)])
    answers.metadata["kernelspec"] = {"name": "python3", "display_name": "Python 3"}
    return answers


def read_submission(path: Path) -> tuple[list[str], str | None]:
    """Read the code cells in a .ipynb, a .py or Otter's .zip, and the assignment that it names.

    Raises ValueError, with the file's name, if they cannot be had.
    """
    read = plain_file if path.suffix.lower() == ".py" else notebook_file
    try:
        cells, assignment = read(contents(path))
        if len(json.dumps(cells)) > LONGEST_CODE:
            raise ValueError(f"its code is longer than {LONGEST_CODE / 2**20:g} MiB")
        return cells, assignment
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
        reason = "it is cut off, or not JSON" if text.strip() else "it is empty"
        raise ValueError(f"it is not a notebook: {reason}") from None
    if isinstance(content, dict) and "worksheets" in content:  # of 2015 or before
        content = nbformat.convert(nbformat.from_dict(content), 4)
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
        size = f"{LARGEST_SUBMISSION / 2**20:g} MiB"
        raise ValueError(f"it is larger than {size}; clear its outputs and save it again")
    return decoded(data)


def is_notebook(name: str) -> bool:
    """Whether a file in a zip is a notebook, and not what Jupyter or a Mac left there."""
    return name.endswith(".ipynb") and not re.search(r"(^|/)(\.|__MACOSX/)", name)


def decoded(data: bytes) -> str:
    """Decode UTF-8, or UTF-16 that is marked as such. Raises ValueError for another text."""
    marks = codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE
    try:
        return data.decode("utf-16" if data.startswith(marks) else "utf-8-sig")
    except UnicodeDecodeError:
        raise ValueError("its text is not in UTF-8; save it in that encoding") from None


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


def names_in_tests(sources: Iterable[str]) -> set[str]:
    """The names that the sources of test files ask for: their functions' arguments."""
    trees = [ast.parse(source) for source in sources]
    return {node.arg for tree in trees for node in ast.walk(tree) if isinstance(node, ast.arg)}


def measure_in(files: Path) -> tuple[str, list[str]] | None:
    """(folder, modules) of what measures answers where the student's code runs, if there is any."""
    found = sorted((files / "tutorials" / "homework").glob("*/measure.py"))
    modules = [".".join(file.relative_to(files).with_suffix("").parts) for file in found]
    return (str(files), modules) if modules else None
