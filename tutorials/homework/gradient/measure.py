"""What a student's gradient function does on small networks, as plain data.

This part runs beside the student's code; `hidden.py`, elsewhere, judges what it returns.
"""

import dis
import inspect
from collections.abc import Callable
from typing import Any

import checks

from ddpg_tf.diagnosis.cases import default_cases
from ddpg_tf.diagnosis.messages import answer_of

RETURN_A_CONSTANT = {"RESUME", "NOP", "POP_TOP", "RETURN_VALUE", "RETURN_CONST", "LOAD_CONST"}


def measure(candidate: Callable, measurement: str) -> Any:
    """Take the measurement of that name: one of `checks.py`, or one from here."""
    return {
        "one_weight_gradients": checks.one_weight_gradients,
        "one_weight_step": checks.one_weight_step,
        "is_empty": is_empty,
        "run_cases": run_cases,
    }[measurement](candidate)


def is_empty(candidate: Callable) -> bool:
    """Whether a function has no body: `...`, `pass`, `return None`, and nothing else."""
    code = getattr(inspect.unwrap(candidate), "__code__", None)
    return code is not None and {i.opname for i in dis.get_instructions(code)} <= RETURN_A_CONSTANT


def run_cases(candidate: Callable) -> dict:
    """Run the candidate on the diagnosis' cases; return the answer that the diagnosis judges.

    Raises TypeError if its signature is not one that the diagnosis can call.
    """
    return answer_of(candidate, default_cases())
