"""What a candidate did, put beside what would have been right."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from ddpg_tf.diagnosis.cases import LEARNING_RATE, Call, Case
from ddpg_tf.diagnosis.distance import difference
from ddpg_tf.diagnosis.networks import Architecture, own_networks
from ddpg_tf.diagnosis.reference import Reference, reference
from ddpg_tf.diagnosis.run import CallRecord, CaseRecord, Flags, Modes


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
    """The networks whose weights changed and should not; an update may change the actor's, but not
    the moments of its batch norm: "actor_moments"."""
    refrozen: frozenset[str]
    """The networks whose `trainable` flags changed."""
    steps: int
    """How many steps the optimizer took that was given for the update."""
    is_other_step: bool
    """Whether the weights moved, but not by that optimizer."""
    right: list[np.ndarray]
    error: float
    """Relative error of the gradients."""
    tolerance: float
    is_inference_by_default: bool
    """Whether the candidate left the actor's training flag open and so got inference."""
    flags: Flags
    """With which batch norm was called in this case."""
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
    def modes(self) -> Modes:
        """In which a known mistake, which leaves all flags open, does what the candidate may do."""
        return Modes(True in self.flags.actor, True in self.flags.critic)

    @property
    def is_right(self) -> bool:
        """Whether the gradients are right and nothing else was changed."""
        return self.has_right_numbers and not self.changed and not self.refrozen

    @property
    def has_right_numbers(self) -> bool:
        """Whether the gradients are right."""
        return self.error <= self.tolerance


def gather(case: Case, record: CaseRecord, performs_update: bool) -> list[CallEvidence]:
    """Collect the evidence of a case's calls."""
    return [
        evidence_of(case, index, call, record.flags, performs_update)
        for index, call in enumerate(record.calls)
    ]


def evidence_of(
    case: Case, index: int, record: CallRecord, flags: Flags, performs_update: bool
) -> CallEvidence:
    """Compare one call with the reference.

    If the actor's training flag was left open where the gradient came through, both modes are
    right; if the critic was told to train, what its batch norm then gives is right, too (with a
    note). The nearest counts.
    """
    before = trainable(case, case.calls[index].actor_weights)
    after = trainable(case, record.actor_after)
    gradients = gradients_of_update(before, after) if performs_update else record.returned
    moved = not same(after, before)
    changed = changed_networks(case.calls[index], record)
    if moved and not performs_update:
        changed |= {"actor"}
    if not same(moments(case, record.actor_after), moments(case, case.calls[index].actor_weights)):
        changed |= {"actor_moments"}
    if gradients is not None:
        gradients = [None if g is None else np.asarray(g, np.float64) for g in gradients]
    actor_modes, critic_modes = [True], [False]
    if case.has_batch_norm and (None in flags.actor or not flags.actor):
        actor_modes.append(False)
    if case.has_batch_norm and True in flags.critic:
        critic_modes.append(True)
    answers = {
        (training, critic_training): reference(case, index, training, critic_training)
        for training in actor_modes
        for critic_training in critic_modes
    }
    errors = {
        mode: np.inf if gradients is None else difference(gradients, answer.gradients)
        for mode, answer in answers.items()
    }
    nearest = min(errors, key=lambda mode: errors[mode])
    if not np.isfinite(errors[nearest]):
        nearest = (actor_modes[-1], critic_modes[-1])
    return CallEvidence(
        case=case,
        index=index,
        gradients=gradients,
        problem=record.problem,
        changed=changed,
        refrozen=frozenset(record.refrozen),
        steps=record.optimizer_steps,
        is_other_step=performs_update and moved and not record.optimizer_steps,
        right=answers[nearest].gradients,
        error=errors[nearest],
        tolerance=tolerance_of(answers[nearest], before, performs_update),
        is_inference_by_default=not nearest[0],
        flags=flags,
        dtype=np.dtype(case.architecture.dtype),
    )


def changed_networks(call: Call, record: CallRecord) -> frozenset[str]:
    """The names of the networks, the actor aside, whose weights changed."""
    return frozenset(
        name
        for name, weights in record.networks_after.items()
        if not same(weights, call.weights[name])
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


def moments(case: Case, actor_weights: Sequence[np.ndarray]) -> list[np.ndarray]:
    """The others among the actor's weights: batch norm's moving moments."""
    trained = set(trainable_places(case.architecture))
    return [weight for index, weight in enumerate(actor_weights) if index not in trained]


@lru_cache(maxsize=64)
def trainable_places(spec: Architecture) -> tuple[int, ...]:
    """The places of `trainable_variables` among an actor's `weights`."""
    actor, _ = own_networks(spec)
    places = {id(variable): index for index, variable in enumerate(actor.weights)}
    return tuple(places[id(variable)] for variable in actor.trainable_variables)
