"""What a preset holds: a published system's settings, and where they come from, fact by fact."""

from collections.abc import Iterable
from dataclasses import dataclass

from ddpg_tf.config import DDPGConfig

COMMON_DEPARTURES = {
    "A": "Fewer steps than published, so that a run takes minutes on two cores.",
    "B": "Updates in blocks of `update_every` steps, one for each step, for speed.",
    "C": "Initial weights are the paper's (`networks/build.py`), whatever the source's were.",
    "D": "A time limit cuts an episode off without ending it: its last state's value is not zero.",
    "E": "The action is concatenated with the input of one of the critic's hidden layers; the "
    "source adds the outputs of two linear layers, which is the same function.",
    "F": "Actions are clipped to their range before they are stored; the source stores them "
    "unclipped, and its environment clips.",
}
"""Departures that several presets share: each names the letters that apply to it."""


@dataclass(frozen=True)
class Fact:
    """One statement about a published system, and where to check it."""

    text: str
    where: str = ""
    """File and lines of the published version, or the section of a paper. Empty only for a
    departure that says nothing of the source."""

    def __str__(self) -> str:
        """The statement, and its place in brackets."""
        return f"{self.text} [{self.where}]" if self.where else self.text


@dataclass(frozen=True)
class Preset:
    """A published system as a config, with its sources.

    Where the published code had a defect, the config is the corrected system.
    """

    source: str
    """Who published it, when, where, and in which framework."""
    version: str
    """What was read: the commit, release or edition that the places of the facts refer to."""
    config: DDPGConfig
    facts: tuple[Fact, ...]
    """What the config takes from its source."""
    departures: tuple[Fact, ...]
    """Where the config departs from its source and why, besides the common departures."""
    common_departures: str
    """Letters of those `COMMON_DEPARTURES` that apply."""
    defects: tuple[Fact, ...] = ()
    """What the published code got wrong, and what is done here instead."""

    def __str__(self) -> str:
        """The source, then each numbered list, in Markdown."""
        common = (f"{letter}. {COMMON_DEPARTURES[letter]}" for letter in self.common_departures)
        parts = [
            f"{self.source}. Read in {self.version}.",
            f"From the source:\n\n{numbered(self.facts)}",
            f"Defects, corrected here:\n\n{numbered(self.defects)}" if self.defects else "",
            f"Departures:\n\n{numbered(self.departures)}",
            "Departures that others share:\n\n" + "\n".join(common),
        ]
        return "\n\n".join(part for part in parts if part)


def numbered(facts: Iterable[Fact]) -> str:
    """The facts as a numbered list, one a line."""
    return "\n".join(f"{number}. {fact}" for number, fact in enumerate(facts, 1))
