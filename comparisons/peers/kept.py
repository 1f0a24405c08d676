"""Measurements that are kept in files, so that an interrupted study goes on where it was."""

import hashlib
import json
import os
from collections.abc import Callable, Iterable
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from comparisons.report import versions_and_machine

ROOT = Path(__file__).parents[2]
MEASURED = ("ddpg_tf", "comparisons/peer_programs")
"""Folders whose code is what is measured."""

PACKAGES = ("stable-baselines3", "sbx-rl", "jax", "gymnasium", "mujoco")
"""Packages that are measured beside those of `versions_and_machine`."""


class Kept:
    """A folder with a file for each measurement. It counts for the same question alone.

    To the question belong the code that is measured, the versions of the packages and the machine:
    after a change of any of them it is measured anew. To measure the same again, delete the folder.
    """

    def __init__(self, folder: Path):
        self.folder = folder
        self.versions = {package: installed(package) for package in PACKAGES}
        code, machine = code_of(ROOT, MEASURED), versions_and_machine()
        self.of = {"code": code, "with": machine, "versions": self.versions}

    def get(self, name: str, question: dict, measure: Callable[[], object]) -> object:
        """What was measured under that name, or what `measure` finds now; both as JSON has it."""
        file = self.folder / f"{name}.json"
        question = as_json(self.of | {"question": question})
        if file.is_file():
            kept = json.loads(file.read_text("utf-8"))
            if kept["asked"] == question:
                return kept["answer"]
        answer = as_json(measure())
        self.folder.mkdir(parents=True, exist_ok=True)
        # written aside first: a file that is there is whole
        unfinished = file.with_suffix(".unfinished")
        unfinished.write_text(json.dumps({"asked": question, "answer": answer}) + "\n", "utf-8")
        os.replace(unfinished, file)
        return answer


def installed(package: str) -> str:
    """The version of a package."""
    try:
        return version(package)
    except PackageNotFoundError:
        return "not installed"


def code_of(root: Path, folders: Iterable[str]) -> str:
    """A digest of all Python code in these folders of `root`: of its paths and its text."""
    digest = hashlib.sha256()
    for file in sorted(path for folder in folders for path in (root / folder).rglob("*.py")):
        digest.update(f"{file.relative_to(root).as_posix()}\n".encode())
        digest.update(file.read_bytes())
    return digest.hexdigest()


def as_json(value: object) -> object:
    """The value as it comes back from a file."""
    return json.loads(json.dumps(value))
