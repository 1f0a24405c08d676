"""Compare what a candidate did with what each known mistake does on the same cases."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import lru_cache, partial

import keras
import numpy as np

from ddpg_tf.diagnosis.cases import Case
from ddpg_tf.diagnosis.distance import (
    Factor,
    best_factor,
    common_factor,
    difference,
    is_numeric,
    times,
)
from ddpg_tf.diagnosis.evidence import (
    CallEvidence,
    changed_networks,
    gradients_of_update,
    trainable,
)
from ddpg_tf.diagnosis.mistakes import CATALOGUE, Mistake
from ddpg_tf.diagnosis.mistakes.recognising import CLOSE, all_numeric
from ddpg_tf.diagnosis.run import AS_KERAS, CaseRecord, Modes, build_networks, run_case
from ddpg_tf.diagnosis.signature import Signature, signature_of

ROUNDING = "float16_accumulation"


def matching_mistakes(
    evidence: Sequence[CallEvidence], performs_update: bool, by_numbers: bool = False
) -> list[str]:
    """The names of the mistakes that explain every call, the likeliest first.

    Where an update does the same as a mistaken gradient would, a mistake that only updates can make
    is named first; otherwise the order is the catalogue's.
    by_numbers: explain the gradients alone, not which networks changed besides.
    """
    touched = any((call.changed and not by_numbers) or call.is_other_step for call in evidence)
    in_order = fewest_calls_first(evidence)
    found = [
        mistake
        for mistake in CATALOGUE.values()
        if (mistake.recognise is not None and not touched and mistake.recognise(evidence))
        or any(explains(form, in_order, performs_update, by_numbers) for form in mistake.forms)
    ]
    # rounding is the explanation of last resort: what another mistake explains is not that
    found = [mistake for mistake in found if mistake.name != ROUNDING] or found
    return [
        mistake.name for mistake in sorted(found, key=lambda mistake: not only_updates(mistake))
    ]


def fewest_calls_first(evidence: Sequence[CallEvidence]) -> list[CallEvidence]:
    """The calls in the order in which a form is compared with them: most fail at the first."""
    return sorted(evidence, key=lambda call: len(call.case.calls))


def only_updates(mistake: Mistake) -> bool:
    """Whether every form of the mistake performs the update, and none just returns gradients."""
    return all(signature_of(form).performs_update for form in mistake.forms)


def failing_mistake(case: Case, error: str) -> str | None:
    """The mistake that ends an update in that very exception, if one does."""
    once = replace(case, calls=case.calls[:1])
    for mistake in CATALOGUE.values():
        for form in mistake.forms:
            if run_form(form, once, performs_update=True).error == error:
                return mistake.name
    return None


def matching_up_to_factor(
    evidence: Sequence[CallEvidence], performs_update: bool
) -> tuple[str, Factor] | None:
    """A mistake that explains every call up to a factor such as N, and that factor.

    Not one that is a factor itself: then the product of the two is the thing to name.
    """
    if not all_numeric(evidence) or is_scaled(evidence):
        return None
    for mistake in CATALOGUE.values():
        for form in mistake.forms:
            factor = factor_beside(form, evidence, performs_update)
            if factor is not None:
                return mistake.name, factor
    return None


def is_scaled(evidence: Sequence[CallEvidence]) -> bool:
    """Whether every call's gradients are the right ones times some factor."""
    return all(
        difference(call.gradients, times(best_factor(call.gradients, call.right), call.right))
        <= CLOSE * call.tolerance
        for call in evidence
    )


def explains(
    form: Callable, evidence: Sequence[CallEvidence], performs_update: bool, by_numbers: bool
) -> bool:
    """Whether this form of a mistake does in every call what the candidate did."""
    if any(call.gradients is None for call in evidence):
        return False
    for call in evidence:
        done = done_by(form, call, performs_update)
        if done is None:
            return False
        gradients, changed = done
        if not by_numbers and changed != call.changed:
            return False
        does_right = difference(gradients, call.right) <= call.tolerance
        if does_right and call.error > call.tolerance:
            return False  # what is right there cannot explain what is wrong
        if difference(call.gradients, gradients) > CLOSE * call.tolerance:
            return False
    return True


def factor_beside(
    form: Callable, evidence: Sequence[CallEvidence], performs_update: bool
) -> Factor | None:
    """The factor by which the candidate's gradients differ from this form's, if it is just that."""
    factors = []
    evidence = fewest_calls_first(evidence)
    for call in evidence:
        done = done_by(form, call, performs_update)
        if done is None or call.gradients is None or not is_numeric(done[0], call.gradients):
            return None
        factors.append(best_factor(call.gradients, done[0]))
        scaled = times(factors[-1], done[0])
        if not factors[-1] or difference(call.gradients, scaled) > CLOSE * call.tolerance:
            return None
    sizes = [call.batch_size for call in evidence], [call.act_dim for call in evidence]
    return common_factor(factors, *sizes)


def done_by(
    form: Callable, call: CallEvidence, performs_update: bool
) -> tuple[list[np.ndarray | None], frozenset[str]] | None:
    """What a form of a mistake does in that call: its gradients, and the networks it changed.

    None if the form does not make sense there, or ends in an exception.
    """
    if signature_of(form).performs_update and not performs_update:
        return None
    record = run_form(form, call.case, performs_update, call.modes)
    if record.error:
        return None
    done = record.calls[call.index]
    before, after = call.theta, trainable(call.case, done.actor_after)
    gradients = gradients_of_update(before, after) if performs_update else done.returned
    if gradients is None:
        return None
    return gradients, changed_networks(call.case.calls[call.index], done)


@lru_cache(maxsize=4096)
def run_form(
    form: Callable, case: Case, performs_update: bool, modes: Modes = AS_KERAS
) -> CaseRecord:
    """Run a form of a mistake on a case, as the update that it leads to if `performs_update`."""
    signature = signature_of(form)
    build = partial(known_networks, modes)
    if performs_update and not signature.performs_update:
        return run_case(*as_update(form), case, modes, build)
    return run_case(form, signature, case, modes, build)


@lru_cache(maxsize=256)
def known_networks(
    modes: Modes, case: Case, names: tuple[str, ...]
) -> tuple[keras.Model, dict[str, keras.Model]]:
    """A case's networks, built once for all known mistakes.

    Not for all modes at once: some mistakes keep an answer as long as the networks live.
    """
    return build_networks(case, names)


def as_update(form: Callable) -> tuple[Callable, Signature]:
    """The candidate that applies the form's gradients to the actor, and its signature."""
    asked = signature_of(form)

    def update(actor, critic, optimizer, observations, **extras):
        things = {"actor": actor, "critic": critic, "observations": observations, **extras}
        gradients = asked.call(form, things)
        optimizer.apply_gradients(zip(gradients, actor.trainable_variables, strict=True))

    extras = {name: name for name in asked.roles.values() if name not in ("actor", "critic")}
    roles = {n: n for n in ("actor", "critic", "optimizer", "observations")} | extras
    return update, Signature(roles, frozenset())
