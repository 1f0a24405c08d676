"""Diagnose a file that is not to be trusted, in a process of its own.

The student's process gets networks, weights and batches; it returns arrays. What is right is known,
and judged, in this process alone, with this process's TensorFlow: nothing that the student prints,
plants or replaces there can say "correct" here. What it returns could be made up, but made-up
gradients must still be right. One thing is taken on trust: that the weights reported after a call
are the true ones, so a submission that takes the harness apart could hide that it changed the
critic. What the process is kept from, and what not, stands in `ddpg_tf/sandbox/__init__.py`.
"""

import subprocess
from collections.abc import Callable, Sequence
from contextlib import nullcontext
from dataclasses import replace
from functools import partial
from pathlib import Path
from threading import Lock
from typing import Any

from ddpg_tf.config import PositiveFloat
from ddpg_tf.diagnosis.cases import Case, checked_cases
from ddpg_tf.diagnosis.judge import judge
from ddpg_tf.diagnosis.messages import case_to_tree, record_from_tree, text
from ddpg_tf.diagnosis.reference import references
from ddpg_tf.diagnosis.signature import NETWORKS, ROLES, notes_on_parameters
from ddpg_tf.diagnosis.verdict import Verdict, not_ended, not_run
from ddpg_tf.sandbox.processes import how_it_ended
from ddpg_tf.sandbox.strangers import Stranger, process_for_strangers, tell_once
from ddpg_tf.validation import plain, require, require_path

ONE_AT_A_TIME = Lock()
"""Held while this process uses TensorFlow: several threads may call `diagnose_file` at once."""
CHILD = "ddpg_tf.diagnosis.child"
"""The program that runs a submission."""


def diagnose_file(
    path: str | Path,
    function: str,
    time_limit: float = 60.0,
    memory_limit: int = 2 * 2**30,
    cases: Sequence[Case] | None = None,
    worker: Stranger | None = None,
) -> Verdict:
    """Say what is right or wrong about `function` in a student's .py or .ipynb file.

    time_limit: seconds of wall-clock time for the whole process, TensorFlow's import included.
    memory_limit: bytes beyond those that TensorFlow occupies when loaded. cases: see `diagnose`.
    worker: the process to be used, `process_for_strangers(CHILD, [folder, path])`, by whoever can
    start it earlier than this function is at hand.
    The file runs as a copy in a folder that looks like its own: it can read what lies beside it,
    and what it writes is thrown away. What this machine cannot keep it from is told once, in a line
    on stderr.
    Safe to call from several threads at once, as a grader does. Needs Linux: on macOS and Windows,
    `diagnose` does the same for a function of your own, say in a notebook.
    Raises FileNotFoundError if there is no such file, ValueError for another kind of file or limits
    that are not positive, OSError where there is no Linux. Whatever the file itself gets wrong is
    part of the verdict.
    """
    require_path("path", path)
    require("function", function, str)
    path = Path(path).resolve()
    if path.suffix not in (".py", ".ipynb"):
        raise ValueError(f"{path.name!r} is neither a .py nor an .ipynb file; give one of them")
    if not path.is_file():
        raise FileNotFoundError(f"there is no file {str(path)!r}; give a student's .py or .ipynb")
    require("time_limit", plain(time_limit), PositiveFloat)
    require("memory_limit", plain(memory_limit), PositiveFloat)
    with ONE_AT_A_TIME:
        cases = checked_cases(cases)
    request = {
        "path": str(path),
        "function": function,
        "time_limit": time_limit,
        "memory_limit": memory_limit,
        "cases": [case_to_tree(case) for case in cases],
    }
    started = (
        process_for_strangers(CHILD, [path.parent, path]) if worker is None else nullcontext(worker)
    )
    with started as process:
        answer, ending = answer_of_process(process, request, time_limit, partial(prepare, cases))
    with ONE_AT_A_TIME:
        return not_ended(ending) if ending else verdict_on(answer, cases)


def prepare(cases: Sequence[Case]) -> None:
    """Compute what is right, while the student's process is at work."""
    with ONE_AT_A_TIME:
        references(cases)


def answer_of_process(
    worker: Stranger, request: dict, time_limit: float, meanwhile: Callable[[], object]
) -> tuple[object, str]:
    """What the student's process answers, or how it ended without an answer."""
    try:
        tell_once(worker.not_held(time_limit))
        return worker.exchange(request, time_limit, meanwhile), ""
    except TimeoutError:
        return None, f"It did not come to an end within {time_limit:g} seconds."
    except ValueError:
        # verdict_on says that nobody can read this
        return None, ""
    except (EOFError, OSError):
        return None, f"The process {how_it_hung_up(worker.process)}, without an answer."


def how_it_hung_up(process: subprocess.Popen) -> str:
    """How a process ended that has closed its end of the channel."""
    try:
        return how_it_ended(process.wait(timeout=5))
    except subprocess.TimeoutExpired:
        return "closed the connection"


def verdict_on(answer: Any, cases: Sequence[Case]) -> Verdict:
    """The verdict on an answer, which may be anything at all."""
    try:
        cell = failed_cell(answer)
        if answer["failure"]:
            verdict = not_run(text(answer["failure"]), text(answer["advice"]))
            return after_failed_cell(verdict, *cell) if cell else verdict
        networks = [name for name in NETWORKS if name in answer["roles"]]
        performs_update = "optimizer" in answer["roles"]
        records = [
            record_from_tree(tree, case, networks)
            for tree, case in zip(answer["records"], cases, strict=True)
        ]
        guessed = {text(name): role for name, role in answer["guessed"] if role in ROLES}
        notes = notes_on_parameters(guessed, list(guessed))
        verdict = judge(cases, records, performs_update, notes)
        return after_failed_cell(verdict, *cell) if cell else verdict
    except Exception:
        return not_run("Its answer cannot be read.")


def failed_cell(answer: Any) -> tuple[str, str] | None:
    """How the first of a notebook's cells that failed ended, and the name of the advice on it."""
    cell = answer.get("failed_cell")
    if not cell:
        return None
    number, error, advice = cell
    return f"code cell {int(number)} ended in {text(error)}", text(advice)


def after_failed_cell(verdict: Verdict, ending: str, advice: str) -> Verdict:
    """The verdict on a notebook one of whose cells had failed.

    A name that is then missing is no news of its own; anything else may have nothing to do with it.
    """
    if verdict.outcome == "not run" and "is not defined" in verdict.explanation:
        return not_run(f"Already {ending}; what it should define is missing.", advice)
    return replace(verdict, details=(*verdict.details, f"Before that, {ending}."))
