"""What a preset holds: a published system's settings, and where they come from, fact by fact."""

from collections.abc import Iterable
from dataclasses import dataclass

from ddpg_tf.config import DDPGConfig

COMMON_DEPARTURES = {
    "A": "Far fewer steps than published, so that a run takes minutes on two cores.",
    "B": "Updates in blocks of `update_every` steps, one for each step, for speed.",
    "C": "Initial weights are the paper's (`networks/build.py`); targets start as exact copies.",
    "D": "Noise is given in half ranges of the action space, not in the environment's units.",
    "E": "A time limit cuts an episode off without ending it: its last state's value is not zero.",
    "F": "The action is concatenated with the input of one of the critic's hidden layers; some "
    "sources add the outputs of two linear layers, which is the same function.",
}
"""Departures that all presets share, apart from those that leave one out."""


@dataclass(frozen=True)
class Preset:
    """A published system as a config, with its sources.

    Where the published code had a defect, the config is the corrected system.
    """

    source: str
    """Who published it, when, where, and in which framework."""
    config: DDPGConfig
    facts: tuple[str, ...]
    """What the config takes from its source."""
    departures: tuple[str, ...]
    """Where the config departs from its source and why, besides the common departures."""
    defects: tuple[str, ...] = ()
    """What the published code got wrong, and what is done here instead."""
    common_departures: str = "".join(COMMON_DEPARTURES)
    """Letters of those `COMMON_DEPARTURES` that apply."""

    def __str__(self) -> str:
        """The source, then each numbered list, in Markdown."""
        parts = [
            f"{self.source}.",
            f"From the source:\n\n{numbered(self.facts)}",
            f"Defects, corrected here:\n\n{numbered(self.defects)}" if self.defects else "",
            f"Departures, besides {', '.join(self.common_departures)}:\n\n"
            f"{numbered(self.departures)}",
        ]
        return "\n\n".join(part for part in parts if part)


def numbered(sentences: Iterable[str]) -> str:
    """The sentences as a numbered list, one a line."""
    return "\n".join(f"{number}. {sentence}" for number, sentence in enumerate(sentences, 1))
