"""The data in `results/`, whole or changed so that a claim about them is false."""

from collections.abc import Callable
from pathlib import Path

from comparisons.registry import get_study
from comparisons.report import read_report

RESULTS = Path(__file__).parents[2] / "results"


def committed(name: str) -> dict:
    """The data of a study that stand in the repository."""
    return read_report(name, RESULTS)[0]


def false_claims(name: str, change: Callable[[dict], object]) -> str:
    """The claims, a line each, that are false of the committed data after `change` of them."""
    data = committed(name)
    change(data)
    return "\n".join(get_study(name).false_claims(data))
