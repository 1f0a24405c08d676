"""The questions study: the form of every answer, and independent computations of the main ones."""

import json
import math
import re

import keras
import numpy as np
import pytest
import tensorflow as tf
from matplotlib.figure import Figure

from comparisons import questions
from comparisons.questions import chain_rule, mean_or_sum
from comparisons.questions.forms import flat, freshly_initialised, mean_gradient
from comparisons.questions.page import link, shown
from comparisons.questions.problem import batch, exact_q, goal, regret, slope

KEYS = {"number", "question", "threads", "figures_of_merit", "difference", "verdict", "answer"}


@pytest.fixture(scope="module")
def data():
    return questions.run(quick=True, track=lambda items, note: items)


@pytest.fixture(scope="module")
def answers(data):
    return {answer["number"]: answer for theme in data["themes"] for answer in theme["answers"]}


def merit(answer: dict, words: str) -> float:
    """Return the one figure of merit whose name contains `words`."""
    (value,) = [v for name, v in answer["figures_of_merit"].items() if words in name]
    return value


def test_every_question_is_answered_once_and_in_order(data):
    numbers = [[a["number"] for a in theme["answers"]] for theme in data["themes"]]
    assert sorted(n for theme in numbers for n in theme) == list(range(1, 23))
    assert all(theme == sorted(theme) for theme in numbers)
    assert len(data["themes"]) == len(questions.THEMES)


@pytest.mark.parametrize("number", range(1, 23))
def test_answer_has_the_agreed_form(answers, number):
    answer = answers[number]
    assert set(answer) == KEYS
    assert answer["question"].endswith("?")
    assert answer["threads"] and all(isinstance(thread, str) for thread in answer["threads"])
    assert answer["verdict"].endswith(".") and "\n" not in answer["answer"]
    values = answer["figures_of_merit"].values()
    assert len(values) > 0 and all(math.isfinite(value) for value in values)
    assert set(answer["difference"]) == {"ratio", "of"}
    assert answer["difference"]["ratio"] >= 0 and len(answer["difference"]["of"]) <= 60


def numbers_in(text: str) -> list[tuple[float, float]]:
    """Return each number in a text with half a unit of its last place; percentages as shares."""
    found = []
    pattern = r"(?<![\w.^])(\d[\d,]*(?:\.(\d+))?(?:e([+-]?\d+))?)(%?)(?![\w^])"
    for number, decimals, exponent, percent in re.findall(pattern, text):
        number = number.rstrip(",")
        unit = 10.0 ** (int(exponent or 0) - len(decimals))
        if not decimals and not exponent:
            # trailing zeros may come from rounding, as in 1,200; a bare 0 is exactly zero
            unit = 10.0 ** (len(number) - len(number.rstrip("0,")))
            unit = unit if number != "0" or percent else 0.0
        scale = 0.01 if percent else 1.0
        found.append((float(number.replace(",", "")) * scale, 0.5 * unit * scale))
    return found


@pytest.mark.parametrize("number", range(1, 23))
def test_verdict_has_no_number_that_was_not_measured(answers, number):
    answer = answers[number]
    merits = answer["figures_of_merit"]
    measured = [*map(abs, merits.values()), answer["difference"]["ratio"]]
    ratios = [a / b for a in measured for b in measured if b and a != b]
    changes = [abs(ratio - 1) for ratio in ratios]
    settings = [v for text in (answer["question"], *merits) for v, _ in numbers_in(text)]
    for value, half_unit in numbers_in(answer["verdict"]):
        known = [*measured, *ratios, *changes, *settings, *SETTINGS.get(number, ())]
        assert any(abs(k - value) <= half_unit * 1.001 for k in known), (value, answer["verdict"])


SETTINGS = {22: (0, 1)}
"""Question -> what its verdict says of the experiment itself: true values, noise's deviation."""


@pytest.mark.parametrize("number", range(1, 23))
def test_ratio_follows_from_the_measurements(answers, number):
    answer = answers[number]
    values = [abs(v) for v in answer["figures_of_merit"].values()]
    pairs = [a / b for a in values for b in values if b]
    ratio = answer["difference"]["ratio"]
    close = [value for value in [*values, *pairs] if math.isclose(value, ratio, rel_tol=1e-6)]
    assert close


def test_data_survives_json(data):
    assert json.loads(json.dumps(data, allow_nan=False)) == data


def test_page_reads_like_an_faq(data):
    page = questions.finding(data)
    for theme in data["themes"]:
        assert f"\n## {theme['title']}\n" in page
        for answer in theme["answers"]:
            heading = page.index(f"### {answer['number']}. {answer['question']}\n")
            verdict = page.index(f"**{answer['verdict']}**", heading)
            paragraph = page.index(answer["answer"], heading)
            assert heading < verdict < paragraph
            assert all(link(thread) in page for thread in answer["threads"])
            assert all(shown(v) in page for v in answer["figures_of_merit"].values())


def test_link_and_number():
    expected = "[openai/baselines #645](https://github.com/openai/baselines/issues/645)"
    assert link("openai/baselines #645") == expected
    assert link("a question elsewhere, 22462") == "a question elsewhere, 22462"
    assert [shown(x) for x in (1500, 64.0, 0.015625, 1e-7)] == ["1,500", "64", "0.01562", "1e-07"]


def test_figure_names_its_axes_and_states_the_finding(data, answers):
    (figure,) = questions.figures(data).values()
    assert isinstance(figure, Figure)
    (axis,) = figure.axes
    assert axis.get_xlabel() and axis.get_ylabel()
    assert len(axis.get_yticklabels()) == len(answers)
    ratios = [answer["difference"]["ratio"] for answer in answers.values()]
    same = sum(abs(ratio - 1) < 0.01 for ratio in ratios)
    assert f"{same} make no difference" in axis.get_title()


def first_adam_step(gradient, rate=1e-3, beta_1=0.9, beta_2=0.999, epsilon=1e-7):
    """Return Kingma and Ba's step in the order of section 2's last lines, in float64."""
    gradient = np.asarray(gradient, float)
    m, v = (1 - beta_1) * gradient, (1 - beta_2) * gradient**2
    return -rate * np.sqrt(1 - beta_2) / (1 - beta_1) * m / (np.sqrt(v) + epsilon)


def test_adam_hides_the_batch_size_until_epsilon_shows(answers):
    one, two = answers[1], answers[2]
    assert merit(one, "two tapes return") == pytest.approx(64)
    assert merit(one, "SGD") == pytest.approx(64)
    fresh = mean_gradient(*freshly_initialised(), batch())
    lengths = [np.linalg.norm(first_adam_step(fresh * f)) for f in (1 / 64, 1, 64)]
    assert merit(one, "Lillicrap") == pytest.approx(lengths[2] / lengths[1], rel=1e-3)
    assert merit(two, "length of Adam's first step, the paper") == pytest.approx(
        lengths[0] / lengths[1], rel=1e-3
    )
    assert "even with Adam" in two["verdict"]


def test_verdict_of_question_1_would_say_otherwise(monkeypatch):
    """If the tapes did return the mean, the sentence would say so."""

    def averaged(actor, critic, observations):
        return [tf.constant(mean_gradient(actor, critic, observations))]

    monkeypatch.setattr(mean_or_sum, "two_tapes_summed", averaged)
    answer = mean_or_sum.divide_by_n(True)
    assert "What comes back is the mean" in answer["verdict"]
    assert "agrees with that" in answer["answer"]


def test_symbolic_forms_differ_by_minus_n(answers):
    answer = answers[5]
    assert merit(answer, "cosine") == pytest.approx(-1)
    assert merit(answer, "norm of the second") == pytest.approx(64)
    assert merit(answer, "other bits") == 0 and "the same bits" in answer["verdict"]


def test_batch_norm_couples_the_rows(answers):
    assert merit(answers[7], "with i = j") == 0
    assert merit(answers[7], "i != j, if batch norm trains") > 0.01
    assert merit(answers[7], "norm of the sum") < 1e-5


def test_adam_steps_on_zeroed_losses(answers):
    stream = mean_or_sum.gradient_stream(40).astype(float)
    stream[1::2] = 0
    m = v = 0
    lengths = []
    for t, gradient in enumerate(stream, start=1):
        m, v = 0.9 * m + 0.1 * gradient, 0.999 * v + 0.001 * gradient**2
        corrected = m / (1 - 0.9**t), v / (1 - 0.999**t)
        lengths.append(np.linalg.norm(corrected[0] / (np.sqrt(corrected[1]) + 1e-7)))
    expected = np.mean(lengths[1::2]) / np.mean(lengths[2::2])
    assert merit(answers[12], "real one, Adam") == pytest.approx(expected, rel=5e-3)
    assert merit(answers[12], "real one, SGD") == 0
    assert merit(answers[12], "under SGD, scaled") == pytest.approx(0.1, rel=1e-4)


def test_bandit_is_what_it_claims():
    observations = batch(16)
    actions = tf.constant(np.random.default_rng(3).uniform(-1, 1, (16, 3)), tf.float32)
    with tf.GradientTape() as tape:
        tape.watch(actions)
        q = exact_q([observations, actions])
    np.testing.assert_allclose(slope(observations, actions), tape.gradient(q, actions), rtol=1e-5)
    assert regret(goal) == 0


def test_sign_and_place_of_dq_da_decide_what_is_learned(answers):
    three, six = answers[3], answers[6]
    start = merit(three, "before training")
    assert merit(three, "with -dQ/da") < 0.1 * start < start < merit(three, "with +dQ/da")
    assert merit(three, "full Jacobian") < 1e-5
    old = merit(six, "after training at replayed actions of an old")
    assert old > 2 * merit(six, "after training at mu(s)")
    assert six["verdict"].startswith("At mu(s)")


def test_verdict_of_question_6_would_say_otherwise(monkeypatch):
    monkeypatch.setattr(chain_rule, "regret_after", lambda gradients, quick: 0.5)
    assert "little difference" in chain_rule.at_which_action(True)["verdict"]


def test_mean_q_holds_both_factors(answers):
    assert merit(answers[4], "finite differences of -mean Q") < 1e-6
    assert answers[4]["verdict"].startswith("No:")
    assert abs(merit(answers[4], "cosine")) < 0.9


def test_two_tapes_are_one_tape_times_n(answers):
    assert merit(answers[8], "norm") == pytest.approx(64)
    assert merit(answers[8], "other bits") == 0
    assert merit(answers[8], "gradients found") == 0
    assert merit(answers[8], "thread's form") > merit(answers[8], "output_gradients")


def test_graph_questions(answers):
    assert merit(answers[9], "largest difference") == 0
    assert merit(answers[9], "in a graph") == merit(answers[9], "on a tape") == 0
    ten = answers[10]
    assert merit(ten, "that fail") == merit(ten, "tried eagerly") == 3
    assert merit(ten, "other bits") == 0 and "the same bits" in ten["verdict"]
    assert merit(ten, "drawn anew") > merit(ten, "drawn once")
    assert not hasattr(keras.optimizers.Adam(), "get_updates")


def test_a_fed_critic_trains_the_actor_as_computed_by_hand(answers):
    rng = np.random.default_rng(0)
    actor, first, last = (
        rng.standard_normal(shape) / np.sqrt(shape[0]) for shape in ((3, 3), (6, 16), (16, 1))
    )
    states, actions = batch().numpy(), rng.uniform(-1, 1, (64, 3))
    hidden = np.tanh(np.concatenate([states, actions], 1) @ first)
    error = 2 * (hidden @ last - 1) / 64
    at_actions = ((error @ last.T) * (1 - hidden**2) @ first.T)[:, 3:]
    # tanh's derivative is computed from its output, and that is what was fed
    gradient = states.T @ (at_actions * (1 - actions**2))
    expected = 0.01 * np.linalg.norm(gradient) / np.linalg.norm(actor)
    assert merit(answers[11], "no variable list") == pytest.approx(expected, rel=1e-3)
    assert merit(answers[11], "with a variable list") == 0
    assert answers[11]["verdict"].startswith("Yes, both")


def test_critics_of_another_shape(answers):
    thirteen, fourteen = answers[13], answers[14]
    assert merit(thirteen, "norm of dQ/da") == pytest.approx(3, rel=0.25)
    assert merit(thirteen, "accept") == merit(fourteen, "accept") == 0
    assert merit(fourteen, "if dQ/da is zero") == 0
    assert merit(fourteen, "gradient with V(s)") > 0.95
    assert merit(fourteen, "without V(s) over with") > 1


def test_flat_keeps_the_order():
    assert flat([tf.constant([[1.0, 2.0]]), tf.constant([3.0])]).tolist() == [1, 2, 3]
