"""What can be said about the numbers of a wrong gradient."""

from collections.abc import Sequence

import numpy as np

from ddpg_tf.diagnosis.distance import (
    Gradients,
    best_factor,
    common_factor,
    difference,
    norm,
    relative_error,
    times,
)
from ddpg_tf.diagnosis.evidence import CallEvidence
from ddpg_tf.diagnosis.findings.base import Finding, listed, where


def changed_networks(evidence: Sequence[CallEvidence]) -> Finding | None:
    """The gradients are right, but a network was changed that must not be."""
    changed = sorted({name for call in evidence for name in call.changed})
    if not changed or any(call.error > call.tolerance for call in evidence):
        return None
    name = "changed_target" if changed[0].startswith("target") else f"changed_{changed[0]}"
    return Finding(
        name,
        f"The gradients are right, but the weights of the {listed(changed).replace('_', ' ')} "
        "changed.",
        "Which lines of yours assign to a variable, or call a network in training mode?",
    )


def another_optimizer(evidence: Sequence[CallEvidence]) -> Finding | None:
    """The update is wrong, and the given optimizer did not make it."""
    if not any(call.is_other_step for call in evidence):
        return None
    return Finding(
        "another_optimizer",
        "The weights changed, but the optimizer that was given did not change them, and would have "
        "changed them differently.",
        "Read `optimizer.iterations` before and after. Where does your optimizer come from?",
    )


def all_zero(evidence: Sequence[CallEvidence]) -> Finding | None:
    """All gradients are zero, in every call."""
    if any(norm(call.gradients) for call in evidence):
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
    if factor is None:
        return Finding(
            "varying_factor",
            "The direction is right, but the length is wrong by another factor in every batch: "
            f"from {min(factors):.3g} to {max(factors):.3g}.",
            "What in your code is computed from the batch and then divides or multiplies?",
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
            f"Of {count} gradients {which} wrong (counted from 0 in the order of "
            f"actor.trainable_variables); the others are right. (Looked at in the case: "
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
    hint = "What is special there, and which line of yours does not expect it?"
    if len(right) < len(wrong):
        hint = "What is special where it is right, and missing where it is wrong?"
    return Finding(
        "some_cases_only",
        f"The gradient is right in {len(right)} of {len(evidence)} calls; it is wrong"
        f"{where(evidence, wrong)}.",
        hint,
    )


def unknown(evidence: Sequence[CallEvidence]) -> Finding:
    """Nothing fits: say how far off the direction is."""
    cosines = [cosine(call.gradients, call.right) for call in evidence]
    return Finding(
        "unknown",
        "The gradient is wrong in a way that is in no catalogue. The cosine of the angle to the "
        f"right one is {min(cosines):.2f} to {max(cosines):.2f}.",
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
