"""What the visible checks of all assignments are made of. Students get this file with `checks.py`.

CHECKS holds an assignment's checks by the name of their question, in its order.
`check(name, answer)` raises an AssertionError that says what is off, or passes.
"""

from collections.abc import Callable
from typing import Any

import numpy as np

CHECKS = {}


def question(function: Callable):
    """Register a check, a function of the answer, under its name."""
    CHECKS[function.__name__] = function
    return function


def check(name: str, answer: Any):
    """Try `answer` on the small cases for the question `name`."""
    assert answer is not None, f"{name} is not defined; run its cell first"
    CHECKS[name](answer)


def expect_array(got: Any, expected: Any, case: str, shape: tuple[int, ...] | None = None):
    """Convert `got` to an array; complain if it is missing, not numbers, misshapen or wrong."""
    assert got is not None and got is not ..., f"{case}: no answer; replace the `...`"
    array = np.asarray(got)
    assert array.dtype.kind in "biuf", f"{case}: expected numbers, got {got!r}"
    shape = np.shape(expected) if expected is not None and shape is None else shape
    assert shape is None or array.shape == shape, f"{case}: shape {array.shape}, expected {shape}"
    if expected is not None:
        assert np.allclose(array, expected), f"{case}: expected {expected}, got {array.tolist()}"
    return array
