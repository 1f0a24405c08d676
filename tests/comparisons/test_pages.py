"""The pages in `results/`: true of the data beside them, and written from these alone."""

import pytest

from comparisons.registry import STUDIES, get_study
from comparisons.report import page, read_report
from tests.comparisons.committed import RESULTS


@pytest.mark.parametrize("name", STUDIES)
def test_every_claim_is_true_of_the_committed_data(name):
    data, measured = read_report(name, RESULTS)
    assert measured["quick"] is False
    assert get_study(name).false_claims(data) == []


@pytest.mark.parametrize("name", STUDIES)
def test_the_page_is_what_the_template_makes_of_the_committed_data(name):
    study = get_study(name)
    data, measured = read_report(name, RESULTS)
    written = (RESULTS / name / "README.md").read_text(encoding="utf-8")
    assert page(study, data, measured, list(study.figures(data))) == written
