"""The student's process: receive the cases, run the candidate on them, send what it did.

Started by `submission.py`. All of this library, TensorFlow and the limits are in place before the
first line of the student's code runs.
"""

import importlib.util
import inspect
import json
import os
import shutil
import sys
from collections.abc import Callable, Sequence
from contextlib import suppress
from itertools import islice
from pathlib import Path
from types import ModuleType
from typing import Any

import tensorflow as tf

from ddpg_tf.diagnosis.advice import EAGER, advice_on
from ddpg_tf.diagnosis.cases import Case
from ddpg_tf.diagnosis.messages import answer_of, case_from_tree
from ddpg_tf.diagnosis.run import one_line
from ddpg_tf.sandbox.limits import confine
from ddpg_tf.sandbox.notebooks import Nothing, notebook_names, run_cells, without_magics
from ddpg_tf.sandbox.processes import channel_to_parent

end_process = os._exit
MOST_LINKS = 2_000
"""To so many of the files beside a submission. Who has more lets it read from a folder."""


def main() -> None:
    """Answer the parent's one request, then end at once."""
    channel = channel_to_parent()
    request = channel.receive()
    cases = [case_from_tree(tree) for tree in request["cases"]]
    home, path = Path.cwd(), mirrored(Path(request["path"]), Path.cwd())
    os.chdir(path.parent)
    confine(home, request["time_limit"], request["memory_limit"])
    channel.send(answer_to(path, request["function"], cases))
    # whatever threads or exit handlers the student's code has left
    end_process(0)


def answer_to(path: Path, function: str, cases: Sequence[Case]) -> dict:
    """What the function in the file did in the cases, or why there is no answer."""
    failed_cell: list = []
    try:
        sys.path.append(str(path.parent))
        if path.suffix == ".ipynb":
            module, failed_cell = notebook_module(path)
        else:
            module = file_module(path)
        if not tf.executing_eagerly():
            return {"failure": "Eager execution is switched off.", "advice": EAGER.name}
        answer = answer_of(found_in(module, function, path.name), cases)
    except BaseException as error:
        answer = {"failure": f"It ended in {one_line(error)}", "advice": advice_on(error)}
    return answer | {"failed_cell": failed_cell}


def mirrored(path: Path, home: Path) -> Path:
    """The path of a copy of the file, in a folder within `home` that looks like the file's own.

    What lies beside it, and beside its folder, is there as links: it can be read by its relative
    path, and what the code makes comes to lie in `home`.
    """
    above = home / "folder"
    here = above / (path.parent.name or "root")
    here.mkdir(parents=True)
    link_all(path.parent.parent, above)
    link_all(path.parent, here)
    copy = here / path.name
    copy.unlink()
    shutil.copyfile(path, copy)
    return copy


def link_all(folder: Path, into: Path) -> None:
    """Make a link to everything in a folder that has no namesake there yet."""
    with suppress(OSError), os.scandir(folder) as entries:
        for entry in islice(entries, MOST_LINKS):
            with suppress(FileExistsError):
                os.symlink(entry.path, into / entry.name)


def found_in(module: ModuleType, function: str, file: str) -> Callable:
    """The function of that name; dots reach into classes."""
    found: Any = module
    for name in function.split("."):
        if not hasattr(found, name):
            own = [
                n
                for n, value in vars(module).items()
                if getattr(value, "__module__", "") == "submission"
            ]
            defined = f"it defines {', '.join(own) or 'nothing'}"
            raise NameError(f"{file} has no {function!r}; {defined}")
        if isinstance(found, type) and not belongs_to_class(found, name):
            found = found()
        found = getattr(found, name)
    return found


def belongs_to_class(owner: type, name: str) -> bool:
    """Whether that attribute of a class needs no object, unlike a method with `self`."""
    kinds = staticmethod | classmethod | type
    return isinstance(inspect.getattr_static(owner, name), kinds)


def file_module(path: Path) -> ModuleType:
    """Run a Python file as a module."""
    spec = importlib.util.spec_from_file_location("submission", path)
    module = importlib.util.module_from_spec(spec)
    sys.modules["submission"] = module
    spec.loader.exec_module(module)
    return module


def notebook_module(path: Path) -> tuple[ModuleType, list]:
    """Run a notebook's code cells as a module.

    Also of the first cell that failed, if one did: its number, its exception, and the name of the
    advice on that. What IPython and Otter add to a notebook is there, without effect.
    """
    sources = code_cells(path)
    module = ModuleType("submission")
    sys.modules |= {"submission": module, "otter": Nothing()}  # type: ignore[dict-item]
    vars(module).update(notebook_names())
    errors = run_cells([without_magics(source) for source in sources], vars(module))
    if not errors:
        return module, []
    number, error = errors[0]
    return module, [number, one_line(error), advice_on(error)]


def code_cells(path: Path) -> list[str]:
    """The sources of a notebook's code cells. Raises ValueError if it is no notebook of today."""
    try:
        notebook = json.loads(path.read_text("utf-8-sig"))
    except ValueError:
        raise ValueError(f"{path.name} is empty or broken: it holds no notebook") from None
    if not isinstance(notebook, dict) or not {"cells", "worksheets"} & set(notebook):
        raise ValueError(f"{path.name} holds no notebook")
    if "cells" not in notebook:
        raise ValueError(f"{path.name} is an old notebook, of format 3 or before")
    cells = notebook["cells"]
    sources = ["".join(cell["source"]) for cell in cells if cell["cell_type"] == "code"]
    if not any(source.strip() for source in sources):
        raise ValueError(f"{path.name} has no code cells")
    return sources
