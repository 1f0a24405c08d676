"""The learner's rates beside the machine's: see `peer_programs/learner.py`."""

import math

import numpy as np

from comparisons.peers.measure import CORES

RATES = ("alone", "learner", "plain", "own_shapes", "large")
"""What is measured in GFLOP/s, in the order of the table."""


def shares(data: dict, part: str, whole: str) -> dict[str, list[float]]:
    """Cores -> one rate as a share of another, for each learner."""
    found: dict[str, list[float]] = {}
    for learner in data["learner"]:
        share = median_rate(learner, part) / median_rate(learner, whole)
        found.setdefault(learner["cores"], []).append(share)
    return found


def second_core(data: dict, name: str) -> list[float]:
    """How many times as fast something is on all cores as on one, for each learner."""
    rates = {
        cores: [median_rate(found, name) for found in data["learner"] if found["cores"] == cores]
        for cores in CORES
    }
    pairs = zip(rates["all cores"], rates["one core"], strict=True)
    return [together / alone for together, alone in pairs]


def median_rate(learner: dict, name: str) -> float:
    """A rate of a learner's study in GFLOP/s, its median over the rounds."""
    return float(np.median([rates[name] for rates in learner["rounds"]]))


def products_seconds(data: dict, algorithm: str, env_id: str) -> float:
    """What an update's matrix products take on all cores, at the rate of those of its shapes.

    NaN if that was not measured.
    """
    wanted = algorithm, env_id, "all cores"
    for learner in data["learner"]:
        if wanted == (learner["algorithm"], learner["env_id"], learner["cores"]):
            return learner["flops"] / median_rate(learner, "own_shapes") / 1e9
    return math.nan
