"""The page of the config's fields, made of their annotations, defaults and docstrings."""

import dataclasses
from typing import get_type_hints

from ddpg_tf.cli.options import docstrings_of, section_of
from ddpg_tf.config import SECTIONS, DDPGConfig
from ddpg_tf.validation import description

HEAD = """# Every setting, by its effect

The fields of `DDPGConfig`, in the order of `ddpg-tf train --help`. On the command line `gamma` is
`--gamma` and `batch_size` is `--batch-size`; in Python they are arguments:
`DDPGConfig(gamma=0.98, batch_size=256)`. A value that a field does not allow is refused before
anything runs.

"Step" is a step of the environment, "update" one gradient step on critic and actor
([glossary](glossary.md)). What published systems chose: [presets](results/presets/README.md).
"""


def page() -> str:
    """The page, in MyST's Markdown."""
    hints, effects = get_type_hints(DDPGConfig, include_extras=True), docstrings_of(DDPGConfig)
    parts = [HEAD]
    for section in SECTIONS:
        parts.append(f"## {section.capitalize()}\n")
        parts += [
            entry(field.name, description(hints[field.name]), default(field), effects[field.name])
            for field in dataclasses.fields(DDPGConfig)
            if section_of(field.name) == section
        ]
    return "\n".join(parts)


def default(field: dataclasses.Field) -> str:
    """The default of a field, as Python writes it."""
    made = field.default_factory is not dataclasses.MISSING
    return repr(field.default_factory() if made else field.default)


def entry(name: str, values: str, standard: str, effect: str) -> str:
    """One field: `confval` is Sphinx's directive for a setting."""
    return f"```{{confval}} {name}\n:type: {values}\n:default: `{standard}`\n\n{effect}\n```\n"
