"""From what a candidate did to a verdict: right? known? and if neither, what can be said?"""

from collections.abc import Sequence

import numpy as np

from ddpg_tf.diagnosis.analysis import analyse
from ddpg_tf.diagnosis.cases import Case
from ddpg_tf.diagnosis.evidence import CallEvidence, gather
from ddpg_tf.diagnosis.matching import (
    failing_mistake,
    matching_mistakes,
    matching_up_to_factor,
)
from ddpg_tf.diagnosis.measuring import Factor, matching_bits
from ddpg_tf.diagnosis.mistakes import CATALOGUE
from ddpg_tf.diagnosis.running import CaseRecord
from ddpg_tf.diagnosis.structure import listed
from ddpg_tf.diagnosis.verdict import Verdict

OPEN_FLAG = (
    "The actor is called without `training=True`. For an actor without batch norm that is all the "
    "same; with one, Keras then uses its old moments, and they are never learned."
)


def judge(cases: Sequence[Case], records: Sequence[CaseRecord], performs_update: bool) -> Verdict:
    """Return the verdict on what a candidate did in the cases.

    An exception in a float64 case alone is not held against it: a student's code may well be
    written for float32.
    """
    pairs = list(zip(cases, records, strict=True))
    failed = [(case, record) for case, record in pairs if record.error]
    for case, record in failed:
        if case.architecture.dtype == "float32":
            seen = f"It ended in {record.error} (in the case: {case.name})"
            known = failing_mistake(case, record.error, performs_update)
            return named(known, [], [seen]) if known else not_run(seen)
    finished = [(case, record) for case, record in pairs if not record.error]
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
    has_right_numbers = all(call.error <= call.tolerance for call in evidence)
    changed = sorted({name for call in evidence for name in call.changed})
    if changed and not has_right_numbers:
        which = listed(changed).replace("_", " ")
        notes.append(f"Besides, the weights of the {which} changed, and should not.")
    names = matching_mistakes(evidence, flags, performs_update)
    if not names and changed and not has_right_numbers:
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
    """Return whether nothing came back, and nothing was moved."""
    nothing_back = call.problem == "nothing" or (
        call.gradients and not any(map(np.any, call.gradients))
    )
    return bool(nothing_back) and not call.changed


def besides(factor: Factor) -> str:
    """Return in words that a mistake comes with a factor."""
    if str(factor) == "-1":
        return "Besides, it has the wrong sign."
    return f"Besides, it is multiplied by {factor.explained}."


def correct(evidence: Sequence[CallEvidence], notes) -> Verdict:
    """Return the verdict on right gradients, with the number of bits that they have in common."""
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


def named(name: str, also, notes) -> Verdict:
    """Return the verdict that it is a mistake of the catalogue, or as likely one of `also`."""
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
    """Return the verdict on a candidate that does nothing, as an empty template."""
    return Verdict(
        outcome="not run",
        name="not_answered",
        explanation="The function does nothing: it calls no network, returns no gradient and moves "
        "no weight.",
        hint="Is the template's `...` or `pass` still in its place?",
    )


def not_ended(explanation: str) -> Verdict:
    """Return the verdict on a candidate whose process was ended from outside, or by itself."""
    hint = "Call your function by hand with a small actor and critic: how long does it take?"
    return Verdict(outcome="not run", name="not_run", explanation=explanation, hint=hint)


def not_run(explanation: str) -> Verdict:
    """Return the verdict on a candidate that ended in an exception."""
    hint = "Call your function by hand with a small actor and critic, and read the traceback."
    if "NoneType" in explanation:
        hint = (
            "A gradient was None when it was used: print dQ/da. Did the tape watch the action, and "
            "did the critic see that very tensor?"
        )
    return Verdict(outcome="not run", name="not_run", explanation=explanation, hint=hint)
