"""What goes between the judge and the student's process: cases one way, records the other.

No right answer is sent. What comes back may have been written by anyone, so its form is checked
before it is used.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict, fields
from typing import Any

import numpy as np

from ddpg_tf.diagnosis.cases import Call, Case
from ddpg_tf.diagnosis.networks import Architecture
from ddpg_tf.diagnosis.run import CallRecord, CaseRecord, Flags, run_case
from ddpg_tf.diagnosis.signature import signature_of
from ddpg_tf.sandbox.cleaning import clean


def case_to_tree(case: Case) -> dict:
    """A case as plain values and arrays, ready to be sent."""
    distinct = list(dict.fromkeys(case.calls))
    calls = [[c.actor_weights, c.weights, c.observations, c.actions] for c in distinct]
    order = [distinct.index(call) for call in case.calls]
    architecture = asdict(case.architecture)
    return {"name": case.name, "arch": architecture, "calls": calls, "order": order}


def case_from_tree(tree: dict) -> Case:
    """The case that `case_to_tree` described."""
    distinct = [Call(*call) for call in tree["calls"]]
    calls = tuple(distinct[place] for place in tree["order"])
    return Case(tree["name"], Architecture(**tree["arch"]), calls)


def answer_of(candidate: Callable, cases: Sequence[Case]) -> dict:
    """What a candidate did in the cases, ready to be sent: see `submission.verdict_on`.

    Raises TypeError if its signature is not one that the diagnosis can call.
    """
    signature = signature_of(candidate)
    records = [record_to_tree(run_case(candidate, signature, case)) for case in cases]
    return {
        "failure": "",
        "roles": sorted(set(signature.roles.values())),
        "guessed": [[name, signature.roles[name]] for name in signature.guessed],
        "records": records,
    }


def record_to_tree(record: CaseRecord) -> dict:
    """A record as plain values and arrays, ready to be sent."""
    calls = [
        [
            *(call.returned, call.problem, call.actor_after, call.networks_after),
            *(call.optimizer_steps, list(call.refrozen)),
        ]
        for call in record.calls
    ]
    return {
        "calls": calls,
        "flags": {name: plain_flags(flags) for name, flags in vars(record.flags).items()},
        "error": record.error,
        "advice": record.advice,
        "used": record.used,
        "predicted": record.predicted,
        "stepped_with": sorted(record.stepped_with),
    }


def plain_flags(flags: Iterable) -> list[bool | None]:
    """Those of the flags that can be sent: a flag whose value only a graph knows cannot."""
    return [flag for flag in (True, False, None) if any(f is flag for f in flags)]


def record_from_tree(tree: dict, case: Case, networks: Sequence[str]) -> CaseRecord:
    """Read the record of a case. Raises ValueError if it does not have the form of one.

    networks: the names of the networks that the candidate was given, the actor aside.
    """
    error = text(tree["error"])
    pairs = zip(tree["calls"], case.calls, strict=not error)
    calls = [call_from_list(values, call, networks) for values, call in pairs]
    flags = Flags(**{f.name: frozenset(plain_flags(tree["flags"][f.name])) for f in fields(Flags)})
    return CaseRecord(
        calls,
        flags,
        error,
        text(tree["advice"]),
        tree["used"] is not False,
        tree["predicted"] is True,
        frozenset(map(text, tree["stepped_with"])),
    )


def call_from_list(values: list, call: Call, networks: Sequence[str]) -> CallRecord:
    """Read the record of one call."""
    returned, problem, actor_after, networks_after, optimizer_steps, refrozen = values
    if returned is not None:
        returned = [None if g is None else numbers(g) for g in returned]
    after = {name: [numbers(w) for w in networks_after[name]] for name in networks}
    actor_after = [numbers(w) for w in actor_after]
    before = {"actor": call.actor_weights, **{name: call.weights[name] for name in networks}}
    for name, weights in {"actor": actor_after, **after}.items():
        if [w.shape for w in weights] != [w.shape for w in before[name]]:
            raise ValueError(f"the weights of {name} have changed shape")
    frozen = tuple(name for name in ("actor", *networks) if name in refrozen)
    return CallRecord(returned, text(problem), actor_after, after, int(optimizer_steps), frozen)


def numbers(value: Any) -> np.ndarray:
    """The value itself. Raises ValueError if it is not an array of real numbers."""
    if not isinstance(value, np.ndarray) or value.dtype.kind not in "fiub":
        raise ValueError("not an array of real numbers")
    return value


def text(value: Any) -> str:
    """The value's first 300 characters, in a line that a terminal can be shown. Raises ValueError
    if it is not a text.
    """
    if not isinstance(value, str):
        raise ValueError("not a text")
    return clean(value)[:300]
