"""What a user wrote, by name: "module:function", so that a file can say what to import again."""

import importlib
import os
import sys
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from types import TracebackType
from typing import Any

GYMNASIUM = find_spec("gymnasium")
LIBRARIES = (
    "<frozen importlib",
    *(
        # with the separator: the folder beside it may be gymnasium_robotics, or the user's own
        f"{Path(file).parent}{os.sep}"
        for file in (__file__, importlib.__file__, GYMNASIUM and GYMNASIUM.origin)
        if file
    ),
)
"""How the files of this package, of Gymnasium and of Python's importing begin: the rest is the
user's code."""


class OwnCodeError(ValueError):
    """The user's own code raised an error; `trace` is its traceback, from that code on."""

    def __init__(self, what: str, trace: str):
        super().__init__(what, trace)
        self.what, self.trace = what, trace

    def __str__(self) -> str:
        return f"{self.what}; its own traceback:"


@contextmanager
def users_own(what: str) -> Iterator[None]:
    """Name what the user's code raises inside as theirs: OwnCodeError, from the error itself."""
    try:
        yield
    except Exception as error:
        # the frames of this package and of Python's importing lead to that code
        frames = users_frames(error)
        trace = "".join(traceback.format_exception(type(error), error, frames))
        message = " ".join(f"{type(error).__name__}: {error}".split())
        raise OwnCodeError(f"{what} raised {message}", trace) from error


def users_frames(error: BaseException) -> TracebackType | None:
    """The part of an error's traceback that begins in the user's own code, if there is any."""
    frames = error.__traceback__
    while frames and frames.tb_frame.f_code.co_filename.startswith(LIBRARIES):
        frames = frames.tb_next
    return frames


def imported(role: str, name: str) -> Any:
    """The object that "module:name" names; `name` may have dots, as in "module:Class.method".

    role: what it is for, which an error begins with. The module's own folder must be on the path;
    the command line puts the current folder there.
    Raises ValueError if `name` has another form, or if there is no such module or no such object,
    and OwnCodeError for what the module itself raises while it is imported.
    """
    module, colon, path = name.partition(":")
    if not (module and colon and path):
        raise ValueError(f"{role} {name!r} is not of the form module:name, as in my_code:{role}")
    try:
        with users_own(f"{role} {name!r}: importing module {module!r}"):
            found = import_module(module)
    except OwnCodeError as fault:
        missing = getattr(fault.__cause__, "name", None)
        # one that the module itself wants to import is another matter
        if not isinstance(fault.__cause__, ModuleNotFoundError) or not (
            missing and (module + ".").startswith(missing + ".")
        ):
            raise
        raise ValueError(
            f"{role} {name!r}: there is no module {missing!r} here; start in the folder that "
            "holds it, or add that to PYTHONPATH"
        ) from None
    for part in path.split("."):
        if not hasattr(found, part):
            raise ValueError(f"{role} {name!r}: module {module!r} has no {path!r}")
        found = getattr(found, part)
    return found


def name_of(thing: Any) -> str | None:
    """The "module:name" by which `imported` finds `thing` again, None if it has none.

    A lambda, a function inside another one and what `__main__` defines have no such name.
    """
    module, path = getattr(thing, "__module__", None), getattr(thing, "__qualname__", None)
    if not isinstance(module, str) or not isinstance(path, str) or module == "__main__":
        return None
    found: Any = sys.modules.get(module)
    for part in path.split("."):
        found = getattr(found, part, None)
    return f"{module}:{path}" if found is thing and found is not None else None
