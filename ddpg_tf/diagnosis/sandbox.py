"""Diagnose a file that nobody trusts, in a process of its own.

The student's process gets networks, weights and batches; it returns arrays. What is right is known,
and judged, in this process alone, with this process's TensorFlow: nothing that the student prints,
plants or replaces there can say "correct" here. What it returns could be made up, but made-up
gradients must still be right. One thing is taken on trust: that the weights reported after a call
are the true ones, so a submission that takes the harness apart could hide that it changed the
critic. Limits of time, memory and files hold accidents off; see `guard.py` for what they are not.
"""

import os
import secrets
import signal
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from threading import Lock

from ddpg_tf.diagnosis.calling import NETWORKS
from ddpg_tf.diagnosis.cases import Case, default_cases
from ddpg_tf.diagnosis.judging import judge, not_ended, not_run
from ddpg_tf.diagnosis.messages import case_to_tree, record_from_tree
from ddpg_tf.diagnosis.packing import SIZE_LIMIT, pack, unpack
from ddpg_tf.diagnosis.verdict import Verdict

ONE_AT_A_TIME = Lock()
"""For what uses TensorFlow here: several threads may call `diagnose_file` at once."""
PASSED_ON = ("PATH", "LD_LIBRARY_PATH", "LANG", "VIRTUAL_ENV")
"""The only environment variables that a submission gets to see."""


def diagnose_file(
    path: str | Path,
    function: str,
    time_limit: float = 60.0,
    memory_limit: int = 2 * 2**30,
    cases: Sequence[Case] | None = None,
) -> Verdict:
    """Return the verdict on `function` in a student's .py or .ipynb file.

    time_limit: seconds of wall-clock time for the whole process, TensorFlow's import included.
    memory_limit: bytes beyond those that TensorFlow occupies when loaded. cases: see `diagnose`.
    Safe to call from several threads at once, as a grader does. Needs Linux.
    Raises FileNotFoundError if there is no such file, ValueError for another kind of file or limits
    that are not positive. All that the file itself gets wrong is part of the verdict.
    """
    path = Path(path).resolve()
    if path.suffix not in (".py", ".ipynb"):
        raise ValueError(f"{path.name!r} is neither a .py nor an .ipynb file")
    if not path.is_file():
        raise FileNotFoundError(f"there is no file {str(path)!r}")
    if not (time_limit > 0 and memory_limit > 0):
        raise ValueError("time_limit (seconds) and memory_limit (bytes) must be positive")
    with ONE_AT_A_TIME:
        cases = default_cases() if cases is None else tuple(cases)
    with tempfile.TemporaryDirectory(prefix="ddpg-tf-", ignore_cleanup_errors=True) as directory:
        answer_file = Path(directory) / secrets.token_hex(16)
        request = {
            "path": str(path),
            "function": function,
            "answer_file": str(answer_file),
            "time_limit": time_limit,
            "memory_limit": memory_limit,
            "cases": [case_to_tree(case) for case in cases],
        }
        ending = run_child(directory, pack(request), time_limit)
        data = read_answer(answer_file)
    if data is None:
        return not_ended(ending)
    with ONE_AT_A_TIME:
        return verdict_on(data, cases)


def run_child(directory: str, request: bytes, time_limit: float) -> str:
    """Run the student's process to its end or to the time limit; say how it ended.

    Afterwards its whole process group is gone.
    """
    process = subprocess.Popen(
        [sys.executable, "-m", "ddpg_tf.diagnosis.child"],
        cwd=directory,
        env=environment(directory),
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    try:
        process.communicate(request, timeout=time_limit)
        ending = f"The process ended with exit code {process.returncode}, without an answer."
        if process.returncode < 0:
            ending = f"The process was ended by {signal.Signals(-process.returncode).name}."
    except subprocess.TimeoutExpired:
        ending = f"It did not come to an end within {time_limit:g} seconds."
    except OSError as error:
        ending = f"The process ended before it took its input ({error.strerror})."
    finally:
        end_group(process)
    return ending


def end_group(process: subprocess.Popen) -> None:
    """Kill the process and all others of its group."""
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()


def environment(directory: str) -> dict[str, str]:
    """Return the student's environment: its directory for home, this library, quiet TensorFlow."""
    library = str(Path(__file__).parents[2])
    return {name: os.environ[name] for name in PASSED_ON if name in os.environ} | {
        "PYTHONPATH": os.pathsep.join([library, *filter(None, [os.environ.get("PYTHONPATH")])]),
        "PYTHONDONTWRITEBYTECODE": "1",
        "HOME": directory,
        "TMPDIR": directory,
        "CUDA_VISIBLE_DEVICES": "-1",
        "TF_CPP_MIN_LOG_LEVEL": "3",
        "MPLBACKEND": "Agg",
    }


def read_answer(file: Path) -> bytes | None:
    """Return the answer's bytes; None if there is none, or too large a one."""
    try:
        if file.is_symlink() or file.stat().st_size > SIZE_LIMIT:
            return None
        return file.read_bytes()
    except OSError:
        return None


def verdict_on(data: bytes, cases: Sequence[Case]) -> Verdict:
    """Return the verdict on an answer, which may be anything at all."""
    try:
        answer = unpack(data)
        if answer["failure"]:
            return not_run(f"It ended in {answer['failure']}"[:300])
        networks = [name for name in NETWORKS if name in answer["roles"]]
        performs_update = "optimizer" in answer["roles"]
        records = [
            record_from_tree(tree, case, networks)
            for tree, case in zip(answer["records"], cases, strict=True)
        ]
        return judge(cases, records, performs_update)
    except Exception:
        return not_run("Its answer cannot be read.")
