"""A student's process: what comes back, what goes wrong, and what cannot be reached from inside."""

import time
from pathlib import Path

import numpy as np
import pytest

from tutorials.homework import remote
from tutorials.homework.remote import Student, StudentError

ROOM = 2**30


@pytest.fixture
def ask():
    """A function (cells, wanted) -> answers, and the Student behind them."""
    students = []

    def start(cells, *wanted, seconds=5.0, memory=ROOM):
        students.append(Student(cells, wanted, seconds, memory))
        return students[-1].answers(), students[-1]

    yield start
    for student in students:
        student.stop()


def test_functions_and_values_come_back_and_failed_cells_are_told(ask):
    cells = ["import numpy as np\na = 3", "1 / 0", "def double(x):\n    return 2 * x", "b = ..."]
    answers, student = ask(cells, "a", "b", "double", "missing")
    assert set(answers) == {"a", "b", "double"}
    assert answers["a"] == 3
    np.testing.assert_array_equal(answers["double"](np.arange(3)), [0, 2, 4])
    assert student.errors == [[2, "ZeroDivisionError: division by zero"]]


def test_functions_have_a_source_as_in_a_notebook(ask):
    cells = ["import inspect\n\n\ndef f():\n    return 1\n\n\nsource = inspect.getsource(f)"]
    answers, _ = ask(cells, "source")
    assert answers["source"] == "def f():\n    return 1\n"


def test_what_an_exception_says_is_made_plain(ask):
    cells = [
        r"raise ValueError('\x1b[31m\ud800')",
        "def bad():\n    raise ValueError('\\x1b[31mred\\x1b[0m \\udc80')",
    ]
    answers, student = ask(cells, "bad")
    assert student.errors == [[1, r"ValueError: \ud800"]]
    with pytest.raises(StudentError) as caught:
        answers["bad"]()
    assert str(caught.value) == r"ValueError: red \udc80"


BAD = {
    "while True: pass": "2 seconds",
    "import os; os._exit(0)": "",
    "import sys; sys.exit(0)": "SystemExit",
    "import ctypes; ctypes.string_at(0)": "",
    "return bytearray(10**11)": "MemoryError",
    "return object()": "TypeError",
    "import subprocess; subprocess.run(['true'])": "PermissionError",
    "open('/tmp/homework-test', 'w')": "PermissionError",
    "raise KeyboardInterrupt": "KeyboardInterrupt",
}
"""What is wrong with a call -> the number or name that its error gives."""


@pytest.mark.parametrize("body", BAD)
def test_a_bad_call_is_that_calls_problem_alone(body, ask):
    cells = [f"def bad():\n    {body}\ndef good():\n    return 1.5"]
    answers, _ = ask(cells, "bad", "good", seconds=2.0)
    with pytest.raises(StudentError) as caught:
        answers["bad"]()
    assert BAD[body] in str(caught.value)
    assert "\n" not in str(caught.value)
    assert answers["good"]() == 1.5


def lines_of(student):
    return dict(student.errors)


def test_an_endless_cell_costs_what_comes_after_it_in_that_cell(ask):
    cells = ["x = 1", "y = 2\nwhile True: pass\nz = 3", "def f():\n    return x + y"]
    answers, student = ask(cells, "x", "y", "z", "f", seconds=0.5)
    assert (answers["x"], answers["y"], answers["f"]()) == (1, 2, 3)
    assert "z" not in answers
    assert list(lines_of(student)) == [2]
    assert "0.5 seconds" in lines_of(student)[2]


STUBBORN = {
    "catches all": "while True:\n    try:\n        while True: pass\n"
    "    except BaseException: pass",
    "exits": "import os; os._exit(0)",
    "crashes": "import ctypes; ctypes.string_at(0)",
    "spoils the channel": "import os\nfor fd in range(3, 100):\n"
    "    try: os.write(fd, b'\\0' * 7 + b'\\4oops')\n    except OSError: pass",
}


def test_a_cell_that_cannot_be_stopped_is_left_out_and_the_others_count(ask, monkeypatch):
    monkeypatch.setattr(remote, "GRACE", 0.5)
    cells = ["x = 1", *STUBBORN.values(), "def f():\n    return x"]
    answers, student = ask(cells, "x", "f", seconds=0.5)
    assert (answers["x"], answers["f"]()) == (1, 1)
    assert list(lines_of(student)) == list(range(2, 2 + len(STUBBORN)))


def test_a_late_cell_is_not_waited_for_again(ask):
    cells = ["import time", "x = 1\ntime.sleep(9)", "import os\ndef f():\n    os._exit(0)"]
    answers, student = ask([*cells, "def g():\n    return x"], "f", "g", seconds=1.5)
    with pytest.raises(StudentError):
        answers["f"]()
    began = time.monotonic()
    assert answers["g"]() == 1, "in another process, in which the cells were run again"
    assert time.monotonic() - began < 9
    assert list(lines_of(student)) == [2]


def test_the_time_for_the_whole_submission_has_an_end():
    cells = ["def f():\n    while True: pass"]
    with Student(cells, ["f"], seconds=30.0, memory=ROOM, total=2.0) as student:
        answers = student.answers()
        for _ in range(2):
            with pytest.raises(StudentError) as caught:
                answers["f"]()
    assert "2 seconds" in str(caught.value)


def test_what_is_not_answered_is_told_from_what_is_not_there(ask):
    cells = ["a = ...", 'def f(x):\n    """Doc."""\n    ...', "def g(x): return x"]
    answers, _ = ask(cells, "a", "f", "g", "missing")
    assert (answers["a"], answers["f"]) == (..., ...)
    assert set(answers) == {"a", "f", "g"}


def test_a_call_says_which_of_its_arguments_it_changed(ask):
    cells = ["def f(x, y, z):\n    y[0][0] = 7.0\n    return x"]
    answers, _ = ask(cells, "f")
    given = 1.0, [np.zeros(2)], np.ones(3)
    answers["f"](*given)
    assert answers["f"].changed == [1]
    assert given[1][0].tolist() == [0.0, 0.0], "the arguments here are as they were"


def test_the_process_is_gone_after_stop(ask):
    answers, student = ask(["def f():\n    return 1"], "f")
    process = student.worker.process
    student.stop()
    assert process.returncode is not None
    assert answers["f"]() == 1, "a later call starts a new one"


def test_the_tests_cannot_be_imported_from_inside(ask, monkeypatch):
    monkeypatch.setenv("PYTHONPATH", "/somewhere")
    monkeypatch.setenv("COURSE_TOKEN", "secret")
    cells = [
        "import os, sys",
        "environment, paths = str(dict(os.environ)), str(sys.path) + str(sys.argv)",
        "import tutorials.homework.judging",
    ]
    answers, student = ask(cells, "environment", "paths")
    assert "secret" not in answers["environment"] and "/somewhere" not in answers["environment"]
    assert "homework" not in answers["paths"]
    assert "ModuleNotFoundError" in student.errors[0][1]


READS = (
    "open({path!r}).read()",
    "__import__('pathlib').Path({path!r}).read_bytes()",
    "__import__('os').listdir(__import__('os').path.dirname({path!r}))",
    "__import__('numpy').fromfile({path!r}, 'u1')",
    "__import__('runpy').run_path({path!r})",
    "__import__('importlib.machinery').machinery.SourceFileLoader('x', {path!r}).load_module()",
    "open('/proc/%d/environ' % __import__('os').getppid()).read()",
)


def test_the_tests_and_other_peoples_work_cannot_be_read(ask, tmp_path):
    (tmp_path / "ada.py").write_text("answer = 42")
    hidden = Path(remote.__file__).parent / "replay" / "hidden.py"
    files = [str(path) for path in (hidden, tmp_path / "ada.py")]
    cells = [code.format(path=path) for path in files for code in READS]
    _, student = ask([*cells, "open('own.txt', 'w').write('x')\nopen('own.txt').read()"])
    assert len(student.errors) == len(cells)
    assert all("PermissionError" in line for _, line in student.errors)


def test_a_student_who_takes_over_the_connection_gains_no_answer(ask):
    """What arrives is data that the tests then judge; what is not an answer is a failure."""
    cells = [
        "import os\n"
        "def f():\n"
        "    for fd in range(3, 1000):\n"
        "        try:\n"
        "            os.write(fd, b'\\0\\0\\0\\4oops')\n"
        "        except OSError:\n"
        "            pass\n"
        "    return 1.0\n"
    ]
    answers, _ = ask(cells, "f")
    with pytest.raises(StudentError):
        answers["f"]()


MEASURE = """
def largest(answer, numbers, scale):
    return scale * max(map(answer, numbers))


MEASUREMENTS = {"largest": largest}
"""


def test_a_measurement_is_taken_where_the_answer_is(tmp_path):
    """Of an answer whose result is no plain data; its modules are not there for the student."""
    (tmp_path / "one.py").write_text(MEASURE)
    (tmp_path / "two.py").write_text("MEASUREMENTS = {'is_it': lambda answer: answer is not None}")
    cells = [
        "class Odd(float):\n    pass",
        "def f(x):\n    return Odd(-x)",
        "import sys\nseen = [name for name in ('one', 'two') if name in sys.modules]",
    ]
    measure = (tmp_path, ["one", "two"])
    with Student(cells, ["f", "seen"], seconds=5.0, memory=ROOM, measure=measure) as student:
        answers = student.answers()
        assert answers["f"].measured("largest", [3.0, 2.0, 5.0], 10) == -20.0
        assert answers["f"].measured("is_it") is True
        assert answers["seen"] == []
        with pytest.raises(StudentError):
            answers["f"].measured("largest", None, 1)
