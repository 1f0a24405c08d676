"""What can be wrong with a list of gradients before one looks at its numbers."""

from collections.abc import Sequence
from itertools import permutations

from ddpg_tf.diagnosis.distance import difference, is_numeric
from ddpg_tf.diagnosis.evidence import CallEvidence
from ddpg_tf.diagnosis.findings.base import Finding, listed, where


def not_a_list(evidence: Sequence[CallEvidence]) -> Finding | None:
    """The candidate returned something that is not a list of tensors."""
    problems = [call.problem for call in evidence if call.problem]
    if not problems:
        return None
    return Finding(
        "not_tensors",
        f"The function returned {problems[0]}; expected a list of tensors, one for each of "
        "actor.trainable_variables.",
        "Look at your return statement: is there one, and no `...` left? (A function that performs "
        "the update takes actor, critic, optimizer, observations.)",
    )


def wrong_count(evidence: Sequence[CallEvidence]) -> Finding | None:
    """There are more or fewer gradients than weights."""
    for call in evidence:
        if len(call.gradients) != len(call.right):
            return Finding(
                "wrong_count",
                f"{len(call.gradients)} gradients came back for {len(call.right)} weights.",
                "Compare your list with actor.trainable_variables, entry by entry.",
            )
    return None


def disconnected(evidence: Sequence[CallEvidence]) -> Finding | None:
    """Some gradients are None."""
    for call in evidence:
        missing = [index for index, g in enumerate(call.gradients) if g is None]
        if missing:
            return Finding(
                "disconnected",
                f"The gradient is None for weight {listed(missing)} of {len(call.right)}: no path "
                "that the tape followed leads from there to the loss.",
                "Follow the tensors from that weight to the loss. Where does the tape lose them?",
            )
    return None


def wrong_order(evidence: Sequence[CallEvidence]) -> Finding | None:
    """The right gradients, but not in the order of the weights."""
    first = evidence[0]
    if len(first.right) > 6:
        candidates = [tuple(reversed(range(len(first.right))))]
    else:
        candidates = list(permutations(range(len(first.right))))
    for order in candidates[1:] if len(candidates) > 1 else candidates:
        reordered = [first.right[index] for index in order]
        if difference(first.gradients, reordered) <= first.tolerance:
            return Finding(
                "wrong_order",
                "The gradients are right, but not in the order of actor.trainable_variables.",
                "Zip your list with actor.trainable_variables and print the shapes in pairs.",
            )
    return None


def wrong_shape(evidence: Sequence[CallEvidence]) -> Finding | None:
    """A gradient does not have its weight's shape."""
    for call in evidence:
        for index, (found, right) in enumerate(zip(call.gradients, call.right, strict=True)):
            if found.shape == right.shape:
                continue
            transposed = found.shape == right.shape[::-1]
            return Finding(
                "wrong_shape",
                f"Gradient {index} has the shape {found.shape}; its weight has {right.shape}."
                + (" That is its transpose." if transposed else ""),
                "A gradient has the shape of its weight.",
            )
    return None


def not_finite(evidence: Sequence[CallEvidence]) -> Finding | None:
    """Some numbers are NaN or infinite."""
    bad = [call for call in evidence if not is_numeric(call.gradients, call.right)]
    if not bad:
        return None
    return Finding(
        "not_finite",
        f"The gradient holds numbers that are not finite{where(evidence, bad)}.",
        "Look for a division by something that can be zero, and for a number too large for its "
        "dtype.",
    )
