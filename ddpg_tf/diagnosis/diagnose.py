"""Diagnose a function of this process."""

from collections.abc import Callable, Sequence

import tensorflow as tf

from ddpg_tf.diagnosis.advice import EAGER
from ddpg_tf.diagnosis.cases import Case, checked_cases
from ddpg_tf.diagnosis.judge import judge
from ddpg_tf.diagnosis.run import run_case
from ddpg_tf.diagnosis.signature import notes_on_parameters, signature_of
from ddpg_tf.diagnosis.verdict import Verdict, not_run


def diagnose(candidate: Callable, cases: Sequence[Case] | None = None) -> Verdict:
    """Say what is right or wrong about a student's actor gradient.

        candidate(actor, critic, observations) -> gradients         of -mean Q, one for each weight
        candidate(actor, critic, optimizer, observations)           performs the update

    A candidate that asks for `actions` (replayed), `target_actor`, `target_critic` or `twin_critic`
    by name gets them. cases: other networks and batches, see `make_case`; few or similar ones tell
    fewer mistakes apart.
    One case has batch norm: there training=True is right for the actor, leaving it open is right
    with a note, and training=False is a mistake; training=True for the critic is right with a note.
    Raises TypeError if the candidate's signature is neither of the two, or for what are no cases.
    Exceptions of the candidate itself become part of the verdict.

    The candidate runs in this process and can do what it likes here: for code that is not your own,
    use `diagnose_file`.
    """
    signature = signature_of(candidate)
    if not tf.executing_eagerly():
        return not_run("Eager execution is switched off.", EAGER.name)
    cases = checked_cases(cases)
    records = []
    for case in cases:
        records.append(run_case(candidate, signature, case))
        if records[-1].error and case.architecture.dtype == "float32":
            break
    notes = notes_on_parameters(signature.roles, signature.guessed)
    return judge(cases[: len(records)], records, signature.performs_update, notes)
