"""The student's process: receive the cases, run the candidate on them, send what it did.

Started by `submission.py`. All of this library, TensorFlow and the limits are in place before the
first line of the student's code runs.
"""

import importlib.util
import inspect
import json
import os
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from types import ModuleType
from typing import Any

from ddpg_tf.diagnosis.cases import Case
from ddpg_tf.diagnosis.messages import answer_of, case_from_tree
from ddpg_tf.diagnosis.run import one_line
from ddpg_tf.sandbox.limits import confine
from ddpg_tf.sandbox.notebooks import Nothing, notebook_names, run_cells, without_magics
from ddpg_tf.sandbox.processes import channel_to_parent

end_process = os._exit


def main() -> None:
    """Answer the parent's one request, then end at once."""
    channel = channel_to_parent()
    request = channel.receive()
    cases = [case_from_tree(tree) for tree in request["cases"]]
    confine(Path.cwd(), request["time_limit"], request["memory_limit"])
    channel.send(answer_to(Path(request["path"]), request["function"], cases))
    # whatever threads or exit handlers the student's code has left
    end_process(0)


def answer_to(path: Path, function: str, cases: Sequence[Case]) -> dict:
    """What the function in the file did in the cases, or why there is no answer."""
    try:
        return answer_of(load(path, function), cases)
    except BaseException as error:
        return {"failure": one_line(error)}


def load(path: Path, function: str) -> Callable:
    """Run the student's file as a module and find the function; dots reach into classes."""
    sys.path.append(str(path.parent))
    if path.suffix == ".ipynb":
        module, trouble = notebook_module(path)
    else:
        module, trouble = file_module(path), ""
    found: Any = module
    for name in function.split("."):
        if not hasattr(found, name):
            own = [
                n
                for n, value in vars(module).items()
                if getattr(value, "__module__", "") == "submission"
            ]
            defined = f"it defines {', '.join(own) or 'nothing'}"
            raise NameError(f"{path.name} has no {function!r}; {defined}{trouble}")
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


def notebook_module(path: Path) -> tuple[ModuleType, str]:
    """Run a notebook's code cells as a module; say which cell failed first.

    What IPython and Otter add to a notebook is there, without effect.
    """
    cells = json.loads(path.read_text("utf-8-sig"))["cells"]
    sources = ["".join(cell["source"]) for cell in cells if cell["cell_type"] == "code"]
    module = ModuleType("submission")
    sys.modules |= {"submission": module, "otter": Nothing()}  # type: ignore[dict-item]
    vars(module).update(notebook_names())
    errors = run_cells([without_magics(source) for source in sources], vars(module))
    if not errors:
        return module, ""
    number, error = errors[0]
    return module, f"; code cell {number} ended in {one_line(error)}"


if __name__ == "__main__":
    main()
