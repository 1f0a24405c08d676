"""A folder of submissions -> whose they are, which file counts, and which tests it gets."""

import unicodedata
import zipfile
from dataclasses import dataclass
from pathlib import Path

from tutorials.homework.cleaning import clean

SUFFIXES = (".ipynb", ".zip", ".py")
"""What can be graded; of a student's files the first kind counts."""
EXPECTED = "a notebook (.ipynb), Otter's zip file of one (.zip) or the plain file (.py)"
HANDED_OUT = ("checks.py", "checking.py", "test_task.py")
"""Files of ours that students send back."""


@dataclass(frozen=True)
class Submission:
    """What one student handed in: a file, or the problem that there is in its place."""

    student: str
    file: Path | None
    problem: str = ""


def find_submissions(folder: Path) -> list[Submission]:
    """Find the students' submissions: files NAME.ipynb, or folders NAME with such a file.

    Raises ValueError if there is nothing to grade.
    """
    if not folder.is_dir():
        raise ValueError(f"{str(folder)!r} is not a folder; give the folder of the submissions")
    files = {}
    for path in sorted(folder.iterdir()):
        if not is_left_behind(path):
            named = not path.is_dir() or path.suffix.lower() in SUFFIXES
            student = unicodedata.normalize("NFC", path.stem if named else path.name)
            files.setdefault(student, []).extend(files_of(path))
    found = [choose(student, files[student]) for student in sorted(files)]
    if not any(submission.file for submission in found):
        raise ValueError(f"no submission in {str(folder)!r}; expected of each student {EXPECTED}")
    return found


def is_left_behind(path: Path) -> bool:
    """Whether a file is nobody's: Jupyter's and a Mac's (.ipynb_checkpoints, __MACOSX)."""
    return path.name.startswith((".", "__")) or path.name in HANDED_OUT


def files_of(path: Path) -> list[tuple[int, Path]]:
    """(how many folders down, file) for a file, or for all files of a folder."""
    if not path.is_dir():
        return [(0, path)]
    found = []
    for child in sorted(path.iterdir()):
        if not (is_left_behind(child) or child.is_symlink()):
            deeper = 1 if child.is_dir() else 0
            found += [(depth + deeper, file) for depth, file in files_of(child)]
    return found


def choose(student: str, files: list[tuple[int, Path]]) -> Submission:
    """Choose among a student's files: the first kind that there is, the least deep."""
    for suffix in SUFFIXES:
        those = [(d, f) for d, f in files if f.suffix.lower() == suffix and f.is_file()]
        top = [file for depth, file in those if depth == min(those)[0]]
        if len(top) == 1:
            return Submission(student, top[0])
        if top:
            names = ", ".join(clean(file.name) for file in top)
            return Submission(student, None, f"more than one submission: {names}; keep one")
    names = ", ".join(clean(file.name) for _, file in files[:3]) or "an empty folder"
    more = ", ..." if len(files) > 3 else ""
    return Submission(student, None, f"cannot be graded: {names}{more}; expected {EXPECTED}")


def with_archives(submissions: list[Submission], build: Path) -> list[tuple[Submission, Path]]:
    """Pair each submission with its autograder zip. Raises ValueError if one is missing."""
    return [(each, archive_of(each.student, build)) for each in submissions]


def archive_of(student: str, build: Path) -> Path:
    """The autograder zip for a student: that of the student's own variant if there is one.

    Raises ValueError if `build` holds neither.
    """
    for archive in (build / student / "autograder.zip", build / "autograder.zip"):
        if archive.is_file():
            if not is_autograder(archive):
                raise ValueError(f"{archive} is not an autograder of Otter's; build it again")
            return archive
    variants = sorted(file.parent.name for file in build.glob("*/autograder.zip"))
    if not variants:
        raise ValueError(f"no autograder.zip in {str(build)!r}; give the folder of a build")
    listed = ", ".join([*variants[:20], *(["..."] if len(variants) > 20 else [])])
    raise ValueError(
        f"no variant was built for {clean(student)!r}; name the submission after one of {listed}"
    )


def is_autograder(archive: Path) -> bool:
    """Whether a file is a zip with Otter's settings and tests in it."""
    try:
        with zipfile.ZipFile(archive) as files:
            names = files.namelist()
    except zipfile.BadZipFile:
        return False
    return "otter_config.json" in names and any(name.startswith("tests/") for name in names)
