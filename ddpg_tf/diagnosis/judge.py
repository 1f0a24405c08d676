"""From the evidence to a verdict: right? known? and if neither, what can be said?"""

from collections.abc import Sequence

import numpy as np

from ddpg_tf.diagnosis.cases import Case
from ddpg_tf.diagnosis.distance import Factor
from ddpg_tf.diagnosis.evidence import CallEvidence, gather
from ddpg_tf.diagnosis.findings import analyse
from ddpg_tf.diagnosis.findings.base import listed
from ddpg_tf.diagnosis.findings.batch_norm import what_batch_norm_does, without_and_with
from ddpg_tf.diagnosis.findings.effects import still_frozen, what_changed
from ddpg_tf.diagnosis.match import failing_mistake, matching_mistakes, matching_up_to_factor
from ddpg_tf.diagnosis.mistakes import CATALOGUE
from ddpg_tf.diagnosis.run import APPLY, GET_UPDATES, CaseRecord
from ddpg_tf.diagnosis.verdict import (
    CRITIC_FLAG,
    OPEN_FLAG,
    Verdict,
    correct,
    named,
    not_answered,
    not_run,
)


def judge(
    cases: Sequence[Case],
    records: Sequence[CaseRecord],
    performs_update: bool,
    notes: Sequence[str] = (),
) -> Verdict:
    """Judge what a candidate did in the cases. notes: what there is to say besides.

    An exception in a float64 case alone does not count: a student's code may well be written for
    float32.
    """
    pairs = list(zip(cases, records, strict=True))
    failed = [(case, record) for case, record in pairs if record.error]
    finished = [(case, record) for case, record in pairs if not record.error]
    for case, record in failed:
        if case.architecture.dtype == "float32":
            return ended_in_exception(case, record, performs_update, bool(finished), notes)
    if not finished:
        return not_run(f"It ended in {failed[0][1].error}", failed[0][1].advice, notes)
    evidence = [call for case, record in finished for call in gather(case, record, performs_update)]
    notes = [*notes, *notes_on_flags(evidence)]
    notes += [
        f"One case has float64 networks; there it ended in {record.error}. That does not count."
        for _, record in failed
    ]
    if all(call.is_right for call in evidence):
        return correct(evidence, notes)
    if not any(record.used for _, record in finished) and all(map(is_empty, evidence)):
        return not_answered()
    if any(record.predicted for _, record in finished) and all(map(is_disconnected, evidence)):
        return not_run("All gradients are None.", "predict_in_the_tape", notes)
    stepped_with = frozenset().union(*(record.stepped_with for _, record in finished))
    return wrong(evidence, performs_update, stepped_with, notes)


def notes_on_flags(evidence: Sequence[CallEvidence]) -> list[str]:
    """What there is to say about the modes in which the networks were called."""
    notes = []
    if any(None in call.flags.actor and call.is_inference_by_default for call in evidence):
        notes.append(OPEN_FLAG)
    if any(True in call.flags.all_critic for call in evidence):
        notes.append(CRITIC_FLAG)
    return notes


def ended_in_exception(
    case: Case,
    record: CaseRecord,
    performs_update: bool,
    ran_before: bool,
    notes: Sequence[str],
) -> Verdict:
    """A candidate that ended in an exception where it counts; there is a mistake that does, too."""
    ending = f"It ended in {record.error} (in the case: {case.name})"
    advice = record.advice
    if record.predicted and advice in ("", "no_gradients", "none_used", "arrays_and_tensors"):
        advice = "predict_in_the_tape"
    if performs_update and advice in ("no_gradients", "none_used"):
        mistake = failing_mistake(case, record.error)
        if mistake:
            return named(mistake, [], [ending, *notes])
    if ran_before:
        before = "It had run with other networks: sizes differ from case to case. Is one kept?"
        notes = [before, *notes]
    return not_run(ending, advice, notes)


def wrong(
    evidence: Sequence[CallEvidence],
    performs_update: bool,
    stepped_with: frozenset[str],
    notes: list[str],
) -> Verdict:
    """Wrong gradients, or a network that was changed: a known mistake if one fits, perhaps times a
    factor, and else what can be said otherwise.

    If nothing fits with batch norm, what happens without it is explained first, and then what
    batch norm adds.
    """
    notes = [*notes, *notes_on_changes(evidence)]
    plain, normed = without_and_with(evidence)
    names, factor = known(evidence, performs_update, stepped_with)
    is_layered = bool(normed) and not all(call.has_right_numbers for call in plain)
    besides_batch_norm: list[str] = []
    if not names and is_layered:
        names, factor = known(plain, performs_update, stepped_with)
        besides_batch_norm = what_batch_norm_adds(normed) if names else []
    if names:
        factors = [] if factor is None else [besides(factor)]
        sizes = [which_sizes(plain)] if CATALOGUE[names[0]].shows_by_size else []
        return named(names[0], names[1:], [*sizes, *factors, *besides_batch_norm, *notes])
    finding = analyse(evidence)
    if is_layered and finding.name in VAGUE and (without := analyse(plain)).name not in VAGUE:
        finding, notes = without, [*what_batch_norm_adds(normed), *notes]
    return Verdict(
        outcome="mistake",
        name=finding.name,
        explanation=finding.explanation,
        hint=finding.hint,
        bits=finding.bits,
        details=tuple(notes),
    )


def which_sizes(evidence: Sequence[CallEvidence]) -> str:
    """With which sizes of a batch the gradients are wrong, and with which right, in a sentence."""
    wrong = sorted({call.batch_size for call in evidence if not call.has_right_numbers})
    right = sorted({call.batch_size for call in evidence if call.has_right_numbers})
    shows_not = f", and not in batches of {listed(right)}" if right else ""
    return f"It shows in batches of {listed(wrong)}{shows_not}."


def what_batch_norm_adds(normed: Sequence[CallEvidence]) -> list[str]:
    """What batch norm does besides what is wrong without it, in a sentence; none if it is right."""
    if all(call.has_right_numbers for call in normed):
        return []
    return [f"Besides, with batch norm it is another gradient yet: {what_batch_norm_does(normed)}."]


VAGUE = ("some_cases_only", "unknown", "wrong_after_first_call")
"""Findings that say where a gradient is wrong, and not how."""


def notes_on_changes(evidence: Sequence[CallEvidence]) -> list[str]:
    """What was changed besides; nothing if it is the mistake itself, and not something besides."""
    if all(call.has_right_numbers for call in evidence):
        return []
    changed = sorted({name for call in evidence for name in call.changed})
    frozen = sorted({name for call in evidence for name in call.refrozen})
    notes = [f"Besides, {what_changed(changed)} changed, and should not."] if changed else []
    return notes + ([f"Besides, {still_frozen(frozen)}."] if frozen else [])


def known(
    evidence: Sequence[CallEvidence], performs_update: bool, stepped_with: frozenset[str]
) -> tuple[list[str], Factor | None]:
    """The names of the mistakes that explain all calls, and the factor beside them, if any."""
    wrong_numbers = not all(call.has_right_numbers for call in evidence)
    is_changed = any(call.changed for call in evidence)
    trains_critic = performs_update and any("critic" in call.changed for call in evidence)
    # the only known mistake whose gradients for the actor are right
    if not wrong_numbers and not trains_critic:
        return [], None
    names = matching_mistakes(evidence, performs_update)
    if not names and wrong_numbers and is_changed:
        names = matching_mistakes(evidence, performs_update, by_numbers=True)
    if names:
        return by_the_step_taken(names, stepped_with), None
    if any(call.is_other_step for call in evidence):
        return [], None
    beside = matching_up_to_factor(evidence, performs_update)
    return ([beside[0]], beside[1]) if beside else ([], None)


def by_the_step_taken(names: Sequence[str], stepped_with: frozenset[str]) -> list[str]:
    """Those of the names that speak of the way in which the step was taken, or of none."""
    other = {
        name for name, method in SPEAKS_OF.items() if method not in stepped_with and len(names) > 1
    }
    return [name for name in names if name not in other] or list(names)


SPEAKS_OF = {
    "apply_gradients_without_minus": APPLY,
    "get_updates_without_minus": GET_UPDATES,
}
"""A mistake's name -> the way to take the step that it speaks of."""


def is_disconnected(call: CallEvidence) -> bool:
    """Whether all gradients are None."""
    return bool(call.gradients) and all(gradient is None for gradient in call.gradients)


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
