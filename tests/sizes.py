"""How much of a slow test is run: a small version, or all of it with

DDPG_TF_WHOLE_TESTS=1 python -m pytest
"""

import os

import pytest

WHOLE = os.environ.get("DDPG_TF_WHOLE_TESTS", "0") != "0"


def small_version(parameters, count: int) -> list:
    """Return `count` of the parameters, evenly spaced; all of them in a whole run."""
    parameters = list(parameters)
    if WHOLE or count >= len(parameters):
        return parameters
    return [parameters[index * len(parameters) // count] for index in range(count)]


IN_WHOLE_RUNS = [pytest.param(None, id="whole", marks=pytest.mark.whole)]
"""`params` of a fixture that takes long: tests that ask for it run in the whole version only."""
