"""The process in which a student's code runs: it answers calls, and knows nothing of the tests.

This file's source, after those of `guard.py` and `notebook.py` in `ddpg_tf/diagnosis`, is handed to
`python -I -c`, so that nothing of the grader's can be imported from inside. It talks to `remote.py`
in JSON: nothing of a student's is ever unpickled.
"""

import base64
import builtins
import contextlib
import importlib
import json
import os
import sys
import traceback
from multiprocessing.connection import Connection
from pathlib import Path

import numpy as np

PLAIN = (type(None), bool, int, float, str)


def encode(value):
    """Return `value` as what JSON can hold. Raises TypeError for what is not plain data."""
    if isinstance(value, PLAIN):
        return value
    if isinstance(value, (list, tuple)):
        return {type(value).__name__: [encode(item) for item in value]}
    if isinstance(value, dict):
        return {"dict": [[encode(key), encode(item)] for key, item in value.items()]}
    if isinstance(value, np.random.Generator):
        return {"generator": value.bit_generator.state}
    array = np.asarray(value)
    if array.dtype.kind not in "biuf":
        raise TypeError(f"expected numbers, got a {type(value).__name__}")
    return {"array": [array.dtype.str, array.shape, base64.b64encode(array.tobytes()).decode()]}


def decode(data):
    """Return the value that `encode` wrote. An array is a new one, and may be written to."""
    if isinstance(data, PLAIN):
        return data
    ((kind, content),) = data.items()
    if kind == "array":
        dtype, shape, text = content
        return np.frombuffer(base64.b64decode(text), dtype).reshape(shape).copy()[()]
    if kind == "generator":
        generator = np.random.default_rng()
        generator.bit_generator.state = content
        return generator
    if kind == "dict":
        return {decode(key): decode(item) for key, item in content}
    return {"list": list, "tuple": tuple}[kind](decode(item) for item in content)


def described(error: BaseException) -> str:
    """Return the error in one line."""
    return " ".join(traceback.format_exception_only(error)[-1].split())


def kinds(names, wanted):
    """Return, for each wanted name that exists, "function" or its encoded value."""
    found = {}
    for name in wanted:
        if callable(names.get(name)):
            found[name] = "function"
        elif name in names:
            with contextlib.suppress(TypeError):
                found[name] = {"value": encode(names[name])}
    return found


def load_measure(folder, module):
    """Return the function `measure` of a module below `folder`, and leave no way to import more.

    It is taken hold of before the student's code runs.
    """
    known = set(sys.modules)
    sys.path.insert(0, folder)
    measure = importlib.import_module(module).measure
    sys.path.remove(folder)
    for name in set(sys.modules) - known:
        if name.partition(".")[0] in ("tutorials", "ddpg_tf", "checks", "checking"):
            del sys.modules[name]
    return measure


def serve(connection, limit_resources, forbid, run_cells, given) -> None:
    """Read the cells, run them, then answer calls until the grader hangs up."""
    first = json.loads(connection.recv_bytes())
    measure = load_measure(*first["measure"]) if first["measure"] else None
    limit_resources(first["seconds"], first["memory"])
    forbid(Path.cwd())
    sys.modules["otter"] = given["grader"]
    names = {**given, "__name__": "__main__", "__builtins__": builtins}
    errors = [[cell, described(error)] for cell, error in run_cells(first["cells"], names)]
    send(connection, {"kinds": kinds(names, first["wanted"]), "errors": errors})
    while True:
        call = json.loads(connection.recv_bytes())
        try:
            function = names[call["name"]]
            if call["measure"]:
                value = measure(function, call["measure"])
            else:
                value = function(*decode(call["arguments"]))
            answer = {"value": encode(value)}
        except BaseException as error:
            answer = {"error": described(error)}
        send(connection, answer)


def send(connection, message) -> None:
    """Send a message as JSON."""
    connection.send_bytes(json.dumps(message).encode())


def main(limit_resources, forbid, run_cells, given) -> None:
    """Serve the connection whose number is the argument, then end at once.

    limit_resources, forbid: of `guard.py`. run_cells: of `notebook.py`. given: the names that a
    notebook has from the start; its `grader` is what `import otter` gives, too.
    """
    with contextlib.suppress(EOFError, OSError):
        serve(Connection(int(sys.argv[1])), limit_resources, forbid, run_cells, given)
    os._exit(0)  # whatever threads the student's code has left running
