"""Dataclass fields checked against their own annotations: a field says all about itself.

    gamma: Annotated[float, Range(at_least=0, at_most=1)] = 0.99

An annotation may be `bool`, `int`, `float` or `str`, the same in `Annotated` with a `Range`, a
`Literal` of names, `tuple[X, ...]` for one or more values, `Mapping[str, Any]` for plain values by
name, and any of these joined by `|`, to each other or to `None`.
"""

import dataclasses
import math
import os
from collections.abc import Mapping
from dataclasses import dataclass
from types import NoneType, UnionType
from typing import Annotated, Any, Literal, Union, get_args, get_origin, get_type_hints

import numpy as np

WORDS = {
    bool: "True or False",
    int: "an integer",
    float: "a finite number",
    str: "a name",
    NoneType: "None",
}


@dataclass(frozen=True)
class Range:
    """The numbers that a field may hold; `value in Range(above=0)` asks for one of them."""

    above: float = -math.inf
    at_least: float = -math.inf
    at_most: float = math.inf

    def __contains__(self, number: float) -> bool:
        return self.above < number and self.at_least <= number <= self.at_most

    def __str__(self) -> str:
        lower = f"above {self.above}" if self.above > -math.inf else f"of at least {self.at_least}"
        return f"{lower} and at most {self.at_most}" if self.at_most < math.inf else lower


def check_fields(instance: Any) -> None:
    """Raise for the first field of a dataclass that holds what its annotation does not allow.

    The error is one line with the field, what it must be and what it is: a TypeError for a value
    of the wrong type, a ValueError for one out of range or not among the choices.
    """
    hints = get_type_hints(type(instance), include_extras=True)
    for field in dataclasses.fields(instance):
        require(field.name, getattr(instance, field.name), hints[field.name])


def require(name: str, value: Any, hint: Any) -> None:
    """Raise, as `check_fields` does, unless `hint` allows `value`: of a field, or an argument."""
    if error := fault(value, hint):
        # an array's repr has several lines
        given = " ".join(repr(value).split())
        raise error(f"{name} must be {description(hint)}; got {given}")


def require_path(name: str, value: Any) -> None:
    """Raise TypeError unless the argument called `name` is a path."""
    if not isinstance(value, (str, os.PathLike)):
        raise TypeError(f"{name} must be a path, a str or a Path; got {kind_of(value)}")


def kind_of(value: Any) -> str:
    """What `value` is, for an error: "an int", "None", "the class DDPG"."""
    if value is None:
        return "None"
    if isinstance(value, type):
        return f"the class {value.__name__}"
    name = type(value).__name__
    return f"{'an' if name[0].lower() in 'aeiou' else 'a'} {name}"


def fault(value: Any, hint: Any) -> type[Exception] | None:
    """The kind of error that `value` is where `hint` is the annotation; None if it is allowed."""
    kind, arguments = get_origin(hint), get_args(hint)
    if kind in (Union, UnionType):
        faults = [fault(value, alternative) for alternative in arguments]
        # a right type with a wrong value says more than a wrong type
        return None if None in faults else max(faults, key=lambda error: error is ValueError)
    if hint is NoneType:
        return None if value is None else TypeError
    if kind is Annotated:
        return fault(value, arguments[0]) or (None if value in arguments[1] else ValueError)
    if kind is Literal:
        return None if isinstance(value, str) and value in arguments else ValueError
    if kind is Mapping:
        return None if isinstance(value, Mapping) and is_plain(value) else TypeError
    if kind is tuple:
        if not isinstance(value, tuple) or not value:
            return TypeError
        return next(filter(None, (fault(item, arguments[0]) for item in value)), None)
    # True is an int to Python, and 1 is as good a float as 1.0
    if isinstance(value, bool) != (hint is bool):
        return TypeError
    if not isinstance(value, (int, float) if hint is float else hint):
        return TypeError
    return ValueError if hint is float and not math.isfinite(value) else None


def description(hint: Any) -> str:
    """What the annotation `hint` asks for, in words: "an integer of at least 1"."""
    kind, arguments = get_origin(hint), get_args(hint)
    if kind in (Union, UnionType):
        return ", or ".join(map(description, arguments))
    if kind is Annotated:
        return f"{description(arguments[0])} {arguments[1]}"
    if kind is Literal:
        return f"one of {', '.join(arguments)}"
    if kind is Mapping:
        return "a mapping of names to finite numbers, strings, None, or tuples and mappings of them"
    if kind is tuple:
        return f"a tuple with at least one value, each {description(arguments[0])}"
    return WORDS.get(hint, "a path")


def is_plain(value: Any) -> bool:
    """Whether JSON can hold `value`, as `plain` gives it, and give it back."""
    if isinstance(value, Mapping):
        return all(isinstance(name, str) and is_plain(item) for name, item in value.items())
    if isinstance(value, tuple):
        return all(map(is_plain, value))
    if isinstance(value, float):
        return math.isfinite(value)
    return isinstance(value, (bool, int, str, NoneType))


def plain(value: Any) -> Any:
    """`value` in types that JSON, `==` and `hash` can handle.

    A NumPy number becomes Python's own, a list a tuple, and a mapping one that cannot be changed.
    """
    if isinstance(value, np.generic):
        return value.item()
    if isinstance(value, Mapping):
        return FrozenDict((name, plain(item)) for name, item in value.items())
    return tuple(plain(item) for item in value) if isinstance(value, (list, tuple)) else value


class FrozenDict(dict):
    """A dict that cannot be changed, and so has a hash."""

    def __hash__(self) -> int:  # type: ignore[override]
        return hash(frozenset(self.items()))

    def __reduce__(self) -> tuple:
        return FrozenDict, (dict(self),)

    def _refuse(self, *arguments: Any, **named: Any) -> Any:
        raise TypeError("a config cannot be changed; dataclasses.replace makes another")

    __setitem__ = __delitem__ = __ior__ = _refuse
    clear = pop = popitem = setdefault = update = _refuse
