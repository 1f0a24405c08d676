"""From a master to what is handed out, what is kept, and what grades.

OUT/student/         the notebook, checks.py: hand this out
OUT/plain/           the same tasks as a Python file with pytest: for GitHub Classroom
OUT/solution/        the notebook with solutions, runs as it is: keep this
OUT/autograder.zip   tests, hidden ones included: for `grade` and for Gradescope
"""

import re
import secrets
import shutil
import sys
import tempfile
import zipfile
from collections.abc import Collection, Iterable
from pathlib import Path

import jupytext
import nbformat

from ddpg_tf.sandbox.processes import run
from tutorials.homework.environment import otter_environment
from tutorials.homework.isolate import is_otters, is_picture, names_in_tests
from tutorials.homework.questions import parts_of, with_borrowed, with_overlay
from tutorials.homework.variants import numbers, render

HERE = Path(__file__).parent
ASSIGNMENTS = ("replay", "gradient", "exploration", "td3", "capstone")
USING_THE_LIBRARY = ("gradient",)
"""Assignments whose hidden tests import `ddpg_tf`."""
GRADING_MODULES = (
    *("checking.py", "isolate.py", "judging.py", "marking.py", "remote.py"),
    *("wording.py", "worker.py"),
)
BUILT = ("student", "plain", "solution", "autograder.zip")
"""What a build consists of."""
POINTS = re.compile(r"^points: \[(.*)\]$", re.MULTILINE)
PICTURE = re.compile(r"\s*<!-- picture -->.*?<!-- /picture -->", re.DOTALL)
"""Sentences about a picture, which the plain files lack."""
REQUIREMENTS = re.compile(r"^requirements:\n((?:  - .*\n)+)", re.MULTILINE)
FOR_THE_GRADER = ("landlockpy",)
"""Of these, what students do not need: it keeps their code from reading the tests, on Linux."""
KERNEL = {"name": "python3", "display_name": "Python 3", "language": "python"}


def build(
    assignment: str,
    out: Path,
    variant: int = 0,
    try_solution: bool = True,
    overlay: Path | None = None,
) -> None:
    """Build one assignment into `out`; a former build there is replaced.

    try_solution: let Otter run the tests on the solution. overlay: a folder with questions of one's
    own, see `with_overlay`. Raises ValueError for what cannot be built, a master that Otter
    refuses, or a solution that does not get full marks.
    """
    check_request(assignment, out, variant)
    check_overlay(overlay, assignment)
    own = None if overlay is None else overlay / assignment
    with tempfile.TemporaryDirectory() as folder:
        work = Path(folder)
        notebook = work / f"{assignment}.ipynb"
        text = with_overlay(text_of(assignment), own)
        nbformat.write(master(assignment, variant, text), notebook)
        # an overlay's questions may take the places of all that were borrowed from somewhere
        parts = {assignment, *parts_of(text_of(assignment)), *parts_of(text)}
        copy_checks(assignment, parts, work)
        copy_grading_code(parts, work)
        if own is not None and (own / "own_checks.py").is_file():
            shutil.copy(own / "own_checks.py", work)
        if own is not None and (own / "own_hidden.py").is_file():
            shutil.copy(own / "own_hidden.py", work / "tutorials" / "homework" / assignment)
        otter_assign(notebook, try_solution)
        finished = work / "finished"
        arrange(assignment, work / "built", finished)
        add_what_to_install(assignment, text, finished)
        shutil.rmtree(out, ignore_errors=True)
        out.parent.mkdir(parents=True, exist_ok=True)
        shutil.copytree(finished, out)


def check_request(assignment: str, out: Path, variant: int) -> None:
    """Raise ValueError for an unknown assignment or variant, or if `out` holds something else."""
    if assignment not in ASSIGNMENTS:
        raise ValueError(f"no assignment {assignment!r}; there are {', '.join(ASSIGNMENTS)}")
    if variant < 0:
        raise ValueError(f"a variant is a number from 0 on; got {variant}")
    if out.exists() and not (out.is_dir() and is_build_or_empty(out)):
        raise ValueError(
            f"{str(out)!r} is in the way: it is not a former build, and would be deleted; "
            "move it, or give another folder with --out"
        )


def is_build_or_empty(folder: Path) -> bool:
    """Whether a folder holds nothing but a build, if anything."""
    names = {path.name for path in folder.iterdir()} - {".DS_Store", ".ipynb_checkpoints"}
    return not names or ((folder / "autograder.zip").is_file() and names <= set(BUILT))


def check_overlay(overlay: Path | None, assignment: str) -> None:
    """Raise ValueError if an overlay is no folder, or holds nothing for any assignment."""
    if overlay is None:
        return
    found = [name for name in ASSIGNMENTS if (overlay / name / "questions.md").is_file()]
    if not found:
        raise ValueError(f"{str(overlay)!r} is no overlay: it holds no {assignment}/questions.md")


def text_of(assignment: str) -> str:
    """An assignment's master, with the questions that it borrows from others."""
    return with_borrowed(
        (HERE / assignment / "master.md").read_text(),
        lambda name: (HERE / name / "master.md").read_text(),
    )


def master(assignment: str, variant: int, text: str | None = None) -> nbformat.NotebookNode:
    """The master notebook of a variant, in Otter Assign's format. text: of the master's file."""
    text = text_of(assignment) if text is None else text
    points = sum(sum(map(float, found.split(","))) for found in POINTS.findall(text))
    values = {**numbers(assignment, variant), "points": f"{points:g}"}
    notebook = jupytext.reads(render(text, values), fmt="md")
    notebook.metadata = {"kernelspec": KERNEL}
    for cell in notebook.cells:  # what jupytext notes about blank lines
        cell.metadata = {}
    return notebook


def copy_checks(assignment: str, parts: Iterable[str], work: Path) -> None:
    """Put the visible checks beside the master; those of borrowed questions as `PART_checks.py`."""
    shutil.copy(HERE / "checking.py", work)
    for part in parts:
        name = "checks.py" if part == assignment else f"{part}_checks.py"
        shutil.copy(HERE / part / "checks.py", work / name)


def copy_grading_code(assignments: Collection[str], work: Path) -> None:
    """Put what the hidden tests import beside the master, so that the zip is complete in itself."""
    package = work / "tutorials" / "homework"
    package.mkdir(parents=True)
    for assignment in assignments:
        shutil.copytree(HERE / assignment, package / assignment, ignore=ignored("*.md"))
    if "capstone" in assignments:  # what `world.py` reads; drawn anew, as all else is public
        (package / "capstone" / "disguise.txt").write_text(str(secrets.randbits(32)))
    for module in GRADING_MODULES:
        shutil.copy(HERE / module, package)
    # none from elsewhere mixes in
    for folder in (package.parent, package, *(package / name for name in assignments)):
        (folder / "__init__.py").touch()
    copy_library(work / "ddpg_tf", whole=not set(USING_THE_LIBRARY).isdisjoint(assignments))


def copy_library(to: Path, whole: bool) -> None:
    """Copy the sandbox, or the whole library, without what its `__init__` asks for: Gymnasium."""
    library = HERE.parents[1] / "ddpg_tf"
    shutil.copytree(
        library if whole else library / "sandbox", to if whole else to / "sandbox", ignore=ignored()
    )
    (to / "__init__.py").write_text('"""What the homework\'s tests need of ddpg_tf."""\n')


def ignored(*patterns):
    """Which files not to copy, as `shutil.copytree` wants to know it."""
    return shutil.ignore_patterns("__pycache__", *patterns)


def otter_assign(notebook: Path, try_solution: bool) -> None:
    """Run `otter assign` on the master."""
    command = [sys.executable, "-m", "otter", "assign", notebook.name, "built"]
    command += [] if try_solution else ["--no-run-tests"]
    finished = run(command, notebook.parent, otter_environment(notebook.parent))
    if finished.returncode:
        said = finished.stderr or finished.stdout
        raise ValueError(f"otter assign: {' '.join(said.split())[-2000:]}")


def arrange(assignment: str, built: Path, finished: Path) -> None:
    """Sort Otter's output into folders whose names say who they are for."""
    shutil.copytree(built / "student", finished / "student")
    (finished / "solution").mkdir()
    for file in (built / "autograder").glob("*.ipynb"):
        shutil.copy(file, finished / "solution")
    (archive,) = (built / "autograder").glob("*-autograder_*.zip")
    shutil.copy(archive, finished / "autograder.zip")
    add_plugin(finished / "autograder.zip")
    with tempfile.TemporaryDirectory() as unpacked:  # what the solution's tests import
        shutil.unpack_archive(archive, unpacked)
        shutil.copytree(Path(unpacked) / "files", finished / "solution", dirs_exist_ok=True)
    plain = finished / "plain"
    plain.mkdir()
    student = nbformat.read(finished / "student" / f"{assignment}.ipynb", as_version=4)
    (plain / "task.py").write_text(plain_task(student))
    for file in (*(finished / "student").glob("*.py"), *(HERE / "plain").iterdir()):
        if file.is_file():
            shutil.copy(file, plain)
    asked = names_asked_for(finished / "autograder.zip")
    test = (plain / "test_task.py").read_text().replace("list(checks.CHECKS)", repr(asked))
    if (plain / "own_checks.py").is_file():
        test = test.replace("import checks\n", "import checks\nimport own_checks  # noqa: F401\n")
    (plain / "test_task.py").write_text(test)


def names_asked_for(archive: Path) -> list[str]:
    """The answers that an autograder zip's tests ask for, in the order of their questions."""
    names = []
    with zipfile.ZipFile(archive) as files:
        tests = [name for name in files.namelist() if re.fullmatch(r"tests/q\d+_.*\.py", name)]
        for name in sorted(tests, key=lambda name: int(re.search(r"\d+", name)[0])):
            names += sorted(names_in_tests([files.read(name).decode()]))
    return names


def add_what_to_install(assignment: str, text: str, finished: Path) -> None:
    """Write what a student reads first, and what to install, for a notebook and for plain files."""
    readme = (HERE / "student" / "README.md").read_text()
    (finished / "student" / "README.md").write_text(readme.replace("{assignment}", assignment))
    lines = REQUIREMENTS.search(text)[1].replace("  - ", "").splitlines(keepends=True)
    needed = "".join(line for line in lines if not line.startswith(FOR_THE_GRADER))
    # there is no build of tensorflow-cpu for a Mac
    needed = needed.replace("tensorflow-cpu", "tensorflow")
    for folder, tools in (("student", "otter-grader>=7\njupyterlab\n"), ("plain", "pytest\n")):
        (finished / folder / "requirements.txt").write_text(needed + tools)


def add_plugin(archive: Path) -> None:
    """Put Otter's plugin where it is imported on Gradescope: at the top of the unpacked zip."""
    with tempfile.TemporaryDirectory() as folder, zipfile.ZipFile(archive, "a") as files:
        copy_library(Path(folder) / "ddpg_tf", whole=False)
        for file in sorted(Path(folder).rglob("*.py")):
            files.write(file, file.relative_to(folder))


def plain_task(student: nbformat.NotebookNode) -> str:
    """The student's notebook as a Python file: text as comments, no pictures, no Otter."""
    cells = [cell for cell in student.cells if not belongs_to_notebook(cell)]
    cells = [{**cell, "source": PICTURE.sub("", cell.source)} for cell in cells]
    cells = [nbformat.from_dict(cell) for cell in cells if cell["source"].strip()]
    script = jupytext.writes(nbformat.v4.new_notebook(cells=cells), fmt="py:percent")
    return re.sub(r"\A(#.*\n)*\n", "", script)


def belongs_to_notebook(cell: nbformat.NotebookNode) -> bool:
    """Whether a cell makes sense in a notebook only."""
    return cell.cell_type == "raw" or is_otters(cell.source) or is_picture(cell.source)
