"""What goes between the judge and the student's process: cases one way, records the other.

No right answer is sent. What comes back may have been written by anyone, so its form is checked
before it is used.
"""

from collections.abc import Callable, Sequence
from dataclasses import asdict
from typing import Any

import numpy as np

from ddpg_tf.diagnosis.cases import Call, Case
from ddpg_tf.diagnosis.networks import Architecture
from ddpg_tf.diagnosis.run import CallRecord, CaseRecord, run_case
from ddpg_tf.diagnosis.signature import signature_of


def case_to_tree(case: Case) -> dict:
    """A case as plain values and arrays, ready to be sent."""
    calls = [[call.actor_weights, call.observations, call.actions] for call in case.calls]
    architecture = asdict(case.architecture)
    return {"name": case.name, "arch": architecture, "weights": case.weights, "calls": calls}


def case_from_tree(tree: dict) -> Case:
    """The case that `case_to_tree` described."""
    calls = tuple(Call(*call) for call in tree["calls"])
    return Case(tree["name"], Architecture(**tree["arch"]), tree["weights"], calls)


def answer_of(candidate: Callable, cases: Sequence[Case]) -> dict:
    """What a candidate did in the cases, ready to be sent: see `submission.verdict_on`.

    Raises TypeError if its signature is not one that the diagnosis can call.
    """
    signature = signature_of(candidate)
    records = [record_to_tree(run_case(candidate, signature, case)) for case in cases]
    roles = sorted(set(signature.roles.values()))
    return {"failure": "", "roles": roles, "records": records}


def record_to_tree(record: CaseRecord) -> dict:
    """A record as plain values and arrays, ready to be sent."""
    calls = [
        [call.returned, call.problem, call.actor_after, call.networks_after, call.optimizer_steps]
        for call in record.calls
    ]
    return {
        "calls": calls,
        # a flag whose value only a graph knows cannot be sent
        "flags": [flag for flag in (True, False, None) if any(f is flag for f in record.flags)],
        "error": record.error,
        "used": record.used,
    }


def record_from_tree(tree: dict, case: Case, networks: Sequence[str]) -> CaseRecord:
    """Read the record of a case. Raises ValueError if it does not have the form of one.

    networks: the names of the networks that the candidate was given, the actor aside.
    """
    error = text(tree["error"])
    calls = [call_from_list(call, case, networks) for call in tree["calls"]]
    if len(calls) != len(case.calls) and not error:
        raise ValueError(f"{len(calls)} calls for {len(case.calls)}")
    flags = frozenset(flag for flag in (True, False, None) if flag in tree["flags"])
    return CaseRecord(calls, flags, error, tree["used"] is not False)


def call_from_list(values: list, case: Case, networks: Sequence[str]) -> CallRecord:
    """Read the record of one call."""
    returned, problem, actor_after, networks_after, optimizer_steps = values
    if returned is not None:
        returned = [None if g is None else numbers(g) for g in returned]
    after = {name: [numbers(w) for w in networks_after[name]] for name in networks}
    for name, weights in after.items():
        if [w.shape for w in weights] != [w.shape for w in case.weights[name]]:
            raise ValueError(f"the weights of {name} have other shapes")
    actor_after = [numbers(w) for w in actor_after]
    return CallRecord(returned, text(problem), actor_after, after, int(optimizer_steps))


def numbers(value: Any) -> np.ndarray:
    """The value itself. Raises ValueError if it is not an array of real numbers."""
    if not isinstance(value, np.ndarray) or value.dtype.kind not in "fiub":
        raise ValueError("not an array of real numbers")
    return value


def text(value: Any) -> str:
    """The value's first 300 characters. Raises ValueError if it is not a text."""
    if not isinstance(value, str):
        raise ValueError("not a text")
    return value[:300]
