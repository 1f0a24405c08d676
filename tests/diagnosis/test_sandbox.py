"""Submissions that attack, break or hang: none is called correct, none touches this process."""

from concurrent.futures import ThreadPoolExecutor
from textwrap import dedent

import pytest

from ddpg_tf.diagnosis import diagnose_file

RIGHT = """
import tensorflow as tf

def gradients(actor, critic, observations):
    with tf.GradientTape() as tape:
        loss = -tf.reduce_mean(critic([observations, actor(observations, training=True)]))
    return tape.gradient(loss, actor.trainable_variables)
"""
WRONG = RIGHT.replace("-tf.reduce_mean", "-tf.reduce_sum")
ZEROS = """
def gradients(actor, critic, observations):
    return [0.0 * w.value for w in actor.trainable_variables]
"""

HONEST = (
    RIGHT
    + """
class Mine:
    def gradients(self, actor, critic, observations):
        return gradients(actor, critic, observations)

    alone = staticmethod(gradients)

print("hello")
open("log.txt", "w").write("hello")
"""
)

ATTACKS = {
    "endless loop": "def gradients(actor, critic, observations):\n    while True:\n        pass",
    "endless import": "while True:\n    pass",
    "memory": "def gradients(actor, critic, observations):\n    hog = []\n"
    "    while True:\n        hog.append(bytearray(b'x' * 2**26))",
    "exit in import": "import sys\nprint('correct')\nsys.exit(0)",
    "exit in call": "import sys\n\ndef gradients(actor, critic, observations):\n    sys.exit(0)",
    "hard exit": "import os\n\ndef gradients(actor, critic, observations):\n    os._exit(0)",
    "segmentation fault": "import ctypes\n\ndef gradients(actor, critic, observations):\n"
    "    ctypes.string_at(0)",
    "kills its parent": "import os, signal\nos.kill(os.getppid(), signal.SIGKILL)" + ZEROS,
    "patched TensorFlow": dedent("""
        import numpy as np
        import tensorflow as tf
        from ddpg_tf.diagnosis import judging, measuring, reference
        tf.reduce_mean = tf.reduce_sum
        tf.GradientTape.gradient = lambda self, target, sources, **_: [0 * s.value for s in sources]
        np.array_equal = np.allclose = lambda *_, **__: True
        measuring.difference = lambda *_: 0.0
        judging.judge = lambda *_: "correct"
        class Same(float):
            __lt__ = __le__ = __eq__ = lambda *_: True
        reference.ROUNDINGS = Same(1e30)
        """)
    + WRONG,
    "patched harness": dedent("""
        import sys
        from ddpg_tf.diagnosis import running
        running.read_gradients = lambda answer: running.CallRecord([])
        sys.modules["__main__"].record_to_tree = lambda record: {"correct": True}
        """)
    + WRONG,
    "planted answers": dedent("""
        import json
        for name in ("verdict.json", "result.json", "answer", "answer.npz"):
            with open(name, "w") as file:
                json.dump({"correct": True, "outcome": "correct", "failure": ""}, file)
        """)
    + WRONG,
    "planted answer in the right place": dedent("""
        import os, sys
        frame = sys._getframe()
        while "channel" not in frame.f_locals:
            frame = frame.f_back
        verdict = {"failure": "", "roles": ["actor"], "records": [], "correct": True}
        frame.f_locals["channel"].send(verdict)
        os._exit(0)
        """),
    "reads the environment": "import os\nraise RuntimeError(os.getenv('GRADING_TOKEN', 'nothing'))",
    "forks": "import os\nfor _ in range(20):\n    os.fork()" + ZEROS,
}


@pytest.fixture(scope="module")
def verdicts(tmp_path_factory):
    """The verdicts on all submissions, two at a time, as a grader would get them."""
    directory = tmp_path_factory.mktemp("submissions")
    victim = directory / "thesis.txt"
    victim.write_text("years of work")
    codes = {"honest": HONEST, **ATTACKS}
    codes["deletes"] = f"import os\nos.remove({str(victim)!r})" + ZEROS

    def grade(name):
        path = directory / f"{name.replace(' ', '_')}.py"
        path.write_text(codes[name])
        function = "Mine.gradients" if name == "honest" else "gradients"
        time_limit = 5.0 if "endless" in name else 60.0
        return diagnose_file(path, function, time_limit, memory_limit=2**29)

    with pytest.MonkeyPatch.context() as patch, ThreadPoolExecutor(2) as pool:
        patch.setenv("GRADING_TOKEN", "secret")
        found = dict(zip(codes, pool.map(grade, codes), strict=True))
    assert victim.read_text() == "years of work"
    return found


@pytest.mark.slow
def test_honest_submission(verdicts):
    assert verdicts["honest"].correct, str(verdicts["honest"])


@pytest.mark.slow
@pytest.mark.parametrize("name", ATTACKS)
def test_attack(verdicts, name):
    assert not verdicts[name].correct, str(verdicts[name])


@pytest.mark.slow
@pytest.mark.parametrize("name", ["endless loop", "endless import", "hard exit"])
def test_no_traceback_is_promised_where_there_is_none(verdicts, name):
    assert "traceback" not in verdicts[name].hint
    assert "how long" in verdicts[name].hint


@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("endless loop", "within 5 seconds"),
        ("endless import", "within 5 seconds"),
        ("memory", "MemoryError"),
        ("exit in import", "SystemExit"),
        ("exit in call", "SystemExit"),
        ("hard exit", "without an answer"),
        ("segmentation fault", "SIGSEGV"),
        ("kills its parent", "os.kill"),
        ("forks", "os.fork"),
        ("deletes", "may not change files"),
        ("reads the environment", "RuntimeError: nothing"),
        ("planted answers", "not divided by its size"),
        ("planted answer in the right place", "cannot be read"),
    ],
)
def test_what_is_said_of_it(verdicts, name, words):
    assert words in verdicts[name].explanation


def test_user_errors(tmp_path):
    (tmp_path / "empty.py").write_text("")
    with pytest.raises(FileNotFoundError, match="no file"):
        diagnose_file(tmp_path / "missing.py", "f")
    with pytest.raises(ValueError, match=r"neither a \.py nor an \.ipynb"):
        diagnose_file(tmp_path, "f")
    with pytest.raises(ValueError, match="must be positive"):
        diagnose_file(tmp_path / "empty.py", "f", time_limit=0)
