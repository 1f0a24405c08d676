"""What travels between the judge and the student's process: inputs there, arrays back.

The way there carries no right answer. What comes back may have been written by anyone, so it is
checked for its form before it is believed.
"""

from dataclasses import asdict

import numpy as np

from ddpg_tf.diagnosis.cases import Call, Case
from ddpg_tf.diagnosis.networks import Architecture
from ddpg_tf.diagnosis.running import CallRecord, CaseRecord


def case_to_tree(case: Case) -> dict:
    """Return a case as a tree for `pack`."""
    calls = [[call.actor_weights, call.observations, call.actions] for call in case.calls]
    architecture = asdict(case.architecture)
    return {"name": case.name, "arch": architecture, "weights": case.weights, "calls": calls}


def case_from_tree(tree: dict) -> Case:
    """Return the case."""
    calls = tuple(Call(*call) for call in tree["calls"])
    return Case(tree["name"], Architecture(**tree["arch"]), tree["weights"], calls)


def record_to_tree(record: CaseRecord) -> dict:
    """Return a record as a tree for `pack`."""
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


def record_from_tree(tree: dict, case: Case, networks) -> CaseRecord:
    """Return the record of a case. Raises ValueError if it does not have the form of one.

    networks: the names of those that the candidate was given.
    """
    error = text(tree["error"])
    calls = [call_from_list(call, case, networks) for call in tree["calls"]]
    if len(calls) != len(case.calls) and not error:
        raise ValueError(f"{len(calls)} calls for {len(case.calls)}")
    flags = frozenset(flag for flag in (True, False, None) if flag in tree["flags"])
    return CaseRecord(calls, flags, error, tree["used"] is not False)


def call_from_list(values, case: Case, networks) -> CallRecord:
    """Return the record of one call."""
    returned, problem, actor_after, networks_after, optimizer_steps = values
    if returned is not None:
        returned = [None if g is None else numbers(g) for g in returned]
    after = {name: [numbers(w) for w in networks_after[name]] for name in networks}
    for name, weights in after.items():
        if [w.shape for w in weights] != [w.shape for w in case.weights[name]]:
            raise ValueError(f"the weights of {name} have other shapes")
    actor_after = [numbers(w) for w in actor_after]
    return CallRecord(returned, text(problem), actor_after, after, int(optimizer_steps))


def numbers(value) -> np.ndarray:
    """Return the value. Raises ValueError if it is no array of real numbers."""
    if not isinstance(value, np.ndarray) or value.dtype.kind not in "fiub":
        raise ValueError("no array of real numbers")
    return value


def text(value) -> str:
    """Return the value's first 300 characters. Raises ValueError if it is no text."""
    if not isinstance(value, str):
        raise ValueError("no text")
    return value[:300]
