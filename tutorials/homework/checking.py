"""What the visible checks of all assignments are made of. Students get this file with `checks.py`.

CHECKS holds an assignment's checks by the name of their question, in its order; FORM_ONLY the names
of those that look at the form of an answer alone, not at whether it is right.
`check(name, answer)` raises an AssertionError that says what is off, or passes.
"""

import dis
from collections.abc import Callable, Iterable
from typing import Any

import numpy as np

CHECKS: dict[str, Callable] = {}
FORM_ONLY: set[str] = set()
RETURN_A_CONSTANT = {"RESUME", "NOP", "POP_TOP", "RETURN_VALUE", "RETURN_CONST", "LOAD_CONST"}


def question(function: Callable) -> Callable:
    """Register a check, a function of the answer, under its name.

    One of a teacher's own stays, in whatever order the files are imported.
    """
    there = CHECKS.get(function.__name__)
    if there is None or there.__module__ != "own_checks":
        CHECKS[function.__name__] = function
    return function


def form_only(function: Callable) -> Callable:
    """Register a check that does not say whether the answer is right: the grader does, later."""
    FORM_ONLY.add(function.__name__)
    return question(function)


def check(name: str, answer: Any) -> None:
    """Try `answer` on the small cases for the question `name`."""
    missing = what_is_missing(name, answer)
    assert not missing, missing
    CHECKS[name](answer)


def what_is_missing(name: str, answer: Any) -> str:
    """What to say of an answer that is not there, or still the template's; else nothing."""
    if answer is None:
        return f"{name} is not defined; has its code run?"
    if answer is ... or is_empty(answer):
        return f"{name} is not answered: replace the `...`"
    return ""


def is_empty(function: Any) -> bool:
    """Whether a function has no body: `...`, `pass`, `return None`, and nothing else.

    A class is empty if it has methods, and no other than `__init__` has a body.
    """
    if isinstance(function, type):
        return are_empty(value for name, value in vars(function).items() if name != "__init__")
    code = getattr(getattr(function, "__wrapped__", function), "__code__", None)
    if code is None:
        return False
    steps = list(dis.get_instructions(code))
    constants = [step.argval for step in steps if step.opname in ("LOAD_CONST", "RETURN_CONST")]
    only_returns = {step.opname for step in steps} <= RETURN_A_CONSTANT
    return only_returns and all(constant in (None, ...) for constant in constants)


def are_empty(members: Iterable[Any]) -> bool:
    """Whether there are functions among the members of a class, and all of them are empty."""
    methods = [member for member in members if hasattr(member, "__code__")]
    return bool(methods) and all(map(is_empty, methods))


def measure(answer: Any, measurement: Callable, *arguments: Any) -> Any:
    """measurement(answer, *arguments), taken where the answer is.

    The grader runs the answer in another process, where the measurement is known by its name: it is
    one of MEASUREMENTS in an assignment's `measure.py`.
    """
    elsewhere = getattr(answer, "measured", None)
    if elsewhere is None:
        return measurement(answer, *arguments)
    return elsewhere(measurement.__name__, *arguments)


def expect_array(got: Any, expected: Any, case: str, shape: tuple[int, ...] | None = None):
    """As `expect_numbers`, for an array or a number: a list is neither."""
    assert not isinstance(got, (list, tuple)), f"{case}: an array is asked for, not a list"
    return expect_numbers(got, expected, case, shape)


def expect_numbers(got: Any, expected: Any, case: str, shape: tuple[int, ...] | None = None):
    """Convert `got` to an array; complain if it is missing, not numbers, misshapen or wrong."""
    assert got is not None and got is not ..., f"{case}: no answer; replace the `...`"
    array = np.asarray(got)
    assert array.dtype.kind in "biuf", f"{case}: expected numbers, got {got!r}"
    shape = np.shape(expected) if expected is not None and shape is None else shape
    assert shape is None or array.shape == shape, f"{case}: shape {array.shape}, expected {shape}"
    if expected is not None:
        assert np.allclose(array, expected), f"{case}: expected {expected}, got {array.tolist()}"
    return array
