"""A case of a hidden test, a value and a mistake in a few words, for a report."""

import inspect
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

SMALL = 12
"""How many numbers a case may have for a report to give all of them."""
KINDS = {"b": "booleans", "i": "integers", "u": "integers", "f": "floating-point numbers"}


def in_words(function: Callable, arguments: Sequence[Any]) -> str:
    """A case: each argument by its parameter's name, whole if all are small, else by its shape."""
    names = list(inspect.signature(function).parameters)
    whole = count(arguments) <= SMALL
    return ", ".join(
        f"{name} = {in_short(value, whole)}" for name, value in zip(names, arguments, strict=True)
    )


def count(value: Any) -> int:
    """How many numbers there are in an argument, or in several."""
    if isinstance(value, (list, tuple)):
        return sum(count(item) for item in value)
    return int(np.size(value))


def in_short(value: Any, whole: bool = True) -> str:
    """A value in a few characters: its numbers, or else its shape."""
    if isinstance(value, (list, tuple)):
        items = [in_short(item, whole and count(value) <= SMALL) for item in value[:4]]
        return f"[{', '.join(items)}{', ...' if len(value) > 4 else ''}]"
    array = np.asarray(value)
    if array.dtype.kind not in KINDS:
        return type(value).__name__
    if not array.size or (array.shape and not (whole and array.size <= SMALL)):
        return f"{array.dtype} {list(array.shape)}"
    rounded = array if array.dtype.kind in "biu" else np.vectorize(four_digits)(array)
    return str(rounded.tolist())


def four_digits(number: float) -> float:
    """A number rounded to four significant digits."""
    return float(f"{number:.4g}")


def hint(function: Callable) -> str:
    """A mistake's docstring in one line."""
    return " ".join(inspect.getdoc(function).split())
