"""The last step, from the evidence to a verdict: right? known? and if neither, what can be said?"""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from textwrap import fill

import numpy as np

from ddpg_tf.diagnosis.cases import Case
from ddpg_tf.diagnosis.distance import Factor, matching_bits
from ddpg_tf.diagnosis.evidence import CallEvidence, gather
from ddpg_tf.diagnosis.findings import analyse
from ddpg_tf.diagnosis.findings.base import listed
from ddpg_tf.diagnosis.match import failing_mistake, matching_mistakes, matching_up_to_factor
from ddpg_tf.diagnosis.mistakes import CATALOGUE
from ddpg_tf.diagnosis.run import CaseRecord

HEADLINES_NOT_RUN = {"not_run": "Could not be run to the end", "not_answered": "Not answered"}


OPEN_FLAG = (
    "The actor is called without `training=True`. Without batch norm that makes no difference; "
    "with it, Keras then normalises with the old moving averages, and never updates them."
)


@dataclass(frozen=True)
class Verdict:
    """The answer of a diagnosis. `print` it, or put its fields into a report with `to_dict`."""

    outcome: str
    """correct, mistake, or not run: then there is nothing to judge."""
    name: str
    """correct; the mistake's name in the catalogue; or what was found in its place: not_run,
    not_answered, constant_factor, disconnected, ... One word for a histogram."""
    explanation: str
    """What is wrong, or right, in one or two sentences."""
    mistake: str | None = None
    """The mistake's name in the catalogue; None if the code is right or makes no known mistake."""
    also: tuple[str, ...] = ()
    """Other mistakes of the catalogue that are made too, or would show in the same way."""
    equation: str = ""
    """The equation that the code gets wrong, as it should be."""
    thread: str = ""
    """Where others made it: public threads, as "owner/repository #number"."""
    hint: str = ""
    """Where to look, without the solution."""
    bits: int | None = None
    """Of right gradients in single precision: how many leading bits agree with float64, of 24."""
    details: tuple[str, ...] = ()
    """Further observations."""

    @property
    def correct(self) -> bool:
        """Whether the gradient is right."""
        return self.outcome == "correct"

    @property
    def headline(self) -> str:
        """The verdict in a few words."""
        if self.correct:
            return f"Correct, to {self.bits} of 24 bits"
        if self.outcome == "not run":
            return HEADLINES_NOT_RUN[self.name]
        names = " or ".join([self.name, *self.also]).replace("_", " ")
        return f"Mistake: {names}" if self.mistake else f"Wrong: {self.name.replace('_', ' ')}"

    def lines(self) -> list[tuple[str, str]]:
        """(label, text) for everything that there is to say."""
        parts = [
            ("what", self.explanation),
            ("equation", self.equation),
            ("seen in", self.thread),
            ("hint", self.hint),
            *(("note", detail) for detail in self.details),
        ]
        return [(label, text) for label, text in parts if text]

    def to_dict(self) -> dict:
        """All fields, ready for JSON."""
        return asdict(self) | {"correct": self.correct}

    def __str__(self) -> str:
        body = [
            fill(text, 88, initial_indent=f"  {label:9}", subsequent_indent=" " * 11)
            for label, text in self.lines()
        ]
        return "\n".join([self.headline, *body])


def judge(cases: Sequence[Case], records: Sequence[CaseRecord], performs_update: bool) -> Verdict:
    """Judge what a candidate did in the cases.

    An exception in a float64 case alone does not count: a student's code may well be written for
    float32.
    """
    pairs = list(zip(cases, records, strict=True))
    failed = [(case, record) for case, record in pairs if record.error]
    finished = [(case, record) for case, record in pairs if not record.error]
    for case, record in failed:
        if case.architecture.dtype == "float32":
            return ended_in_exception(case, record, performs_update)
    if not finished:
        return not_run(f"It ended in {failed[0][1].error}")
    evidence = [call for case, record in finished for call in gather(case, record, performs_update)]
    flags = frozenset().union(*(record.flags for _, record in finished))
    notes = [
        f"One case has float64 networks; there it ended in {record.error}. That does not count."
        for _, record in failed
    ]
    if None in flags and any(call.is_inference_by_default for call in evidence):
        notes.append(OPEN_FLAG)
    if all(call.is_right for call in evidence):
        return correct(evidence, notes)
    if not any(record.used for _, record in finished) and all(map(is_empty, evidence)):
        return not_answered()
    return wrong(evidence, flags, performs_update, notes)


def ended_in_exception(case: Case, record: CaseRecord, performs_update: bool) -> Verdict:
    """A candidate that ended in an exception where it counts; there is a mistake that does, too."""
    ending = f"It ended in {record.error} (in the case: {case.name})"
    known = failing_mistake(case, record.error, performs_update)
    return named(known, [], [ending]) if known else not_run(ending)


def wrong(
    evidence: Sequence[CallEvidence], flags: frozenset, performs_update: bool, notes: list[str]
) -> Verdict:
    """Wrong gradients, or a network that was changed: a known mistake if one fits, perhaps times a
    factor, and else what can be said otherwise.
    """
    changed = sorted({name for call in evidence for name in call.changed})
    if all(call.error <= call.tolerance for call in evidence):
        changed = []  # which is then the mistake itself, and not something besides
    if changed:
        which = listed(changed).replace("_", " ")
        notes = [*notes, f"Besides, the weights of the {which} changed, and should not."]
    names = matching_mistakes(evidence, flags, performs_update)
    if not names and changed:
        names = matching_mistakes(evidence, flags, performs_update, by_numbers=True)
    if names:
        return named(names[0], names[1:], notes)
    if not any(call.is_other_step for call in evidence):
        beside = matching_up_to_factor(evidence, flags, performs_update)
        if beside is not None:
            name, factor = beside
            return named(name, [], [besides(factor), *notes])
    finding = analyse(evidence)
    return Verdict(
        outcome="mistake",
        name=finding.name,
        explanation=finding.explanation,
        hint=finding.hint,
        details=tuple(notes),
    )


def is_empty(call: CallEvidence) -> bool:
    """Whether nothing was returned, and no weight changed."""
    nothing_back = call.problem == "nothing" or (
        call.gradients and not any(map(np.any, call.gradients))
    )
    return bool(nothing_back) and not call.changed


def besides(factor: Factor) -> str:
    """A note that a mistake comes with a factor."""
    if str(factor) == "-1":
        return "Besides, it has the wrong sign."
    return f"Besides, it is multiplied by {factor.explained}."


def correct(evidence: Sequence[CallEvidence], notes: Sequence[str]) -> Verdict:
    """Right gradients, with the number of bits that agree with the reference."""
    single = [call for call in evidence if call.dtype == "float32"] or evidence
    bits = min(matching_bits(call.error, "float32") for call in single)
    networks = len({call.case for call in evidence})
    return Verdict(
        outcome="correct",
        name="correct",
        explanation=f"On {networks} networks and {len(evidence)} batches the gradient of every "
        f"weight agrees with the one computed in float64 to {bits} of float32's 24 bits.",
        bits=bits,
        details=tuple(notes),
    )


def named(name: str, also: Sequence[str], notes: Sequence[str]) -> Verdict:
    """A mistake of the catalogue, or just as likely one of `also`."""
    mistake = CATALOGUE[name]
    others = [f"It could as well be: {CATALOGUE[other].explanation}" for other in also]
    return Verdict(
        outcome="mistake",
        name=name,
        mistake=name,
        also=tuple(also),
        explanation=mistake.explanation,
        equation=mistake.equation,
        thread=", ".join(mistake.threads),
        hint=mistake.hint,
        details=(*others, *notes),
    )


def not_answered() -> Verdict:
    """A candidate that does nothing, such as an empty template."""
    return Verdict(
        outcome="not run",
        name="not_answered",
        explanation="The function does nothing: it calls no network, returns no gradient and "
        "changes no weight.",
        hint="Is the template's `...` or `pass` still in its place?",
    )


def not_ended(explanation: str) -> Verdict:
    """A candidate whose process ended, or was ended, before it had answered."""
    hint = "Call your function by hand with a small actor and critic: how long does it take?"
    return Verdict(outcome="not run", name="not_run", explanation=explanation, hint=hint)


def not_run(explanation: str) -> Verdict:
    """A candidate that ended in an exception."""
    hint = "Call your function by hand with a small actor and critic, and read the traceback."
    if "NoneType" in explanation:
        hint = (
            "A gradient was None when it was used: print dQ/da. Did the tape watch the action, and "
            "did the critic see that very tensor?"
        )
    return Verdict(outcome="not run", name="not_run", explanation=explanation, hint=hint)
