"""How the command line reads what tyro has no way of its own for."""

import ast
from collections.abc import Mapping
from typing import Any

from tyro.constructors import ConstructorRegistry, PrimitiveConstructorSpec, PrimitiveTypeInfo

registry = ConstructorRegistry()
"""tyro's ways to read a field by its type, and the one below."""


@registry.primitive_rule
def mappings(field: PrimitiveTypeInfo) -> PrimitiveConstructorSpec | None:
    """Fields that are mappings: `--env-kwargs g=9.81 continuous=True name=walker`."""
    if field.type_origin is not Mapping:
        return None
    return PrimitiveConstructorSpec(
        nargs="*",
        metavar="KEY=VALUE [KEY=VALUE ...]",
        instance_from_str=mapping_of,
        is_instance=lambda value: isinstance(value, Mapping),
        str_from_instance=lambda values: [f"{key}={value!r}" for key, value in values.items()],
    )


def mapping_of(arguments: list[str]) -> dict[str, Any]:
    """The mapping that KEY=VALUE arguments write. Raises ValueError for one without a key."""
    pairs = [argument.partition("=") for argument in arguments]
    wrong = [
        argument
        for argument, (key, equals, _) in zip(arguments, pairs, strict=True)
        if not (key and equals)
    ]
    if wrong:
        raise ValueError(f"must be like g=9.81 continuous=True; got {wrong[0]!r}")
    return {key: literal(text) for key, _, text in pairs}


def literal(text: str) -> Any:
    """The Python value that `text` writes; `text` itself if it writes none."""
    try:
        return ast.literal_eval(text)
    except (SyntaxError, ValueError):
        return text
