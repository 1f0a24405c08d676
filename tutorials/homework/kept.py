"""Results of a former run: what has not changed since is not graded again."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from tutorials.homework.collect import Submission
from tutorials.homework.grade import Question, Result, digest
from tutorials.homework.isolate import Limits

NAME = "grades.json"
"""The file, among the reports."""


def key_of(submission: Submission, archive: Path | None, limits: Limits) -> str | None:
    """What a result depends on: the submitted file, tests and code, limits. None: not kept."""
    if submission.file is None or archive is None:
        return None
    try:
        content = submission.file.read_bytes()
    except OSError:
        return None
    parts = [content, digest(archive).encode(), repr(limits).encode()]
    parts += [repr((submission.student, submission.remarks)).encode()]
    return hashlib.sha256(b"\\0".join(hashlib.sha256(part).digest() for part in parts)).hexdigest()


def read(out: Path) -> dict[str, Result]:
    """The results of a former run, by their keys; none if there are none that can be read."""
    try:
        content = json.loads((out / NAME).read_text())
        return {key: result_of(found) for key, found in content.items()}
    except (OSError, ValueError, TypeError, KeyError, AttributeError):
        return {}


def result_of(content: Mapping[str, Any]) -> Result:
    """The result that `asdict` made plain."""
    questions = [Question(**question) for question in content["questions"]]
    return Result(content["student"], questions, list(content["problems"]))


def write(keys: Sequence[str | None], results: Sequence[Result], out: Path) -> None:
    """Keep the results that have keys, for the next run."""
    kept = {
        key: asdict(result) for key, result in zip(keys, results, strict=True) if key is not None
    }
    (out / NAME).write_text(json.dumps(kept, indent=1))
