"""What a candidate did, put beside what would have been right."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from ddpg_tf.diagnosis.cases import LEARNING_RATE, Case
from ddpg_tf.diagnosis.distance import difference
from ddpg_tf.diagnosis.networks import Architecture, own_networks
from ddpg_tf.diagnosis.reference import Reference, reference
from ddpg_tf.diagnosis.run import CallRecord, CaseRecord


@dataclass(frozen=True, eq=False)
class CallEvidence:
    """One call of the candidate."""

    case: Case
    index: int
    gradients: list[np.ndarray | None] | None
    """In float64. If the candidate performs the update: how far the weights moved, undone."""
    problem: str
    """What was returned instead of a list of tensors."""
    changed: frozenset[str]
    """The networks whose weights changed and should not; an update may change the actor's."""
    is_other_step: bool
    """Whether the weights moved, but not by the optimizer that was given for the update."""
    right: list[np.ndarray]
    error: float
    """Relative error of the gradients."""
    tolerance: float
    is_inference_by_default: bool
    """Whether the candidate left the actor's training flag open and so got inference."""
    dtype: np.dtype

    @property
    def batch_size(self) -> int:
        """N."""
        return len(self.case.calls[self.index].observations)

    @property
    def act_dim(self) -> int:
        """The number of action components."""
        return self.case.architecture.act_dim

    @property
    def theta(self) -> list[np.ndarray]:
        """The actor's trainable weights before the call, in float64."""
        return trainable(self.case, self.case.calls[self.index].actor_weights)

    @property
    def is_right(self) -> bool:
        """Whether the gradients are right and nothing else was changed."""
        return self.error <= self.tolerance and not self.changed


def gather(case: Case, record: CaseRecord, performs_update: bool) -> list[CallEvidence]:
    """Collect the evidence of a case's calls."""
    return [
        evidence_of(case, index, call, record.flags, performs_update)
        for index, call in enumerate(record.calls)
    ]


def evidence_of(
    case: Case, index: int, record: CallRecord, flags: frozenset, performs_update: bool
) -> CallEvidence:
    """Compare one call with the reference.

    If the actor's training flag was left open where the gradient came through, both modes are
    right: the nearer one counts.
    """
    before = trainable(case, case.calls[index].actor_weights)
    gradients = (
        gradients_of_update(before, record.actor_after) if performs_update else record.returned
    )
    changed = changed_networks(case, record)
    moved = not same(record.actor_after, before)
    if moved and not performs_update:
        changed |= {"actor"}
    if gradients is not None:
        gradients = [None if g is None else np.asarray(g, np.float64) for g in gradients]
    answers = [reference(case, index)]
    if case.architecture.normalization == "batch" and (None in flags or not flags):
        answers.append(reference(case, index, training=False))
    errors = [np.inf if gradients is None else difference(gradients, a.gradients) for a in answers]
    nearest = int(np.argmin(errors)) if np.isfinite(min(errors)) else len(answers) - 1
    return CallEvidence(
        case=case,
        index=index,
        gradients=gradients,
        problem=record.problem,
        changed=changed,
        is_other_step=performs_update and moved and not record.optimizer_steps,
        right=answers[nearest].gradients,
        error=errors[nearest],
        tolerance=tolerance_of(answers[nearest], before, performs_update),
        is_inference_by_default=nearest == 1,
        dtype=np.dtype(case.architecture.dtype),
    )


def changed_networks(case: Case, record: CallRecord) -> frozenset[str]:
    """The names of the networks, the actor aside, whose weights changed."""
    return frozenset(
        name
        for name, weights in record.networks_after.items()
        if not same(weights, case.weights[name])
    )


def tolerance_of(right: Reference, theta: Sequence[np.ndarray], performs_update: bool) -> float:
    """The error that is still right. An update adds the rounding of the new weight."""
    if not performs_update:
        return right.tolerance
    rounding = max(
        np.abs(weight).max() / np.abs(gradient).max()
        for weight, gradient in zip(theta, right.gradients, strict=True)
    )
    return right.tolerance + float(rounding * np.finfo(np.float32).eps / LEARNING_RATE)


def gradients_of_update(
    before: Sequence[np.ndarray], after: Sequence[np.ndarray]
) -> list[np.ndarray] | None:
    """The gradients that plain SGD must have been given to change the weights in this way."""
    if [w.shape for w in before] != [w.shape for w in after]:
        return None
    return [(b - np.float64(a)) / LEARNING_RATE for b, a in zip(before, after, strict=True)]


def same(found: Sequence[np.ndarray], expected: Sequence[np.ndarray]) -> bool:
    """Whether two lists of arrays are equal."""
    return len(found) == len(expected) and all(
        np.array_equal(f, e, equal_nan=True) for f, e in zip(found, expected, strict=True)
    )


def trainable(case: Case, actor_weights: Sequence[np.ndarray]) -> list[np.ndarray]:
    """The trained ones among the actor's weights, in float64."""
    return [np.float64(actor_weights[index]) for index in trainable_places(case.architecture)]


@lru_cache(maxsize=64)
def trainable_places(spec: Architecture) -> tuple[int, ...]:
    """The places of `trainable_variables` among an actor's `weights`."""
    actor, _ = own_networks(spec)
    places = {id(variable): index for index, variable in enumerate(actor.weights)}
    return tuple(places[id(variable)] for variable in actor.trainable_variables)
