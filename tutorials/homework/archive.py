"""What an autograder zip holds: tests, the code that they import, the assignment's name."""

import ast
import hashlib
import json
import re
import zipfile
from pathlib import Path


def tests_of(archive: Path) -> dict[str, str]:
    """The test files in an autograder zip, in the order of their questions: {name: source}."""
    with zipfile.ZipFile(archive) as files:
        names = [name for name in files.namelist() if re.fullmatch(r"tests/.+\.py", name)]
        return {name: files.read(name).decode() for name in sorted(names, key=in_parts)}


def in_parts(name: str) -> list[str | int]:
    """A name's parts, by which q10 comes after q9."""
    return [int(part) if part.isdecimal() else part for part in re.split(r"(\d+)", name)]


def code_of(archive: Path) -> frozenset:
    """What tells the code that the tests import from another archive's: names and checksums."""
    with zipfile.ZipFile(archive) as files:
        return frozenset(
            (file.filename, file.CRC)
            for file in files.infolist()
            if file.filename.startswith("files/")
        )


def digest(archive: Path) -> str:
    """What tells an autograder zip's tests and code from another's."""
    with zipfile.ZipFile(archive) as files:
        parts = sorted((file.filename, file.CRC) for file in files.infolist())
    return hashlib.sha256(repr(parts).encode()).hexdigest()


def is_autograder(archive: Path) -> bool:
    """Whether a file is a zip with Otter's settings and tests in it."""
    try:
        with zipfile.ZipFile(archive) as files:
            names = files.namelist()
    except zipfile.BadZipFile:
        return False
    return "otter_config.json" in names and any(name.startswith("tests/") for name in names)


def assignment_name(archive: Path) -> str:
    """The name of the assignment that an autograder zip grades."""
    with zipfile.ZipFile(archive) as files:
        return json.loads(files.read("otter_config.json"))["assignment_name"]


def assignments(source: str) -> dict:
    """The constants that a test file assigns at its top."""
    return {
        node.targets[0].id: ast.literal_eval(node.value)
        for node in ast.parse(source).body
        if isinstance(node, ast.Assign)
    }
