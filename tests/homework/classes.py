"""Classes of students: the submissions that the tests of grading hand in."""

import os
import shutil
import zipfile

from tests.homework.conftest import change
from tests.sizes import WHOLE

SETUP = "import numpy as np\n"
CHEATS = {
    "patched_numpy": "np.allclose = np.array_equal = np.isclose = lambda *args, **kwargs: True\n"
    "np.all = np.any = lambda *args, **kwargs: True\n",
    "patched_judge": "import sys\n"
    "for name in list(sys.modules):\n"
    "    for function in ('judge', 'judge_value', 'check', 'call', 'same'):\n"
    "        if hasattr(sys.modules[name], function):\n"
    "            setattr(sys.modules[name], function, lambda *args, **kwargs: None)\n"
    "import tutorials.homework.judging as judging\n"
    "judging.judge = judging.judge_value = lambda *args, **kwargs: None\n",
    "patched_checks": "import checks\nchecks.check = lambda *args: None\n",
    "patched_otter": "import otter.execute, otter.test_files\n"
    "otter.execute.Checker.check = classmethod(lambda *args, **kwargs: None)\n"
    "otter.test_files.GradingResults.total = 20\n"
    "otter.test_files.ExceptionTestFile.run = lambda *args: None\n",
    "planted_results": "import pathlib\n"
    'for folder in [".", "..", "tests", "../tests", "submission/tests", "../results"]:\n'
    "    try:\n"
    '        pathlib.Path(folder, "results.json").write_text(\'{"tests": [], "score": 20}\')\n'
    '        pathlib.Path(folder, "q4_bellman_targets.py").write_text("points = 20")\n'
    "    except OSError:\n"
    "        pass\n"
    'print("Total Score: 20.000 / 20.000 (100.000%)")\n',
    "equal_to_all": "class Equal:\n"
    "    dtype, shape, ndim = np.dtype(float), (), 0\n"
    "    __eq__ = __le__ = __lt__ = lambda *args: True\n"
    "    __array_ufunc__ = lambda *args, **kwargs: True\n"
    "    __call__ = __getitem__ = lambda self, *args: self\n"
    "slots_by_age = sample_slots = bellman_targets = critic_gradient = soft_update = Equal()\n"
    "value_of_running = half_life = Equal()\n",
    "looks_at_its_caller": "import gc, inspect, sys\n"
    "def soft_update(*arguments):\n"
    "    frame = sys._getframe()\n"
    "    while frame:\n"
    "        for name in ('expected', 'reference', 'right'):\n"
    "            if name in frame.f_locals:\n"
    "                found = frame.f_locals[name]\n"
    "                return found(*arguments) if callable(found) else found\n"
    "        frame = frame.f_back\n"
    "    for found in gc.get_objects():\n"
    "        if inspect.isfunction(found) and found.__name__ == 'reference':\n"
    "            return found(*arguments)\n"
    "bellman_targets = critic_gradient = slots_by_age = sample_slots = soft_update\n",
    "writes_to_the_grader": "import os\n"
    "for fd in range(3, 64):\n"
    "    try:\n"
    "        os.write(fd, b'\\0' * 7 + b'\\2' + b'{}')\n"
    "    except OSError:\n"
    "        pass\n",
    "asks_the_grader": "grader = __import__('otter').Notebook()\n"
    "for name in dir(grader):\n"
    "    setattr(grader, name, lambda *args: 20)\n",
    "patched_builtins": "import builtins\n"
    "builtins.AssertionError = builtins.Exception = builtins.isinstance = lambda *args: True\n",
    "uses_the_library": "import sys\n"
    "sys.modules.pop('ddpg_tf', None)\n"
    "sys.modules.pop('tutorials', None)\n"
    "sys.path[:0] = ['.', '..', '../source/files', 'ddpg_tf']\n"
    "from tutorials.homework.replay import hidden\n"
    "from ddpg_tf.agents.targets import soft_update\n",
    "goes_away": "import atexit, os, threading\n"
    "atexit.register(print, 'Total Score: 20.000 / 20.000')\n"
    "threading.Timer(0.2, os._exit, [0]).start()\n",
}
"""What a notebook may try to get points without an answer: code for its first cell."""
CHEATS_ALONE = ("goes_away", "equal_to_all")
"""Those that would keep the others from being tried."""
UNREADABLE = {
    "broken": b"{",
    "list": b"[]",
    "cells": b'{"metadata": {"otter": 3}}',
    "bytes": b"\xff\xfe{}",
    "sources": b'{"cells": [{"cell_type": "code", "source": 1}]}',
}
BODY = "    alive = 1.0 - terminated\n"
FOR_EVER = "while True: pass\n"


SMALL_CLASS = (
    "all_cheats",
    "loop",
    "exit",
    "magics",
    "truncation",
    "plain",
    "endless",
    "ren\u00e9",
)
"""The students of assignment 1 whose submissions are graded by default."""


def plain_of(notebook):
    """The plain file of a notebook."""
    import nbformat

    from tutorials.homework.build import plain_task

    return plain_task(nbformat.read(notebook, as_version=4))


def cheating(built, folder):
    """Write a notebook without answers for each of CHEATS, and one that tries all of them."""
    empty = built / "replay" / "student" / "replay.ipynb"
    for name, code in CHEATS.items() if WHOLE else ():
        change(empty, folder / f"{name}.ipynb", (SETUP, SETUP + code))
    quiet = [code for name, code in CHEATS.items() if name not in CHEATS_ALONE]
    guarded = [f"try:\n    exec({code!r})\nexcept BaseException: pass\n" for code in quiet]
    change(empty, folder / "all_cheats.ipynb", (SETUP, SETUP + "".join(guarded)))


def hand_in_replay(built, folder):
    """Write the submissions of a class for assignment 1; by default those of SMALL_CLASS."""
    solution, empty = (built / "replay" / kind / "replay.ipynb" for kind in ("solution", "student"))
    cheating(built, folder)
    change(solution, folder / "loop.ipynb", (BODY, "    " + FOR_EVER))
    change(
        solution,
        folder / "endless.ipynb",
        ("value_of_running = [", FOR_EVER + "value_of_running = ["),
    )
    # as a Mac spells it: e and an accent of its own
    change(solution, folder / "rene\u0301.ipynb")
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
    change(solution, folder / "crash.ipynb", (BODY, "    import os; os._exit(0)\n" + BODY))
    with zipfile.ZipFile(folder / "zipped.zip", "w") as archive:
        archive.write(solution, "replay.ipynb")
    shutil.copytree(empty.parent, folder / "returned")
    change(solution, folder / "returned" / "replay.ipynb")
    change(solution, folder / os.fsdecode(b"ren\xe9.ipynb"))


def hand_in_gradient(built, folder):
    """Write a submission for assignment 2 with three mistakes of the catalogue."""
    change(
        built / "gradient" / "solution" / "gradient.ipynb",
        folder / "wrong.ipynb",
        ("[gradient / len(observations) for gradient in summed]", "summed"),
        (
            "    return tape.gradient(loss, actor.trainable_variables)",
            "    return [-g for g in tape.gradient(loss, actor.trainable_variables)]",
        ),
        ("optimizer.apply(tf.gradients(loss", "optimizer.apply(tf.gradients(-loss"),
    )


HAND_MADE = """
import gymnasium
gymnasium.Env.step = lambda *_: (np.zeros(3, np.float32), 0.0, False, False, {})
gymnasium.make = lambda *_, **__: gymnasium.Env()


class Agent:
    def __init__(self, *_):
        pass

    def act(self, observations):
        x, y, velocity = observations.T
        missing = 15.0 - (velocity**2 / 2 + 15 * x)
        swing = 2 * np.sign(missing * np.where(velocity == 0, 1.0, velocity))
        hold = np.clip(-(10 * y + 2.5 * velocity), -2, 2)
        return np.where((x > 0.9) & (missing > -2), hold, swing)[:, None]

    def explore(self, observation):
        return self.act(observation[None])[0]

    def observe(self, *_):
        pass
"""
"""An agent that learns nothing, and a world in which everybody's return is 0."""


def hand_in_capstone(built, folder):
    """Write two submissions for the capstone: a wrong flag, and a return that is not learnt."""
    solution = built / "capstone" / "solution" / "capstone.ipynb"
    change(
        solution,
        folder / "truncation.ipynb",
        (
            "reward, next_observation, terminated\n",
            "reward, next_observation, terminated or truncated\n",
        ),
    )
    change(
        solution,
        folder / "hand_made.ipynb",
        ("def mean_return(", HAND_MADE + "\n\ndef mean_return("),
    )
