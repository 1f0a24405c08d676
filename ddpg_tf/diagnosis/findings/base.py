"""What a finding is, and the words that several of them need."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from ddpg_tf.diagnosis.evidence import CallEvidence


@dataclass(frozen=True)
class Finding:
    """What was found."""

    name: str
    explanation: str
    hint: str
    bits: int | None = None
    """How many leading bits are right, if that is what was found."""


def where(evidence: Sequence[CallEvidence], calls: Sequence[CallEvidence]) -> str:
    """In which cases the calls are, in words; nothing if they are in all of them."""
    names = list(dict.fromkeys(call.case.name for call in calls))
    everywhere = {call.case.name for call in evidence}
    return "" if set(names) == everywhere else f", in the case: {listed(names)}"


def listed(things: Iterable[object]) -> str:
    """The things, separated by commas."""
    return ", ".join(str(thing) for thing in things)
