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
from ddpg_tf.diagnosis.reference import gradients_one_by_one

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
    """Whether it is the right gradient plus a multiple of the weights of at least that rank.

    Somewhere that multiple must be well above what counts as the same: a small error of another
    kind fits a still smaller multiple everywhere.
    """
    excess, weights = [], []
    for call in evidence:
        for found, right, theta in zip(call.gradients, call.right, call.theta, strict=True):
            excess.append(found - right)
            weights.append(theta * (theta.ndim >= lowest_rank))
    rate = best_factor(excess, weights)
    decayed = [
        [
            g + rate * theta * (theta.ndim >= lowest_rank)
            for g, theta in zip(call.right, call.theta, strict=True)
        ]
        for call in evidence
    ]
    pairs = list(zip(evidence, decayed, strict=True))
    return all(
        difference(call.gradients, expected) <= CLOSE * call.tolerance for call, expected in pairs
    ) and any(
        difference(expected, call.right) > 2 * CLOSE * call.tolerance for call, expected in pairs
    )


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


def repeats_an_answer(evidence: Sequence[CallEvidence]) -> bool:
    """Whether each wrong answer is the one that an earlier call got."""
    if any(call.gradients is None for call in evidence):
        return False
    pairs = [
        (earlier, call)
        for place, call in enumerate(evidence)
        if not call.has_right_numbers
        for earlier in evidence[:place]
        if any(gradient is not None and np.any(gradient) for gradient in earlier.gradients)
        and difference(call.gradients, earlier.gradients) <= CLOSE * call.tolerance
    ]
    wrong = sum(not call.has_right_numbers for call in evidence)
    return evidence[0].has_right_numbers and wrong > 0 and len({id(c) for _, c in pairs}) == wrong


def drops_samples(evidence: Sequence[CallEvidence]) -> bool:
    """Whether the samples after the last whole micro-batch are left out, or all but the first few,
    or the first few; for one size in all calls."""
    rules = (whole_ones, whole_ones_or_all, first_ones, last_ones)
    return any(fits_weights_of_samples(evidence, rule) for rule in rules)


def weighs_pieces_alike(evidence: Sequence[CallEvidence]) -> bool:
    """Whether a mean is taken over micro-batches of unequal size: of one size but the last, or
    always of one number."""
    rules = (mean_of_means, mean_of_so_many)
    return any(fits_weights_of_samples(evidence, rule) for rule in rules)


def whole_ones(n: int, size: int) -> np.ndarray:
    """The weight of each of n samples where only whole micro-batches count."""
    return in_the_mean(np.arange(n) < n // size * size)


def whole_ones_or_all(n: int, size: int) -> np.ndarray:
    """The same, but all samples count where there is no whole micro-batch."""
    return in_the_mean(np.arange(n) < max(n // size, 1) * size)


def first_ones(n: int, size: int) -> np.ndarray:
    """The weight of each of n samples where only the first ones count."""
    return in_the_mean(np.arange(n) < size)


def last_ones(n: int, size: int) -> np.ndarray:
    """The weight of each of n samples where only the last ones count."""
    return in_the_mean(np.arange(n) >= n - size)


def mean_of_means(n: int, size: int) -> np.ndarray:
    """The weight of each of n samples in the mean of the micro-batches' means."""
    sizes = np.minimum(size, n - np.arange(0, n, size))
    return np.repeat(1 / (len(sizes) * sizes), sizes)


def mean_of_so_many(n: int, count: int) -> np.ndarray:
    """The weight of each of n samples in the mean of the means of so many micro-batches."""
    sizes = np.array([len(part) for part in np.array_split(np.arange(n), min(count, n))])
    return np.repeat(1 / (len(sizes) * sizes), sizes)


def in_the_mean(counts: np.ndarray) -> np.ndarray:
    """The weight of each sample in the mean of those that count."""
    return counts / max(counts.sum(), 1)


def fits_weights_of_samples(
    evidence: Sequence[CallEvidence], rule: Callable[[int, int], np.ndarray]
) -> bool:
    """Whether all calls weigh their samples by that rule, for one size."""
    if not all_numeric(evidence) or any(call.modes.actor_trains for call in evidence):
        return False
    in_order = sorted(evidence, key=lambda call: (call.has_right_numbers, call.batch_size))
    sizes = np.arange(1, max(call.batch_size for call in evidence))
    for call in in_order:
        each = gradients_one_by_one(call.case, call.index)
        found = np.concatenate([gradient.ravel() for gradient in call.gradients])
        right = each.mean(axis=0)
        scale = call.tolerance * np.abs(right).max()
        # a size beyond the batch is as good as any other
        limited = np.minimum(sizes, call.batch_size + 1)
        tried = np.unique(limited)
        ruled = np.array([rule(call.batch_size, size) for size in tried]) @ each
        fits = np.abs(ruled - found).max(axis=1) <= CLOSE * scale
        if not call.has_right_numbers:
            fits &= np.abs(ruled - right).max(axis=1) > CLOSE * scale
        sizes = sizes[np.isin(limited, tried[fits])]
        if not len(sizes):
            return False
    return True


def all_numeric(evidence: Sequence[CallEvidence]) -> bool:
    """Whether all gradients are finite and of the right shapes."""
    return all(
        call.gradients is not None and is_numeric(call.gradients, call.right) for call in evidence
    )
