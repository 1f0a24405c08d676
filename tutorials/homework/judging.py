"""How an answer is judged: right, or a known mistake by its name, or the first number that is off.

A mistake is a wrong answer that people give, as a function. Its name is the mistake's name, its
docstring is the hint. An answer that agrees with it on every case, and not with the reference,
contains that mistake.
"""

import copy
import inspect
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from tutorials.homework.cleaning import clean


class Mistake(AssertionError):  # noqa: N818 -- the name that students read
    """A known mistake: `[name] hint`."""


class Finding(AssertionError):  # noqa: N818
    """What is wrong has a name, but is not a known mistake: `[name] what`."""


class NotRight(AssertionError):  # noqa: N818
    """An answer that is wrong in no known way."""


def judge(
    name: str,
    answer: Any,
    reference: Callable,
    mistakes: Sequence[Callable],
    cases: Sequence[tuple],
    rtol: float = 1e-5,
):
    """Pass if `answer` agrees with `reference` on all cases, else raise what is wrong.

    answer, reference, mistakes: functions. cases: a list of argument tuples.
    """
    if not callable(answer):
        raise NotRight(f"{name} is not defined, or is not a function")
    given = [call(name, answer, case) for case in cases]
    expected = [reference(*copy.deepcopy(case)) for case in cases]
    if same(given, expected, rtol):
        return
    for mistake in mistakes:
        if same(given, [mistake(*copy.deepcopy(case)) for case in cases], rtol):
            raise Mistake(f"[{mistake.__name__}] {hint(mistake)}")
    for got, right in zip(given, expected, strict=True):
        if not same(got, right, rtol):
            raise NotRight(f"{name}: {difference(got, right, rtol)}")


def judge_value(
    name: str,
    value: Any,
    expected: Any,
    mistakes: Mapping[str, tuple[Any, str]] | None = None,
    rtol: float = 1e-3,
):
    """Do the same for a number, a list or an array. mistakes: {name: (wrong value, hint)}."""
    if value is None or value is ...:
        raise NotRight(f"{name} is not answered")
    if same(value, expected, rtol):
        return
    for mistake, (wrong, advice) in (mistakes or {}).items():
        if same(value, wrong, rtol):
            raise Mistake(f"[{mistake}] {advice}")
    raise NotRight(f"{name} is not right")


def call(name: str, answer: Callable, arguments: tuple):
    """Call the answer with copies of the arguments, so that it cannot change them."""
    try:
        result = answer(*copy.deepcopy(arguments))
    except Exception as error:
        raised, told = type(error).__name__, clean(str(error))
        problem = told if raised == "StudentError" else f"raised {raised}: {told}"
        raise NotRight(f"{name}: {problem}") from None
    if result is None:
        raise NotRight(f"{name} is not answered: it returned None, is there a return?")
    return result


def same(got: Any, expected: Any, rtol: float) -> bool:
    """Whether shapes are equal and numbers within rtol of the largest expected one.

    Lists and tuples are compared item by item, booleans exactly. A NaN equals nothing.
    """
    if isinstance(expected, (list, tuple)):
        got = list(got) if isinstance(got, np.ndarray) and got.ndim else got
        return (
            isinstance(got, (list, tuple))
            and len(got) == len(expected)
            and all(same(g, e, rtol) for g, e in zip(got, expected, strict=True))
        )
    try:
        got, expected = np.asarray(got), np.asarray(expected)
        if got.shape != expected.shape or got.dtype.kind not in "biuf":
            return False
        if expected.dtype.kind in "biu":
            return bool(np.array_equal(got, expected))
        scale = np.abs(expected).max(initial=1e-12)
        return bool(np.all(np.abs(got - expected) <= rtol * scale))
    except (TypeError, ValueError):
        return False


def difference(got: Any, expected: Any, rtol: float) -> str:
    """Where `got` first differs from `expected`, in words that do not tell the right number."""
    if isinstance(expected, (list, tuple)):
        if not isinstance(got, (list, tuple)) or len(got) != len(expected):
            return f"expected {len(expected)} results"
        pairs = zip(got, expected, strict=True)
        index, (g, e) = next((i, p) for i, p in enumerate(pairs) if not same(*p, rtol))
        return f"result {index}: {difference(g, e, rtol)}"
    try:
        got, expected = np.asarray(got), np.asarray(expected)
    except ValueError:
        return "is not an array of numbers"
    if got.shape != expected.shape:
        return f"shape {got.shape}, expected {expected.shape}"
    if got.dtype.kind not in "biuf":
        return "is not an array of numbers"
    wrong = ~np.isclose(got, expected, rtol=rtol, atol=rtol * np.abs(expected).max(initial=1e-12))
    if not wrong.any():
        return "not right"
    index = tuple(int(i) for i in np.argwhere(wrong)[0])
    where = f" the first at index {list(index)}" if index else ""
    return f"{wrong.sum()} of {wrong.size} numbers are off,{where}; yours is {got[index]:.6g}"


def hint(function: Callable) -> str:
    """A mistake's docstring in one line."""
    return " ".join(inspect.getdoc(function).split())
