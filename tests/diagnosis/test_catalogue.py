"""Every known mistake is recognised, in each of its forms, and no two are confused."""

import re
from itertools import combinations

import pytest

from ddpg_tf.diagnosis import CATALOGUE, default_cases, diagnose
from ddpg_tf.diagnosis.distance import difference
from ddpg_tf.diagnosis.evidence import gather
from ddpg_tf.diagnosis.match import run_form
from ddpg_tf.diagnosis.mistakes.recognising import CLOSE
from ddpg_tf.diagnosis.signature import signature_of
from ddpg_tf.diagnosis.verdict import judge
from tests.sizes import small_version

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


@pytest.mark.parametrize("name", CATALOGUE)
def test_diagnose_names_it(name):
    verdict = diagnose(CATALOGUE[name].forms[-1])
    assert verdict.outcome == "mistake"
    assert verdict.mistake == name, str(verdict)
    assert all(frozenset({name, other}) in SAME_STEP for other in verdict.also)


def test_every_form_that_returns_gradients_is_named():
    for name, form in small_version(RETURNING, 20):
        verdict = verdict_on(form, performs_update=False)
        assert (verdict.mistake, verdict.also) == (name, ()), f"{form}: {verdict}"


def test_each_is_named_in_an_update_too():
    for name in small_version(CATALOGUE, 12):
        verdict = verdict_on(CATALOGUE[name].forms[-1], performs_update=True)
        named = {verdict.mistake, *verdict.also}
        assert name in named, f"{name}: {verdict}"
        assert len(named) == 1 or frozenset(named) in SAME_STEP


def test_no_two_mistakes_do_the_same():
    """In some call, any two mistakes differ by more than matching can forgive on both sides."""
    done = {
        (name, form): [
            call
            for case in default_cases()
            for call in gather(case, run_form(form, case, False), False)
        ]
        for name, form in RETURNING
    }
    for one, other in combinations(done, 2):
        if one[0] == other[0]:
            continue
        margin = max(
            difference(a.gradients, b.gradients) / a.tolerance
            if a.changed == b.changed
            else float("inf")
            for a, b in zip(done[one], done[other], strict=True)
        )
        assert margin > 2 * CLOSE, f"{one} and {other}: {margin}"


def test_no_mistake_is_right():
    for name, form in RETURNING:
        calls = [
            call
            for case in default_cases()
            for call in gather(case, run_form(form, case, False), False)
        ]
        assert max(call.error / call.tolerance for call in calls) > 2 * CLOSE, name


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
