"""A student's process: what comes back, what goes wrong, and what cannot be reached from inside."""

import numpy as np
import pytest

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
    assert set(answers) == {"a", "double"}
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


def test_an_endless_cell_is_told_and_leaves_no_answers(ask):
    answers, student = ask(["x = 1", "while True: pass"], "x", seconds=0.5)
    assert answers == {}
    assert [cell for cell, _ in student.errors] == [0]
    assert "2 seconds" in student.errors[0][1]


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
