"""Results of a former run: what has not changed since is not graded again.

Each is kept as soon as it is there, so that an interruption costs those alone that it interrupts.
"""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

from ddpg_tf.storage import write_file
from tutorials.homework.archive import digest
from tutorials.homework.collect import Submission
from tutorials.homework.grade import Question, Result
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


def write(results: Mapping[str | None, Result], out: Path) -> None:
    """Keep the results, by their keys, for the next run, which tries again what was not graded."""
    graded = {key: result for key, result in results.items() if key and result.was_run}
    kept = {key: asdict(result) for key, result in graded.items()}
    write_file(out / NAME, json.dumps(kept, indent=1).encode())
