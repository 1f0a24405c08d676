"""The example overlay: its solutions pass, its mistakes are called by their names."""

import importlib
import importlib.util
import sys

import numpy as np
import pytest

pytest.importorskip("jupytext", reason="the homework's tools are not installed: .[tutorials]")

import tutorials.homework.build as building
from tests.homework.conftest import HOMEWORK
from tests.homework.test_hidden import (
    NUMPY_ASSIGNMENTS,
    OF_PARTS,
    WITH_NETWORKS,
    called,
    run_master,
)
from tutorials.homework.judging import judge, judge_value
from tutorials.homework.questions import QUESTION, with_overlay

EXAMPLE = HOMEWORK / "example_overlay"


@pytest.fixture
def overlaid(checks, monkeypatch):
    """A function (assignment) -> its own_hidden.py; the masters are those with the overlay."""

    def load(assignment):
        checks(assignment)
        for name in ("own_checks", f"tutorials.homework.{assignment}.own_hidden"):
            file = EXAMPLE / assignment / f"{name.rpartition('.')[2]}.py"
            spec = importlib.util.spec_from_file_location(name, file)
            module = importlib.util.module_from_spec(spec)
            monkeypatch.setitem(sys.modules, name, module)
            spec.loader.exec_module(module)
        package = importlib.import_module(f"tutorials.homework.{assignment}")
        monkeypatch.setattr(package, "own_hidden", module, raising=False)
        text = with_overlay(building.text_of(assignment), EXAMPLE / assignment)
        plain_master = building.master
        monkeypatch.setattr(
            "tests.homework.test_hidden.master",
            lambda name, variant: plain_master(name, variant, text),
        )
        return module, [found["number"] for found in QUESTION.finditer(text)]

    return load


@pytest.mark.parametrize("assignment", OF_PARTS)
def test_two_questions_of_each_assignment_are_others(assignment, overlaid):
    """The solutions of all questions pass all tests."""
    module, numbers = overlaid(assignment)
    assert numbers == [str(number) for number in range(1, 8)]
    left_out = () if assignment in NUMPY_ASSIGNMENTS else WITH_NETWORKS
    answered = set(run_master(assignment, 0, left_out))
    own = {name for name in answered if hasattr(module, name)}
    assert (len(own), len(answered)) == (2, 7 - len(left_out))


OF_THE_CAPSTONE = {"make_actor", "update", "Agent", "mean_q"}
"""The questions of the capstone for which networks are built."""


@pytest.mark.slow
def test_in_the_capstone_one_is_another_and_one_is_new(overlaid, monkeypatch):
    """The agent works with the question's own answer: it learns a hundred steps."""
    module, numbers = overlaid("capstone")
    assert numbers == [str(number) for number in range(1, 11)]
    hidden = importlib.import_module("tutorials.homework.capstone.hidden")
    learns = hidden.learns
    monkeypatch.setattr(
        hidden, "learns", lambda agent, steps, mark: learns(agent, 100, -2000, 50, 50)
    )
    answered = run_master("capstone", 0, left_out=OF_THE_CAPSTONE - {"Agent"})
    assert {name for name in answered if hasattr(module, name)} == OWN_IN_THE_CAPSTONE
    assert answered.count("Agent") == 4


OWN_IN_THE_CAPSTONE = {"noisy_actions", "first_reached"}


def test_a_check_of_ones_own_stays_when_the_public_one_is_imported_later(overlaid):
    """Both are of the name that the agent uses."""
    overlaid("capstone")
    exec((HOMEWORK / "exploration" / "checks.py").read_text(), {"__name__": "exploration_checks"})
    checking = sys.modules["checking"]
    with pytest.raises(AssertionError, match="upper bound 3"):
        checking.check("noisy_actions", lambda a, n, low, high: np.clip(a + 2 * n, low, high))


@pytest.mark.parametrize(
    "assignment", [*OF_PARTS, pytest.param("capstone", marks=pytest.mark.slow)]
)
def test_their_mistakes_are_called_by_their_names(assignment, overlaid, monkeypatch):
    module, _ = overlaid(assignment)
    calls, values = [], []
    monkeypatch.setattr(module, "judge", lambda *args: calls.append(args))
    monkeypatch.setattr(module, "judge_value", lambda *args: values.append(args), raising=False)
    run_master(assignment, 0, {*WITH_NETWORKS, *OF_THE_CAPSTONE})
    assert len(calls) + len(values) == 2
    for name, answer, reference, mistakes, cases in calls:
        judge(name, answer, reference, mistakes, cases)
        assert len(mistakes) >= 3
        for mistake in mistakes:
            with called(mistake.__name__):
                judge(name, mistake, reference, mistakes, cases)
    for name, _, expected, wrong in values:
        for mistake, (value, _) in wrong.items():
            with called(mistake):
                judge_value(name, value, expected, wrong)
