"""What a student's gradient function does on small networks, as plain data.

This part runs beside the student's code. What is right or wrong about the data is said elsewhere.
"""

import dis
import inspect

import checks

from ddpg_tf.diagnosis.calling import interface_of
from ddpg_tf.diagnosis.cases import default_cases
from ddpg_tf.diagnosis.messages import record_to_tree
from ddpg_tf.diagnosis.running import run_case

RETURN_A_CONSTANT = {"RESUME", "NOP", "POP_TOP", "RETURN_VALUE", "RETURN_CONST", "LOAD_CONST"}


def measure(candidate, measurement: str):
    """Return the measurement of that name: one of `checks.py`, or one from here."""
    return {
        "one_weight_gradients": checks.one_weight_gradients,
        "one_weight_step": checks.one_weight_step,
        "is_empty": is_empty,
        "run_cases": run_cases,
    }[measurement](candidate)


def is_empty(candidate) -> bool:
    """Return whether a function has no body: `...`, `pass`, `return None`, and nothing else."""
    code = getattr(inspect.unwrap(candidate), "__code__", None)
    return code is not None and {i.opname for i in dis.get_instructions(code)} <= RETURN_A_CONSTANT


def run_cases(candidate) -> dict:
    """Run the candidate on the diagnosis' cases; return the answer that the diagnosis judges.

    Raises TypeError if its signature is not one that the diagnosis can call.
    """
    interface = interface_of(candidate)
    records = [record_to_tree(run_case(candidate, interface, case)) for case in default_cases()]
    roles = sorted(set(interface.roles.values()))
    return {"failure": "", "roles": roles, "records": records}
