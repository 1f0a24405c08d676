"""A study: something measured, figures of it, and a finding in prose that claims keep honest.

The prose is a template, `finding.md`. A name in braces stands for a number of the measured data,
`{gamma}`, `{errors[mean_q]:.1e}`, or for one that `values` derives from them. What the prose
asserts is written a second time as claims, conditions on those numbers. Nothing rewords the prose
when a claim turns out false: the study fails, and somebody reads the data and edits the prose.
"""

import inspect
import reprlib
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from string import Formatter
from typing import Any

from matplotlib.figure import Figure

Track = Callable[[Iterable, str], Iterable]
"""track(items, note) iterates over `items` and moves the progress bar, which shows `note`."""


@dataclass(frozen=True)
class Claim:
    """A sentence that must be true of the data.

    holds: its arguments are names of values, which it is called with; whether the claim is true.
    in_quick_runs: whether the few data of a quick run are enough to tell.
    """

    sentence: str
    holds: Callable[..., bool]
    in_quick_runs: bool = True


@dataclass(frozen=True)
class Study:
    """The parts of a study, whose results go to results/NAME.

    title: the heading of its page. run: (quick, track) -> plain data, ready for JSON; `quick` makes
    it a matter of seconds, with the same keys. figures: data -> file name without ending -> figure.
    values: data -> the names that template and claims use beside the keys of the data. requires:
    packages that `run` needs beyond the required ones.
    """

    name: str
    title: str
    run: Callable[[bool, Track], dict]
    figures: Callable[[dict], dict[str, Figure]]
    values: Callable[[dict], dict[str, Any]]
    claims: list[Claim]
    template: str
    requires: tuple[str, ...] = ()

    def known(self, data: dict) -> dict[str, Any]:
        """Name -> value, for all that template and claims may speak of."""
        return data | self.values(data)

    def finding(self, data: dict) -> str:
        """The prose with its numbers. Raises ValueError, naming it, for a value that is unknown."""
        try:
            return fill(self.template, self.known(data))
        except (KeyError, IndexError) as error:
            raise ValueError(
                f"finding.md of {self.name!r} names an unknown value: {error}"
            ) from None

    def false_claims(self, data: dict, quick: bool = False) -> list[str]:
        """A line for each claim that is not true of the data, with the numbers that refute it.

        Raises ValueError for a claim about a value that is unknown.
        """
        known = self.known(data)
        lines = []
        for claim in self.claims:
            if quick and not claim.in_quick_runs:
                continue
            names = list(inspect.signature(claim.holds).parameters)
            if unknown := [name for name in names if name not in known]:
                raise ValueError(f"unknown in the claim {claim.sentence!r}: {', '.join(unknown)}")
            if not claim.holds(*[known[name] for name in names]):
                numbers = ", ".join(f"{name} = {reprlib.repr(known[name])}" for name in names)
                lines.append(f"{claim.sentence} ({numbers})")
        return lines


def fill(template: str, known: dict[str, Any]) -> str:
    """The template with its names in braces replaced by values."""
    return Prose().vformat(template, (), known).strip()


class Prose(Formatter):
    """Python's format strings, where a list is written out: "a", "a and b", "a, b and c".

    In brackets stand keys of dicts and places in lists, negative ones too: {errors[-1]:.1e}.
    """

    def get_field(self, field_name: str, args: Sequence, kwargs: Mapping) -> tuple[Any, str]:
        """The value of a name with its brackets, and the name."""
        name, *keys = field_name.replace("]", "").split("[")
        value = kwargs[name]
        for key in keys:
            value = value[int(key)] if isinstance(value, list) else value[key]
        return value, name

    def format_field(self, value: Any, format_spec: str) -> str:
        """One value as text; the format of a list is that of each of its items."""
        if isinstance(value, list | tuple):
            return in_words([super(Prose, self).format_field(item, format_spec) for item in value])
        return super().format_field(value, format_spec)


def in_words(names: list[str]) -> str:
    """Join names as a sentence does; "none" if there are none."""
    if len(names) < 2:
        return "".join(names) or "none"
    return f"{', '.join(names[:-1])} and {names[-1]}"


def table_rows(rows: Iterable[Iterable]) -> str:
    """The rows of a Markdown table, whose head is in the template."""
    return "\n".join(f"| {' | '.join(str(cell) for cell in row)} |" for row in rows)
