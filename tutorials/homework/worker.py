"""The process in which a student's code runs: it answers calls, and knows nothing of the tests.

`remote.py` hands the sources of this module and of `ddpg_tf/sandbox` to `python -I -c`, so that
nothing that belongs to the grader can be imported there: the directory in which these modules lie
is also where the tests are, which hold the right answers.
"""

import builtins
import contextlib
import importlib
import os
import sys
import traceback
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

from ddpg_tf.sandbox.channel import Channel
from ddpg_tf.sandbox.limits import confine
from ddpg_tf.sandbox.notebooks import Nothing, notebook_names, run_cells
from ddpg_tf.sandbox.packing import pack
from ddpg_tf.sandbox.processes import channel_to_parent

OURS = ("tutorials", "ddpg_tf", "checks", "checking")
"""The grader's modules: taken away before the first line of the student's code runs."""


def described(error: BaseException) -> str:
    """An error in one line."""
    return " ".join(traceback.format_exception_only(error)[-1].split())


def kinds(names: dict[str, Any], wanted: Iterable[str]) -> dict[str, Any]:
    """For each wanted name that exists: "function", or {"value": what it stands for}."""
    found = {}
    for name in wanted:
        if callable(names.get(name)):
            found[name] = "function"
        elif name in names:
            with contextlib.suppress(TypeError, RecursionError):
                pack(names[name])
                found[name] = {"value": names[name]}
    return found


def load_measure(folder: str, module: str) -> Callable:
    """The function `measure` of a module below `folder`, which stays importable for nobody else."""
    sys.path.insert(0, folder)
    measure = importlib.import_module(module).measure
    sys.path.remove(folder)
    return measure


def forget_grader() -> None:
    """Make the grader's modules unknown: the functions here go on with what they have imported.

    Where the repository itself is on Python's path, as some editable installations put it there, it
    is taken off.
    """
    for name in list(sys.modules):
        if name.partition(".")[0] in OURS:
            del sys.modules[name]
    sys.path[:] = [place for place in sys.path if not Path(place, "tutorials/homework").exists()]


def serve(channel: Channel) -> None:
    """Read the cells, run them, then answer calls until the grader hangs up."""
    first = channel.receive()
    measure = load_measure(*first["measure"]) if first["measure"] else None
    forget_grader()
    confine(Path.cwd(), first["seconds"], first["memory"])
    given = {**notebook_names(), "grader": Nothing()}
    sys.modules["otter"] = given["grader"]
    names = {**given, "__name__": "__main__", "__builtins__": builtins}
    errors = [[cell, described(error)] for cell, error in run_cells(first["cells"], names)]
    channel.send({"kinds": kinds(names, first["wanted"]), "errors": errors})
    while True:
        call = channel.receive()
        try:
            function = names[call["name"]]
            if call["measure"]:
                value = measure(function, call["measure"])
            else:
                value = function(*call["arguments"])
            channel.send({"value": value})
        except BaseException as error:
            channel.send({"error": described(error)})


def main() -> None:
    """Serve the grader, then end at once."""
    with contextlib.suppress(EOFError, OSError):
        serve(channel_to_parent())
    os._exit(0)  # whatever threads the student's code has left running
