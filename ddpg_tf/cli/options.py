"""The options of `ddpg-tf train`: one for each field of the config, in the config's sections.

tyro draws a frame around each dataclass of options. The config is one flat dataclass, so a section
becomes a dataclass here, made of the config's own annotations, docstrings and values.
"""

import ast
import dataclasses
import inspect
import textwrap
from collections.abc import Callable
from functools import partial
from itertools import pairwise
from typing import Annotated, Any, get_type_hints

import tyro

from ddpg_tf.config import SECTIONS, DDPGConfig


def in_sections(command: type, default: DDPGConfig) -> Callable[..., Any]:
    """A function for tyro that makes a `command`, whose first field is a `config`.

    Its parameters are the command's other fields, then a dataclass of options for each section of
    the config, with the values of `default`. Its help is the docstrings of the fields, each of
    which tyro can wrap as one paragraph.
    """
    own = [field for field in fields_of(command) if field[0] != "config"]
    sections = {name: section(name, default) for name in SECTIONS}

    def made(**values: Any) -> Any:
        options = [vars(values.pop(name)) for name in sections]
        return command(
            config=DDPGConfig(**{k: v for part in options for k, v in part.items()}), **values
        )

    defaults = {field.name: field.default for field in dataclasses.fields(command)}
    parameters = [parameter(name, hint, defaults[name]) for name, hint in own]
    for name, options in sections.items():
        hint: Any = Annotated[type(options), tyro.conf.OmitArgPrefixes, tyro.conf.FlagConversionOff]
        parameters.append(parameter(name, hint, options))
    made.__signature__ = inspect.Signature(parameters)  # type: ignore[attr-defined]
    made.__annotations__ = {each.name: each.annotation for each in parameters}
    made.__doc__ = command.__doc__
    return made


def parameter(name: str, hint: Any, default: Any) -> inspect.Parameter:
    """A keyword of `in_sections`'s function."""
    return inspect.Parameter(name, inspect.Parameter.KEYWORD_ONLY, annotation=hint, default=default)


def section(name: str, default: DDPGConfig) -> Any:
    """The options of one section: an instance of a dataclass of its fields, with these values."""
    fields = [
        (field, hint, dataclasses.field(default_factory=partial(getattr, default, field)))
        for field, hint in fields_of(DDPGConfig)
        if section_of(field) == name
    ]
    # no docstring: tyro would print it in the frame
    return dataclasses.make_dataclass(name, fields, namespace={"__doc__": ""})()


def section_of(field: str) -> str:
    """The section that a field of the config stands in."""
    found = ""
    firsts = {first: name for name, first in SECTIONS.items()}
    for each in dataclasses.fields(DDPGConfig):
        found = firsts.get(each.name, found)
        if each.name == field:
            break
    return found


def fields_of(kind: type) -> list[tuple[str, Any]]:
    """The fields of a dataclass: name, and annotation with the field's docstring as its help."""
    hints, docstrings = get_type_hints(kind, include_extras=True), docstrings_of(kind)
    return [
        (field.name, Annotated[hints[field.name], tyro.conf.arg(help=docstrings.get(field.name))])
        for field in dataclasses.fields(kind)
        if field.init
    ]


def docstrings_of(kind: type) -> dict[str, str]:
    """The string below each field of a dataclass, as one line; Python itself forgets them."""
    (definition,) = ast.parse(textwrap.dedent(inspect.getsource(kind))).body
    statements = definition.body  # type: ignore[attr-defined]
    return {
        ast.unparse(field.target): " ".join(ast.literal_eval(text.value).split())
        for field, text in pairwise(statements)
        if isinstance(field, ast.AnnAssign) and isinstance(text, ast.Expr)
    }
