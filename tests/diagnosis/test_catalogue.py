"""Every known mistake is recognised, in each of its forms, and no two are confused."""

import re
from functools import cache
from itertools import combinations

import pytest

from ddpg_tf.diagnosis import CATALOGUE, default_cases, diagnose
from ddpg_tf.diagnosis.distance import difference
from ddpg_tf.diagnosis.evidence import gather
from ddpg_tf.diagnosis.judge import judge
from ddpg_tf.diagnosis.match import run_form
from ddpg_tf.diagnosis.mistakes.recognising import CLOSE
from ddpg_tf.diagnosis.signature import signature_of
from tests.sizes import small_version

LAST = {mistake.forms[-1] for mistake in CATALOGUE.values()}
FORMS = [(name, form) for name, mistake in CATALOGUE.items() for form in mistake.forms]
RETURNING = [(n, f) for n, f in FORMS if not signature_of(f).performs_update]
SAME_STEP = {
    frozenset({"wrong_sign", "get_updates_without_minus"}),
    frozenset({"wrong_sign", "apply_gradients_without_minus"}),
    frozenset({"half_forgotten", "step_taken_twice"}),
}
"""What cannot be told apart once the gradients are applied: both are named."""


def verdict_on(form, performs_update):
    cases = default_cases()
    records = [run_form(form, case, performs_update) for case in cases]
    return judge(cases, records, performs_update)


@pytest.mark.parametrize("name", small_version(CATALOGUE, 12))
def test_diagnose_names_it(name):
    """In its last form; the others are below."""
    verdict = diagnose(CATALOGUE[name].forms[-1])
    assert verdict.outcome == "mistake"
    assert verdict.mistake == name, str(verdict)
    assert all(frozenset({name, other}) in SAME_STEP for other in verdict.also)


def test_every_other_form_that_returns_gradients_is_named():
    others = [(name, form) for name, form in RETURNING if form not in LAST]
    for name, form in small_version(others, 6):
        verdict = verdict_on(form, performs_update=False)
        assert (verdict.mistake, verdict.also) == (name, ()), f"{form}: {verdict}"


def test_each_is_named_in_an_update_too():
    for name in small_version(CATALOGUE, 3):
        verdict = verdict_on(CATALOGUE[name].forms[-1], performs_update=True)
        named = {verdict.mistake, *verdict.also}
        assert name in named, f"{name}: {verdict}"
        assert len(named) == 1 or frozenset(named) in SAME_STEP


@cache
def done(form, case):
    """The evidence of what a form does in a case."""
    return gather(case, run_form(form, case, False), False)


def in_some_call(holds, *forms):
    """Whether it holds of what the forms do in some call; the shortest cases come first."""
    cases = sorted(default_cases(), key=lambda case: len(case.calls))
    return any(
        holds(*calls)
        for case in cases
        for calls in zip(*(done(form, case) for form in forms), strict=True)
    )


def test_no_two_mistakes_do_the_same():
    """In some call, any two mistakes differ by more than matching can forgive on both sides."""

    def differ(a, b):
        return a.changed != b.changed or (
            difference(a.gradients, b.gradients) / a.tolerance > 2 * CLOSE
        )

    for (name, one), (other_name, other) in combinations(RETURNING, 2):
        assert name == other_name or in_some_call(differ, one, other), f"{one} and {other}"


def test_no_mistake_is_right():
    for name, form in RETURNING:
        assert in_some_call(lambda call: call.error / call.tolerance > 2 * CLOSE, form), name


@pytest.mark.whole
def test_another_seed_tells_them_apart_too():
    """As a teacher uses them, who gives each student other networks."""
    cases = default_cases(1)
    for name in ("sum_for_mean", "replayed_action", "pre_tanh", "shifted_pairs", "target_critic"):
        form = CATALOGUE[name].forms[0]
        records = [run_form(form, case, False) for case in cases]
        assert judge(cases, records, False).mistake == name


def test_every_entry_says_all_that_it_should():
    assert len(CATALOGUE) >= 48
    for name, mistake in CATALOGUE.items():
        assert re.fullmatch(r"[a-z0-9_]+", name)
        assert mistake.explanation.endswith(".")
        assert mistake.hint.endswith((".", "?"))
        assert mistake.equation
        for thread in mistake.threads:
            assert re.fullmatch(r"[\w.-]+/[\w.-]+ #\d+", thread)
