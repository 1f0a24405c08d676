"""What can be said about the numbers of a wrong gradient."""

from collections.abc import Callable, Sequence

import numpy as np

from ddpg_tf.diagnosis.distance import (
    Factor,
    Gradients,
    best_factor,
    common_factor,
    difference,
    matching_bits,
    norm,
    relative_error,
    times,
)
from ddpg_tf.diagnosis.evidence import CallEvidence
from ddpg_tf.diagnosis.findings.base import Finding, listed
from ddpg_tf.diagnosis.mistakes.recognising import COARSEST_ROUNDING

ROUNDED_AWAY = 2.0**-15
"""A gradient that is this much smaller than the right one is zero but for rounding."""
PROPERTIES: dict[str, Callable[[CallEvidence], bool]] = {
    "batch norm": lambda call: call.case.has_batch_norm,
    "one action or several": lambda call: call.act_dim == 1,
    "bounds of -1 and 1, or others": lambda call: call.case.has_unit_bounds,
    "float64 or float32": lambda call: call.dtype == np.float64,
}
"""What may be special about a case: in words, and whether a call has it."""


def all_zero(evidence: Sequence[CallEvidence]) -> Finding | None:
    """All gradients are zero, or what rounding leaves of zero, in every call."""
    if any(norm(call.gradients) > ROUNDED_AWAY * norm(call.right) for call in evidence):
        return None
    return Finding(
        "zero",
        "All gradients are zero.",
        "What does your loss depend on? Change an action by hand.",
    )


def depends_on_action_scale(evidence: Sequence[CallEvidence]) -> Finding | None:
    """Right where the bounds are -1 and 1, wrong everywhere else."""
    with_unit_bounds = [call for call in evidence if call.case.has_unit_bounds]
    others = [call for call in evidence if not call.case.has_unit_bounds]
    if not with_unit_bounds or not others:
        return None
    if not all(call.is_right for call in with_unit_bounds) or any(c.is_right for c in others):
        return None
    return Finding(
        "depends_on_action_scale",
        "The gradient is right where the action bounds are -1 and 1, and wrong elsewhere.",
        "Where does your code take the bounds for granted?",
    )


def constant_factor(evidence: Sequence[CallEvidence]) -> Finding | None:
    """The right direction, with one formula for the wrong length."""
    factors = [best_factor(call.gradients, call.right) for call in evidence]
    if not are_scaled(evidence, factors):
        return None
    sizes = [call.batch_size for call in evidence], [call.act_dim for call in evidence]
    factor = common_factor(factors, *sizes)
    if factor is not None and is_one(factor, evidence):
        return None
    if factor is None:
        return Finding(
            "varying_factor",
            "The direction is right, but the length is wrong by a different factor in every batch: "
            f"from {min(factors):.3g} to {max(factors):.3g}.",
            "What does your code compute from the batch, and then multiply or divide by?",
        )
    hints = []
    if factor.constant < 0:
        hints.append("Which way does an optimiser walk, and which way should Q go?")
    if factor.n_power:
        hints.append("Where does the batch size N enter, written out or inside a mean?")
    if factor.act_dim_power:
        hints.append("Over which axes do your sums and means run?")
    if abs(abs(factor.constant) - 1) > 1e-2:
        hints.append("Is there a constant that is not in the equation?")
    return Finding(
        "constant_factor",
        f"The gradient is the right one times {factor.explained}.",
        " ".join(hints),
    )


def is_one(factor: Factor, evidence: Sequence[CallEvidence]) -> bool:
    """Whether a factor is 1 as far as these gradients can tell."""
    if factor.n_power or factor.act_dim_power:
        return False
    return abs(factor.constant - 1) <= min(call.tolerance for call in evidence)


def fewer_bits(evidence: Sequence[CallEvidence]) -> Finding | None:
    """Right in every call, but to fewer bits than rounding explains."""
    errors = [call.error for call in evidence]
    if max(errors) > COARSEST_ROUNDING:
        return None
    wrong = [call for call in evidence if not call.has_right_numbers]
    bits = [matching_bits(call.error, "float32") for call in wrong]
    typical = int(np.median(bits))
    spread = f" ({min(bits)} to {max(bits)}, by case)" if min(bits) < max(bits) else ""
    double = [call for call in wrong if call.dtype == "float64"]
    if double and max(call.error for call in double) > 2.0**-40:
        guess = (
            "With float64 networks it is hardly better, so the cause is not the networks' "
            "precision, but a finite difference whose step is too large, a small term that was "
            "added, or numbers turned into float32."
        )
    else:
        guess = (
            "Some step loses bits: half precision, or the difference of two nearly equal numbers, "
            "such as a finite difference whose step is too small."
        )
    return Finding(
        "fewer_bits",
        f"The gradient is right to about {typical} of float32's 24 bits{spread}; rounding alone "
        f"leaves 17 or more. {guess}",
        "Which of your lines is an approximation? Print the dtypes on the way.",
        typical,
    )


def some_weights_only(evidence: Sequence[CallEvidence]) -> Finding | None:
    """Right for some of the weights and wrong for others, the same ones in every call of a case."""
    for case in {call.case.name: call.case for call in evidence}.values():
        calls = [call for call in evidence if call.case is case]
        wrong = {frozenset(wrong_weights(call)) for call in calls}
        if len(wrong) != 1:
            return None
        places = sorted(*wrong)
        if not places:
            continue
        count = len(calls[0].right)
        if len(places) == count:
            return None
        which = f"number {places[0]} is" if len(places) == 1 else f"numbers {listed(places)} are"
        return Finding(
            "some_weights_only",
            f"Of {count} gradients, {which} wrong (counted from 0 in the order of "
            f"actor.trainable_variables); the others are right. (Seen in the case: "
            f"{case.name}.)",
            "Which layer is that, and what does your code do differently there?",
        )
    return None


def some_cases_only(evidence: Sequence[CallEvidence]) -> Finding | None:
    """Right in some cases: what do the others have in common?"""
    wrong = [call for call in evidence if not call.is_right]
    right = [call for call in evidence if call.is_right]
    if not right:
        return None
    if any(call.index for call in wrong) and not any(call.index == 0 for call in wrong):
        return Finding(
            "wrong_after_first_call",
            "The first call is right; a later one, with other weights or another batch, is not.",
            "What does your function keep from one call to the next?",
        )
    hint = "What is special there, and which of your lines does not expect it?"
    if len(right) < len(wrong):
        hint = "What is special where it is right, and missing where it is wrong?"
    return Finding("some_cases_only", what_differs(right, wrong), hint)


def what_differs(right: Sequence[CallEvidence], wrong: Sequence[CallEvidence]) -> str:
    """What the calls have in common in which the gradient is right, and wrong, in sentences."""
    told = [
        words
        for words, of in PROPERTIES.items()
        if len({of(call) for call in right}) == 1
        and {of(c) for c in right}.isdisjoint(map(of, wrong))
    ]
    sizes = [sorted({call.batch_size for call in calls}) for calls in (right, wrong)]
    names = list(dict.fromkeys(call.case.name for call in wrong))
    if not told and not set(sizes[0]) & set(sizes[1]):
        told = ["the size of the batch"]
    differs = f" What tells them apart: {', or '.join(told)}." if told else ""
    return (
        f"The gradient is wrong in the case: {listed(names)}; elsewhere it is right.{differs} It "
        f"is right with batches of {listed(sizes[0])}, wrong with batches of {listed(sizes[1])}."
    )


def unknown(evidence: Sequence[CallEvidence]) -> Finding:
    """Nothing fits: say how far off the direction is."""
    cosines = [cosine(call.gradients, call.right) for call in evidence]
    return Finding(
        "unknown",
        "The gradient is wrong in a way that the catalogue does not know. The cosine of the angle "
        f"to the right one is {min(cosines):.2f} to {max(cosines):.2f}.",
        "Compare with finite differences of -mean Q for one weight, in float64.",
    )


def are_scaled(evidence: Sequence[CallEvidence], factors: Sequence[float]) -> bool:
    """Whether every call's gradients are the right ones times its factor."""
    return all(
        factor and difference(call.gradients, times(factor, call.right)) <= 2 * call.tolerance
        for call, factor in zip(evidence, factors, strict=True)
    )


def wrong_weights(call: CallEvidence) -> list[int]:
    """The places of the weights whose gradients are wrong."""
    errors = [relative_error(f, r) for f, r in zip(call.gradients, call.right, strict=True)]
    return [index for index, error in enumerate(errors) if error > call.tolerance]


def cosine(found: Gradients, right: Gradients) -> float:
    """The cosine of the angle between two gradients."""
    lengths = norm(found) * norm(right)
    dot = sum(np.sum(f * r) for f, r in zip(found, right, strict=True))
    return float(dot / lengths) if lengths else 0.0
