"""The process in which a student's code runs: it answers calls, and knows nothing of the tests.

`remote.py` hands the sources of this module and of `ddpg_tf/sandbox` to `python -I -c`, so that
nothing that belongs to the grader can be imported there: the directory in which these modules lie
is also where the tests are, which hold the right answers.

It is sent one message first (what it may use, and how to measure answers), then a message for each
cell of the notebook, then one for each call.
"""

import builtins
import contextlib
import gc
import importlib
import os
import signal
import sys
import traceback
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any

from ddpg_tf.sandbox.channel import Channel
from ddpg_tf.sandbox.limits import confine
from ddpg_tf.sandbox.notebooks import Nothing, notebook_names, run_cell
from ddpg_tf.sandbox.packing import pack
from ddpg_tf.sandbox.processes import channel_to_parent
from ddpg_tf.sandbox.walls import takes_landlock
from tutorials.homework.checking import is_empty

OURS = ("tutorials", "ddpg_tf", "checks", "checking")
"""The grader's modules: taken away before the first line of the student's code runs."""


SYSTEM = (
    *("/usr", "/lib", "/lib64", "/etc", "/sys", "/dev", "/nix/store", "/proc/self", "/proc/sys"),
    *("/proc/cpuinfo", "/proc/meminfo", "/proc/stat", "/proc/filesystems", "/proc/version"),
)
"""Where the system lies, and what libraries ask it for."""


class TimeUp(BaseException):
    """The time limit is over: raised inside the student's code, wherever it is."""


@contextlib.contextmanager
def time_limit(seconds: float) -> Iterator[None]:
    """Raise TimeUp in what runs inside, if it takes longer.

    What it had defined by then stays, and so does this process. Code that catches everything gets
    past it; the grader then ends the process.
    """

    def stop(*_: object) -> None:
        raise TimeUp(f"took longer than {seconds:g} seconds (an endless loop?)")

    signal.signal(signal.SIGALRM, stop)
    signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)


def described(error: BaseException) -> str:
    """An error in one line."""
    if isinstance(error, TimeUp):
        return str(error)
    return " ".join(traceback.format_exception_only(error)[-1].split())


def kinds(names: dict[str, Any], wanted: Iterable[str]) -> dict[str, Any]:
    """For each wanted name that exists: "function", "unanswered", or {"value": its value}."""
    found = {}
    for name in wanted:
        with contextlib.suppress(Exception):  # the value may be anything
            value = names[name]
            if value is ... or is_empty(value):
                found[name] = "unanswered"
            elif callable(value):
                found[name] = "function"
            else:
                pack(value)
                found[name] = {"value": value}
    return found


def load_measurements(folder: str, modules: Iterable[str]) -> dict[str, Callable]:
    """The MEASUREMENTS of modules below `folder`, which stays importable for nobody else."""
    sys.path.insert(0, folder)
    measurements = {}
    for module in modules:
        measurements.update(importlib.import_module(module).MEASUREMENTS)
    sys.path.remove(folder)
    return measurements


def forget_grader(folder: str | None) -> None:
    """Make the grader's modules unknown: the functions here go on with what they have imported.

    folder: where else such modules came from.

    Where the repository itself is on Python's path, as some editable installations put it there, it
    is taken off. What nothing here goes on with is gone from memory too.
    """
    for name in list(sys.modules):
        file = getattr(sys.modules[name], "__file__", None) or ""
        if name.partition(".")[0] in OURS or (folder and Path(folder) in Path(file).parents):
            del sys.modules[name]
    # Python's own way to say that a module cannot be imported
    sys.modules.update(dict.fromkeys(OURS))
    sys.path[:] = [place for place in sys.path if not Path(place, "tutorials/homework").exists()]
    gc.collect()


def places_of_python() -> list[str]:
    """What may be read besides the process's own directory: Python, its libraries, the system."""
    own = [sys.prefix, sys.base_prefix, *filter(None, sys.path)]
    return [*own, *SYSTEM, os.environ.get("MPLCONFIGDIR", sys.prefix)]


def close_all_but(places: Iterable[str]) -> None:
    """From now on, refuse Python to read files or list folders elsewhere: there are the tests, and
    other people's work. Raises PermissionError in the code that tries.
    """
    # all that the hook uses is bound here, where the code that it watches cannot replace it
    real_path, decode = os.path.realpath, os.fsdecode
    open_to_all = tuple(real_path(place) + os.sep for place in places)
    reading = frozenset({"open", "os.listdir", "os.scandir"})

    def hook(event: str, arguments: tuple) -> None:
        if event in reading and not isinstance(arguments[0], int):
            name = real_path(decode(arguments[0] or "."))
            if not (name + "/").startswith(open_to_all):
                raise PermissionError(f"a submission may not read this: {name}")

    sys.addaudithook(hook)


def called(function: Callable, arguments: list) -> dict[str, Any]:
    """What a call returned, and which of its arguments it changed."""
    before = [pack(argument) for argument in arguments]
    value = function(*arguments)
    changed = [i for i, argument in enumerate(arguments) if pack(argument) != before[i]]
    return {"value": value, "changed": changed}


def serve(channel: Channel) -> None:
    """Get ready, then run cells and answer calls until the grader hangs up."""
    first = channel.receive()
    measurements = load_measurements(*first["measure"]) if first["measure"] else {}
    forget_grader(first["measure"][0] if first["measure"] else None)
    # from now on without the folder in which the tests are
    takes_landlock(Path.cwd(), first["readable"])
    confine(Path.cwd(), first["seconds"], first["memory"])
    close_all_but([str(Path.cwd()), *places_of_python()])
    given = {**notebook_names(), "grader": Nothing()}
    sys.modules["otter"] = given["grader"]
    names = {**given, "__name__": "__main__", "__builtins__": builtins}
    channel.send({"ready": True})
    while True:
        asked = channel.receive()
        try:
            with time_limit(asked["seconds"]):
                if "cell" in asked:
                    answer = {}
                    run_cell(asked["source"], asked["cell"], names)
                elif "wanted" in asked:
                    answer = {"kinds": kinds(names, asked["wanted"])}
                elif asked["measure"]:
                    measurement = measurements[asked["measure"]]
                    answer = {"value": measurement(names[asked["name"]], *asked["arguments"])}
                else:
                    answer = called(names[asked["name"]], asked["arguments"])
            channel.send(answer)
        except BaseException as error:
            channel.send({"error": described(error), "late": isinstance(error, TimeUp)})


def main() -> None:
    """Serve the grader, then end at once."""
    with contextlib.suppress(EOFError, OSError):
        serve(channel_to_parent())
    os._exit(0)  # whatever threads the student's code has left running
