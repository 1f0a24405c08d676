"""Classes of students: the submissions that the tests of grading hand in."""

import os
import shutil
import zipfile

from tests.homework.conftest import change
from tests.sizes import WHOLE

SETUP = "import numpy as np\n"
PLANTED = SETUP + (
    "import pathlib\n"
    'for folder in [".", "..", "tests", "submission/tests"]:\n'
    "    try:\n"
    '        pathlib.Path(folder, "results.json").write_text(\'{"tests": [], "score": 20}\')\n'
    '        pathlib.Path(folder, "q4_bellman_targets.py").write_text("points = 20")\n'
    "    except OSError:\n"
    "        pass\n"
    'print("Total Score: 20.000 / 20.000 (100.000%)")\n'
)
REPLACED = SETUP + (
    "import sys; sys.path.append('ddpg_tf')\n"
    "np.allclose = np.array_equal = lambda *args, **kwargs: True\n"
    "import otter.execute, otter.test_files\n"
    "otter.execute.Checker.check = classmethod(lambda *args, **kwargs: None)\n"
    "otter.test_files.GradingResults.total = 20\n"
)
UNREADABLE = {
    "broken": b"{",
    "list": b"[]",
    "cells": b'{"metadata": {"otter": 3}}',
    "bytes": b"\xff\xfe{}",
    "sources": b'{"cells": [{"cell_type": "code", "source": 1}]}',
}
BODY = "    alive = 1.0 - terminated\n"


SMALL_CLASS = ("replaced", "loop", "exit", "magics", "truncation", "plain")
"""The students of assignment 1 whose submissions are graded by default."""


def plain_of(notebook):
    """The plain file of a notebook."""
    import nbformat

    from tutorials.homework.build import plain_task

    return plain_task(nbformat.read(notebook, as_version=4))


def hand_in_replay(built, folder):
    """Write the submissions of a class for assignment 1; by default those of SMALL_CLASS."""
    solution, empty = (built / "replay" / kind / "replay.ipynb" for kind in ("solution", "student"))
    change(empty, folder / "replaced.ipynb", (SETUP, REPLACED))
    change(solution, folder / "loop.ipynb", (BODY, "    while True: pass\n"))
    magics = ("%%time\n%matplotlib inline\n!ls\ndisplay(1)\nget_ipython()\n", "%%capture out\n")
    change(
        solution,
        folder / "magics.ipynb",
        (SETUP, magics[0] + SETUP),
        ("def bellman_targets", magics[1] + "def bellman_targets"),
    )
    change(
        solution,
        folder / "truncation.ipynb",
        (BODY, "    alive = 1.0 - (terminated | truncated)\n"),
        ("-2.0 * features.T", "-features.T"),
    )
    change(solution, folder / "exit.ipynb", (SETUP, SETUP + "raise SystemExit(0)\n"))
    (folder / "plain.py").write_text(plain_of(solution))
    for name, content in UNREADABLE.items():
        (folder / f"{name}.ipynb").write_bytes(content)
    (folder / "directory.ipynb").mkdir()
    if not WHOLE:
        return
    change(solution, folder / "solved.ipynb")
    change(empty, folder / "empty.ipynb")
    change(empty, folder / "planted.ipynb", (SETUP, PLANTED))
    change(solution, folder / "crash.ipynb", (BODY, "    import os; os._exit(0)\n" + BODY))
    with zipfile.ZipFile(folder / "zipped.zip", "w") as archive:
        archive.write(solution, "replay.ipynb")
    shutil.copytree(empty.parent, folder / "returned")
    change(solution, folder / "returned" / "replay.ipynb")
    change(solution, folder / os.fsdecode(b"ren\xe9.ipynb"))


def hand_in_gradient(built, folder):
    """Write three submissions for assignment 2, one with three mistakes of the catalogue."""
    solution = built / "gradient" / "solution" / "gradient.ipynb"
    if WHOLE:
        change(solution, folder / "solved.ipynb")
        change(built / "gradient" / "student" / "gradient.ipynb", folder / "empty.ipynb")
    change(
        solution,
        folder / "wrong.ipynb",
        ("[gradient / len(observations) for gradient in summed]", "summed"),
        (
            "    return tape.gradient(loss, actor.trainable_variables)",
            "    return [-g for g in tape.gradient(loss, actor.trainable_variables)]",
        ),
        ("optimizer.apply(tf.gradients(loss", "optimizer.apply(tf.gradients(-loss"),
    )
