"""Submissions that attack, break or hang: none is called correct, none touches this process."""

from concurrent.futures import ThreadPoolExecutor
from textwrap import dedent

import pytest

from ddpg_tf.diagnosis import diagnose_file
from ddpg_tf.diagnosis.verdict import not_ended
from tests.sizes import WHOLE

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
        from ddpg_tf.diagnosis import distance, reference, verdict
        tf.reduce_mean = tf.reduce_sum
        tf.GradientTape.gradient = lambda self, target, sources, **_: [0 * s.value for s in sources]
        np.array_equal = np.allclose = lambda *_, **__: True
        distance.difference = lambda *_: 0.0
        verdict.judge = lambda *_: "correct"
        class Same(float):
            __lt__ = __le__ = __eq__ = lambda *_: True
        reference.ROUNDINGS = Same(1e30)
        """)
    + WRONG,
    "patched harness": dedent("""
        import sys
        from ddpg_tf.diagnosis import run
        run.read_gradients = lambda answer: run.CallRecord([])
        sys.modules["ddpg_tf.diagnosis.child"].answer_of = lambda *_: {"correct": True}
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
    "terminal escapes": "raise RuntimeError('\\x1b[2J\\x1b]0;owned\\x07red')",
    "forks": "import os\nfor _ in range(20):\n    os.fork()" + ZEROS,
}


VICTIM = "VICTIM"
ATTACKS["deletes"] = f"import os\nos.remove({VICTIM!r})" + ZEROS
SAID = {
    "endless loop": "5 seconds",
    "endless import": "5 seconds",
    "memory": "MemoryError",
    "exit in import": "SystemExit",
    "exit in call": "SystemExit",
    "hard exit": "exit code 0",
    "segmentation fault": "SIGSEGV",
    "kills its parent": "PermissionError",
    "forks": "PermissionError",
    "deletes": "PermissionError",
    "terminal escapes": "RuntimeError: red",
    "reads the environment": "RuntimeError: nothing",
}
"""Of those that are not run to the end: the number or name that says why."""
if not WHOLE:
    # each of them is stopped in another way
    kept = ("memory", "hard exit", "planted answer in the right place")
    ATTACKS = {name: ATTACKS[name] for name in kept}


@pytest.fixture(scope="module")
def verdicts(tmp_path_factory):
    """The verdicts on all submissions, two at a time, as a grader would get them."""
    directory = tmp_path_factory.mktemp("submissions")
    victim = directory / "thesis.txt"
    victim.write_text("years of work")
    codes = {"honest": HONEST, **ATTACKS}

    def grade(name):
        path = directory / f"{name.replace(' ', '_')}.py"
        path.write_text(codes[name].replace(VICTIM, str(victim)))
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
def test_an_attack_is_never_correct(verdicts, name):
    verdict = verdicts[name]
    assert not verdict.correct, str(verdict)
    if name in SAID:
        assert (verdict.outcome, verdict.name) == ("not run", "not_run"), str(verdict)
        assert SAID[name] in verdict.explanation


@pytest.mark.slow
def test_an_answer_of_the_submissions_own_making_is_not_believed(verdicts):
    assert verdicts["planted answer in the right place"].name == "not_run"
    if WHOLE:
        # their numbers count, and these are wrong
        assert verdicts["patched TensorFlow"].name != "correct"
        assert verdicts["planted answers"].name == "sum_for_mean"


@pytest.mark.slow
@pytest.mark.parametrize(
    "name", sorted({"endless loop", "endless import", "hard exit"} & set(ATTACKS))
)
def test_a_process_that_leaves_no_traceback_has_a_hint_of_its_own(verdicts, name):
    assert verdicts[name].hint == not_ended("").hint
