"""How an answer is judged: right, or a known mistake by its name, or the first number that is off.

A mistake is a wrong answer that people give, as a function. Its name is the mistake's name, its
docstring is the hint. An answer that agrees with it on every case, and not with the reference,
contains that mistake.
"""

import copy
import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from ddpg_tf.sandbox.cleaning import clean
from ddpg_tf.sandbox.packing import pack
from tutorials.homework.checking import what_is_missing
from tutorials.homework.wording import KINDS, count, hint, in_short, in_words


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
    keeps_arguments: bool = False,
    dtype: type | None = None,
) -> None:
    """Pass if `answer` agrees with `reference` on all cases, else raise what is wrong.

    answer, reference, mistakes: functions. cases: a list of argument tuples. keeps_arguments:
    whether the answer must leave its arguments as they are. dtype: one that its result must have.
    """
    expect_function(name, answer)
    given, changes = [], False
    for case in cases:
        result, changed = call(name, answer, case, reference)
        given.append(result)
        changes = changes or bool(changed)
    expected = [reference(*copy.deepcopy(case)) for case in cases]
    if same(given, expected, rtol, strict=True):
        if keeps_arguments and changes:
            raise Mistake("[changes_its_arguments] The arrays that it was given have changed.")
        if dtype is not None and {np.asarray(g).dtype for g in given} != {np.dtype(dtype)}:
            raise NotRight(f"{name}: expected {np.dtype(dtype)}, got {np.asarray(given[0]).dtype}")
        return
    for mistake in mistakes:
        if same(given, [mistake(*copy.deepcopy(case)) for case in cases], rtol):
            raise Mistake(f"[{mistake.__name__}] {hint(mistake)}")
    off = [
        (count(case), index)
        for index, case in enumerate(cases)
        if not same(given[index], expected[index], rtol, strict=True)
    ]
    index = min(off)[1]  # the smallest case says most
    what = difference(given[index], expected[index], rtol)
    raise NotRight(f"{name}: {what}; with {in_words(reference, cases[index])}")


def judge_value(
    name: str,
    value: Any,
    expected: Any,
    mistakes: Mapping[str, tuple[Any, str]] | None = None,
    atol: float | None = None,
) -> None:
    """Do the same for a number, a list or an array. mistakes: {name: (wrong value, hint)}.

    What agrees to three significant digits is right; or, if given, to `atol`.
    """
    expect_answer(name, value)
    if close(value, expected, atol):
        return
    for mistake, (wrong, advice) in (mistakes or {}).items():
        if close(value, wrong, atol):
            raise Mistake(f"[{mistake}] {advice}")
    shown = in_short(value)
    raise NotRight(f"{name} is not right" + (f"; yours is {shown}" if shown else ""))


def expect_answer(name: str, answer: Any) -> None:
    """Raise NotRight if there is no answer at all."""
    missing = what_is_missing(name, answer)
    if missing:
        raise NotRight(missing)


def expect_function(name: str, answer: Any) -> None:
    """Raise NotRight if the answer is not there, or not a function."""
    expect_answer(name, answer)
    if not callable(answer):
        raise NotRight(f"{name} is not a function")


def call(
    name: str, answer: Callable, arguments: tuple, reference: Callable | None = None
) -> tuple[Any, list[int]]:
    """Call the answer with copies of the arguments: its result, and which of them it changed.

    reference: a function with the same parameters, for the words of a failure.
    """
    given = copy.deepcopy(arguments)
    case = "" if reference is None else f"; with {in_words(reference, arguments)}"
    try:
        result = answer(*given)
    except Exception as error:
        raised, told = type(error).__name__, clean(str(error))
        problem = told if raised == "StudentError" else f"raised {raised}: {told}"
        raise NotRight(f"{name}: {problem}{case}") from None
    if result is None:
        raise NotRight(f"{name} returned None: is there a return?{case}")
    if hasattr(answer, "changed"):  # it runs elsewhere, and so do the changes
        return result, answer.changed
    pairs = zip(arguments, given, strict=True)
    return result, [i for i, (before, after) in enumerate(pairs) if pack(before) != pack(after)]


def same(got: Any, expected: Any, rtol: float, strict: bool = False) -> bool:
    """Whether shapes are equal and numbers within rtol of the largest expected one.

    Lists and tuples are compared item by item, booleans and integers exactly. A NaN equals nothing.
    strict: where integers or booleans are expected, they must be of that kind; where an array is, a
    list is none.
    """
    if isinstance(expected, (list, tuple)):
        got = list(got) if isinstance(got, np.ndarray) and got.ndim else got
        return (
            isinstance(got, (list, tuple))
            and len(got) == len(expected)
            and all(same(g, e, rtol, strict) for g, e in zip(got, expected, strict=True))
        )
    if strict and is_list_for_array(got, expected):
        return False
    try:
        got, expected = np.asarray(got), np.asarray(expected)
        if got.shape != expected.shape or got.dtype.kind not in KINDS:
            return False
        if expected.dtype.kind in "biu":
            kind_fits = not got.size or kind(got) == kind(expected)
            return bool(np.array_equal(got, expected)) and (kind_fits or not strict)
        scale = np.abs(expected).max(initial=1e-12)
        return bool(np.all(np.abs(got - expected) <= rtol * scale))
    except (TypeError, ValueError):
        return False


def is_list_for_array(got: Any, expected: Any) -> bool:
    """Whether a list came where an array, and not just a number, is expected."""
    return isinstance(got, (list, tuple)) and np.ndim(expected) > 0


def kind(array: np.ndarray) -> str:
    """What an array's numbers are, in words."""
    return KINDS[array.dtype.kind]


def close(got: Any, expected: Any, atol: float | None = None) -> bool:
    """Whether numbers agree to three significant digits each, or to `atol`."""
    if isinstance(expected, (list, tuple)) or np.ndim(expected):
        got = list(got) if isinstance(got, np.ndarray) and got.ndim else got
        return (
            isinstance(got, (list, tuple))
            and len(got) == len(expected)
            and all(close(g, e, atol) for g, e in zip(got, expected, strict=True))
        )
    try:
        got = np.asarray(got)
        if got.shape != () or got.dtype.kind not in KINDS:
            return False
        return bool(
            abs(float(got) - expected) <= (half_a_digit(expected) if atol is None else atol)
        )
    except (TypeError, ValueError):
        return False


def half_a_digit(number: float) -> float:
    """Half a unit of the third significant digit of a number: what rounding to three may change."""
    if number == 0:
        return 5e-4
    return 0.5001 * 10.0 ** (math.floor(math.log10(abs(number))) - 2)


def difference(got: Any, expected: Any, rtol: float) -> str:
    """Where `got` first differs from `expected`, in words that do not tell the right number."""
    if isinstance(expected, (list, tuple)):
        if not isinstance(got, (list, tuple)) or len(got) != len(expected):
            return f"expected {len(expected)} results"
        pairs = zip(got, expected, strict=True)
        index, (g, e) = next((i, p) for i, p in enumerate(pairs) if not same(*p, rtol, strict=True))
        return f"result {index}: {difference(g, e, rtol)}"
    if is_list_for_array(got, expected):
        return f"expected an array, got a {type(got).__name__}"
    try:
        got, expected = np.asarray(got), np.asarray(expected)
    except ValueError:
        return "is not an array of numbers"
    if got.dtype.kind not in KINDS:
        return "is not an array of numbers"
    if got.shape != expected.shape:
        return f"shape {list(got.shape)}, expected {list(expected.shape)}"
    wrong = ~np.isclose(got, expected, rtol=rtol, atol=rtol * np.abs(expected).max(initial=1e-12))
    if not wrong.any():
        return f"expected {kind(expected)}, got {got.dtype}"
    if not got.shape:
        return f"yours is {got.item():.6g}"
    index = tuple(int(i) for i in np.argwhere(wrong)[0])
    where = f"the first at index {list(index)}"
    return f"{wrong.sum()} of {wrong.size} numbers are off, {where}; yours is {got[index]:.6g}"
