"""The hidden tests themselves: solutions pass, each known mistake is called by its name.

All this runs in one process, without Otter; `test_grading.py` goes through Otter.
"""

import importlib
from contextlib import contextmanager
from itertools import product

import numpy as np
import pytest

pytest.importorskip("jupytext", reason="the homework's tools are not installed: .[tutorials]")

from ddpg_tf.diagnosis import CATALOGUE, Verdict
from ddpg_tf.strategies import get_strategy
from tests.sizes import small_version
from tutorials.homework.build import ASSIGNMENTS, master, text_of
from tutorials.homework.checking import is_empty
from tutorials.homework.gradient import hidden as gradient_hidden
from tutorials.homework.judging import Finding, Mistake, NotRight, judge, judge_value
from tutorials.homework.questions import parts_of
from tutorials.homework.replay import hidden as replay_hidden
from tutorials.homework.td3 import hidden as td3_hidden
from tutorials.homework.variants import CHOICES

NUMPY_ASSIGNMENTS = [name for name in ASSIGNMENTS if "keras" not in text_of(name)]
OF_PARTS = [name for name in ASSIGNMENTS if parts_of(text_of(name)) == [name]]
"""The assignments that borrow no questions."""


@contextmanager
def called(name, kind=Mistake):
    """What is raised inside is of that kind, and called by that name."""
    with pytest.raises(kind) as caught:
        yield
    assert str(caught.value).startswith(f"[{name}] ")


WITH_NETWORKS = ("output_gradients", "mean_q", "symbolic_update")
"""Questions of `gradient` whose tests take seconds."""


def run_master(assignment, variant, left_out=()):
    """Run the master's cells and tests as a notebook would; return the names of its tests.

    left_out: questions whose tests are not run.
    """
    names, tests = {}, []
    for cell in master(assignment, variant).cells:
        if cell.cell_type != "code" or cell.source.startswith("# picture"):
            continue
        exec(cell.source, names)
        for test in [names.pop(name) for name in list(names) if name.startswith("test_")]:
            wanted = test.__code__.co_varnames[: test.__code__.co_argcount]
            if not set(wanted) & set(left_out):
                test(*(names[name] for name in wanted))
                tests += wanted
    return tests


@pytest.mark.parametrize("variant", [0, 1, 2, 3, 1234567, 4294967295])
@pytest.mark.parametrize("assignment", NUMPY_ASSIGNMENTS)
def test_the_solution_of_every_variant_is_right(assignment, variant, checks):
    module = checks(assignment)
    answered = run_master(assignment, variant)
    assert set(answered) == set(module.CHECKS)
    assert len(answered) == 2 * len(set(answered)), "each question has a visible and a hidden test"


@pytest.mark.slow
@pytest.mark.parametrize("variant", small_version([0, 5], 1))
def test_the_solution_of_the_gradient_assignment_is_right(variant, checks):
    module = checks("gradient")
    assert set(run_master("gradient", variant)) == set(module.CHECKS)


@pytest.mark.parametrize("assignment", ASSIGNMENTS)
def test_variants_differ_in_what_the_text_asks(assignment):
    texts = {str([c.source for c in master(assignment, variant).cells]) for variant in range(8)}
    assert len(texts) == 8
    assert not any("<<" in text for text in texts)


def test_the_numbers_by_hand_can_be_answered_in_every_variant():
    """None of them is zero, of which no relative error can be taken."""
    lists = [CHOICES["gradient"][name] for name in ("weight", "best", "state_1", "state_2")]
    for weight, best, *states in product(*lists):
        slopes = [best - weight * state for state in states]
        gradient = -sum(np.multiply(slopes, states)) / 2
        gradient_hidden.by_hand([*slopes, gradient], weight, best, states)
        with called("wrong_sign"):
            gradient_hidden.by_hand([*slopes, -gradient], weight, best, states)


def recorded(assignment, function, monkeypatch):
    """How an assignment's hidden tests call `judge` or `judge_value`: (args, kwargs)."""
    hidden = importlib.import_module(f"tutorials.homework.{assignment}.hidden")
    calls = []
    monkeypatch.setattr(hidden, function, lambda *args, **options: calls.append((args, options)))
    run_master(assignment, 0, left_out=WITH_NETWORKS)
    return calls


@pytest.mark.parametrize("assignment", OF_PARTS)
def test_known_mistakes_are_called_by_their_names(assignment, checks, monkeypatch):
    checks(assignment)
    calls = recorded(assignment, "judge", monkeypatch)
    assert len(calls) >= 2
    for (name, answer, reference, mistakes, cases), options in calls:
        judge(name, answer, reference, mistakes, cases, **options)
        assert len(mistakes) >= 4
        for mistake in mistakes:
            with called(mistake.__name__):
                judge(name, mistake, reference, mistakes, cases, **options)


@pytest.mark.parametrize("assignment", OF_PARTS)
def test_known_wrong_numbers_are_called_by_their_names(assignment, checks, monkeypatch):
    checks(assignment)
    calls = recorded(assignment, "judge_value", monkeypatch)
    assert calls
    for (name, _, expected, mistakes), options in calls:
        judge_value(name, expected, expected, mistakes, **options)
        for mistake, (wrong, _) in mistakes.items():
            with called(mistake):
                judge_value(name, wrong, expected, mistakes, **options)
        for nothing in (None, ..., "three", [], float("nan")):
            with pytest.raises(NotRight):
                judge_value(name, nothing, expected, mistakes, **options)


SAMPLES = {
    "last_slot_never": lambda g, size, batch, k: g.integers(size - 1, size=(k, batch)),
    "one_batch_repeated": lambda g, size, batch, k: np.tile(g.integers(size, size=batch), (k, 1)),
    "own_randomness": lambda g, size, batch, k: np.random.default_rng(0).integers(
        size, size=(k, batch)
    ),
    "axes_swapped": lambda g, size, batch, k: g.integers(size, size=(batch, k)),
    "unfilled_slots": lambda g, size, batch, k: g.integers(size + 1, size=(k, batch)),
    "not_uniform": lambda g, size, batch, k: (g.random((k, batch)) ** 2 * size).astype(int),
}


@pytest.mark.parametrize("mistake", SAMPLES)
def test_wrong_sampling_is_called_by_its_name(mistake):
    with called(mistake):
        replay_hidden.sample_slots(SAMPLES[mistake])


def test_other_right_sampling_is_right():
    replay_hidden.sample_slots(lambda g, size, batch, k: g.choice(size, (k, batch)))
    replay_hidden.sample_slots(lambda g, size, batch, k: (g.random((k, batch)) * size).astype(int))


@pytest.mark.parametrize(
    ("letters", "mistake"),
    [
        ("DABCE", "critics_before_target"),
        ("ABCED", "actor_first"),
        ("BACDE", "target_before_its_parts"),
    ],
)
def test_a_wrong_order_is_called_by_its_name(letters, mistake):
    with called(mistake):
        td3_hidden.order(list(letters), right=list("ABCDE"))


def test_no_order_at_all_is_not_right():
    for nothing in (None, ..., 3, [], ["A"], list("ABCDA")):
        with pytest.raises(NotRight):
            td3_hidden.order(nothing, right=list("ABCDE"))


@pytest.mark.slow
@pytest.mark.parametrize("name", small_version(CATALOGUE, 1))
def test_each_mistake_of_the_catalogue_is_named_by_assignment_2(name, checks):
    """The very function that the hidden tests of the three gradients call; that every mistake is
    named in these cases, `tests/diagnosis` shows."""
    checks("gradient")
    with called(name):
        gradient_hidden.judge_gradients("answer", CATALOGUE[name].forms[0])


def returns_none(actor, critic, optimizer, observations):
    """Take one step on the actor; return the loss before it."""
    return None


def only_dots(actor, critic, observations):
    """Return the gradients."""
    ...


@pytest.mark.parametrize("answer", [returns_none, only_dots, None, ...])
def test_an_empty_answer_is_not_answered(answer, checks):
    module = checks("gradient")
    for name in ("mean_q", "by_hand"):
        with pytest.raises(AssertionError):
            module.check(name, answer)
    with pytest.raises(NotRight):
        gradient_hidden.judge_gradients("mean_q", answer)


def test_a_function_with_a_body_is_not_empty():
    assert is_empty(returns_none) and is_empty(only_dots)

    class Unanswered:
        def __init__(self):
            self.x = 1

        def f(self):
            """Return x."""
            ...

    class Answered(Unanswered):
        def f(self):
            return self.x

    assert is_empty(Unanswered) and not is_empty(Answered) and not is_empty(int)
    others = [lambda x: x, lambda: 1.5, lambda: 0, len, SAMPLES["not_uniform"], 3]
    assert not any(map(is_empty, others))


def test_a_verdict_is_told_with_all_its_lines(checks):
    """Equation, threads and notes; further mistakes that show in the same way are notes."""
    checks("gradient")
    verdict = Verdict(
        outcome="mistake",
        name="sum_for_mean",
        explanation="What \x1b[1mis\x1b[0m so.",
        hint="Where to look.",
        equation="y = x",
        thread="a/b #1",
        details=("It could as well be: that.", "And this."),
    )
    assert gradient_hidden.told(verdict).splitlines() == [
        "What is so. Where to look.",
        "equation: y = x",
        "seen in: a/b #1",
        "note: It could as well be: that.",
        "note: And this.",
    ]


@pytest.mark.whole
def test_what_is_wrong_in_no_known_way_is_a_finding(checks):
    checks("gradient")

    def scaled(actor, critic, observations):
        return [
            3.7 * gradient
            for gradient in get_strategy("mean_q").gradients(actor, critic, observations)
        ]

    with called("constant_factor", Finding):
        gradient_hidden.judge_gradients("mean_q", scaled)


def test_a_gradient_function_that_fails_is_not_right(checks):
    checks("gradient")

    def fails(actor, critic, observations):
        raise RuntimeError("no idea")

    for answer, name in [(None, "mean_q"), (fails, "RuntimeError"), (lambda x: x, "(x)")]:
        with pytest.raises(NotRight) as caught:
            gradient_hidden.judge_gradients("mean_q", answer)
        assert name in str(caught.value)
