"""The data in `results/`, whole or changed so that a claim about them is false."""

from collections.abc import Callable
from pathlib import Path

from comparisons.registry import get_study
from comparisons.report import read_report

RESULTS = Path(__file__).parents[2] / "results"


def committed(name: str) -> dict:
    """The data of a study that stand in the repository."""
    return read_report(name, RESULTS)[0]


def assert_refuted(name: str, refuted_by: dict[str, Callable[[dict], object]]) -> None:
    """Each claim of a study must be false of the committed data after a change of these.

    refuted_by: a part of each claim's sentence, in their order -> what changes the data in place.
    """
    study = get_study(name)
    for claim, (part, change) in zip(study.claims, refuted_by.items(), strict=True):
        assert part in claim.sentence
        data = committed(name)
        change(data)
        assert any(line.startswith(claim.sentence) for line in study.false_claims(data)), part
