"""What a user wrote, by name: "module:function", so that a file can say what to import again."""

import sys
from importlib import import_module
from typing import Any


def imported(role: str, name: str) -> Any:
    """The object that "module:name" names; `name` may have dots, as in "module:Class.method".

    role: what it is for, which an error begins with. The module's own folder must be on the path;
    the command line puts the current folder there.
    Raises ValueError if `name` has another form, or if there is no such module or no such object;
    what the module itself raises while it is imported comes through as it is.
    """
    module, colon, path = name.partition(":")
    if not (module and colon and path):
        raise ValueError(f"{role} {name!r} is not of the form module:name, as in my_code:{role}")
    try:
        found = import_module(module)
    except ModuleNotFoundError as error:
        # one that the module itself wants to import is another matter
        if error.name is None or not (module + ".").startswith(error.name + "."):
            raise
        raise ValueError(
            f"{role} {name!r}: there is no module {error.name!r} here; start in the folder "
            "that holds it, or add that to PYTHONPATH"
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
