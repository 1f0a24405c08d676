"""Recognise by its effect what has a free constant: a limit or a rate.

Each function here takes the evidence of all calls of a candidate that changed no other network.
"""

from collections.abc import Callable, Sequence
from itertools import pairwise

import numpy as np

from ddpg_tf.diagnosis.distance import (
    Gradients,
    best_factor,
    difference,
    is_numeric,
    norm,
    times,
)
from ddpg_tf.diagnosis.evidence import CallEvidence

CLOSE = 4
"""Gradients within this many times the tolerance of a right gradient count as the same."""
COARSEST_ROUNDING = 2.0**-6
"""Relative error up to which a gradient can be one with 8 bits (bfloat16) or 11 (float16)."""


def is_clipped(evidence: Sequence[CallEvidence]) -> bool:
    """Whether every gradient is the right one, or the right one clipped at one limit."""
    return all_numeric(evidence) and any(
        fits(evidence) for fits in (fits_global_norm, fits_norm_one_by_one, fits_value)
    )


def fits_global_norm(evidence: Sequence[CallEvidence]) -> bool:
    """Whether it is the right gradient with its norm over all weights limited."""
    limit = max(norm(call.gradients) for call in evidence)
    return fits_limit(evidence, lambda g: times(min(1.0, limit / norm(g)), g))


def fits_norm_one_by_one(evidence: Sequence[CallEvidence]) -> bool:
    """Whether it is the right gradient with the norm for each weight limited."""
    limit = max(norm([gradient]) for call in evidence for gradient in call.gradients)

    def clip(gradients):
        return [gradient * min(1.0, limit / norm([gradient])) for gradient in gradients]

    return fits_limit(evidence, clip)


def fits_value(evidence: Sequence[CallEvidence]) -> bool:
    """Whether it is the right gradient with every number limited."""
    limit = max(np.abs(gradient).max() for call in evidence for gradient in call.gradients)

    def clip(gradients):
        return [np.clip(gradient, -limit, limit) for gradient in gradients]

    return fits_limit(evidence, clip)


def fits_limit(
    evidence: Sequence[CallEvidence], clip: Callable[[Gradients], list[np.ndarray]]
) -> bool:
    """Whether clipping explains all calls.

    Somewhere it must have changed more than rounding does, and somewhere nothing.
    """
    cuts = [difference(clip(call.right), call.right) for call in evidence]
    clipped = [cut > CLOSE * call.tolerance for cut, call in zip(cuts, evidence, strict=True)]
    return (
        max(cuts) > COARSEST_ROUNDING
        and not all(clipped)
        and all(
            difference(call.gradients, clip(call.right)) <= CLOSE * call.tolerance
            for call in evidence
        )
    )


def has_weight_decay(evidence: Sequence[CallEvidence]) -> bool:
    """Whether the excess is the weights (all, or the kernels only) times one constant."""
    if not all_numeric(evidence):
        return False
    return any(fits_weights(evidence, rank) for rank in (1, 2))


def fits_weights(evidence: Sequence[CallEvidence], lowest_rank: int) -> bool:
    """Whether it is the right gradient plus a multiple of the weights of at least that rank."""
    excess, weights = [], []
    for call in evidence:
        for found, right, theta in zip(call.gradients, call.right, call.theta, strict=True):
            excess.append(found - right)
            weights.append(theta * (theta.ndim >= lowest_rank))
    rate = best_factor(excess, weights)
    return all(
        difference(
            call.gradients,
            [
                g + rate * theta * (theta.ndim >= lowest_rank)
                for g, theta in zip(call.right, call.theta, strict=True)
            ],
        )
        <= CLOSE * call.tolerance
        for call in evidence
    ) and not all(call.is_right for call in evidence)


def is_noisy(evidence: Sequence[CallEvidence]) -> bool:
    """Whether the same call, made twice, gave two answers, both of them wrong."""
    if not all_numeric(evidence):
        return False
    pairs = [
        (one, other)
        for one, other in pairwise(evidence)
        if one.case is other.case and one.case.calls[one.index] is one.case.calls[other.index]
    ]
    return any(
        difference(one.gradients, other.gradients) > one.tolerance
        and not (one.is_right or other.is_right)
        for one, other in pairs
    )


def has_few_bits(evidence: Sequence[CallEvidence]) -> bool:
    """Whether all calls err a little, as rounding does, and not by a common factor."""
    if not all_numeric(evidence):
        return False
    wrong = [call for call in evidence if not call.is_right]
    rounded = [
        call.error <= COARSEST_ROUNDING
        and difference(call.gradients, times(best_factor(call.gradients, call.right), call.right))
        > call.error / 4
        for call in wrong
    ]
    # rounding is relative: its error is alike in every call, that of a small extra term is not
    errors = [call.error for call in evidence]
    return bool(wrong) and max(errors) <= 4 * min(errors) and all(rounded)


def all_numeric(evidence: Sequence[CallEvidence]) -> bool:
    """Whether all gradients are finite and of the right shapes."""
    return all(
        call.gradients is not None and is_numeric(call.gradients, call.right) for call in evidence
    )
