"""What an assignment demands counts: each sentence's violation loses its points."""

import pytest

pytest.importorskip("jupytext", reason="the homework's tools are not installed: .[tutorials]")

from tests.homework.conftest import HOMEWORK
from tests.homework.demands import DEMANDS, RIGHT
from tests.sizes import WHOLE
from tutorials.homework.build import ASSIGNMENTS, master
from tutorials.homework.judging import Finding, Mistake, NotRight
from tutorials.homework.questions import BORROWED

SLOW = {"output_gradients", "mean_q", "symbolic_update", "make_actor", "update", "Agent"}
"""The questions for which networks are built."""


def hidden_tests(assignment):
    """{question: its hidden tests}, and the names that its cells without answers define."""
    tests, names = {}, {}
    for cell in master(assignment, 0).cells:
        if cell.cell_type != "code" or cell.source.startswith("# picture"):
            continue
        if "def test_" not in cell.source:
            exec(cell.source, names)
        elif "def test_visible" not in cell.source:
            found = {}
            exec(cell.source, found)
            (test,) = [value for name, value in found.items() if name.startswith("test_")]
            tests.setdefault(test.__code__.co_varnames[0], []).append(test)
    return tests, names


def failure(tests, answer):
    """What the first of the tests raises."""
    with pytest.raises((Mistake, Finding, NotRight)) as caught:
        for test in tests:
            test(answer)
    return caught.value


@pytest.fixture(scope="module")
def prepared():
    """hidden_tests(assignment), prepared once for each."""
    kept = {}
    return lambda name: kept.setdefault(name, hidden_tests(name))


def loses_points(demand, prepared, checks):
    checks(demand.assignment)
    tests, names = prepared(demand.assignment)
    kept = dict(names)
    try:
        if demand.assignment == "gradient":
            exec(RIGHT, names)
        exec(demand.code, names)
        raised = failure(tests[demand.question], names[demand.question])
    finally:  # what one answer defines is not there for the next
        names.clear()
        names.update(kept)
    if demand.mistake is not None:
        assert str(raised).startswith(f"[{demand.mistake}] ")


QUICK = [demand for demand in DEMANDS if demand.question not in SLOW]
WITH_NETWORKS = [demand for demand in DEMANDS if demand.question in SLOW]
if not WHOLE:
    kept = {"not_one_tape", "step_outside_the_graph", "actions_not_scaled", "noise_in_evaluation"}
    kept |= {"gradient_of_the_wrong_sign", "truncated_as_terminated"}
    WITH_NETWORKS = [demand for demand in WITH_NETWORKS if demand.mistake in kept]


@pytest.mark.parametrize("demand", QUICK, ids=lambda d: f"{d.question}: {d.sentence}")
def test_a_violated_demand_loses_the_points(demand, prepared, checks):
    loses_points(demand, prepared, checks)


@pytest.mark.slow
@pytest.mark.parametrize("demand", WITH_NETWORKS, ids=lambda d: f"{d.question}: {d.sentence}")
def test_a_violated_demand_on_networks_loses_the_points(demand, prepared, checks):
    loses_points(demand, prepared, checks)


IN_A_VARIABLE = """
def output_gradients(actor, critic, observations):
    with tf.GradientTape() as outer:
        actions = actor(observations, training=True)
    point = tf.Variable(actions)
    with tf.GradientTape() as inner:
        q = critic([observations, point], training=False)
    slopes = inner.gradient(q, point) / len(observations)
    return outer.gradient(actions, actor.trainable_variables, output_gradients=-slopes)
"""


@pytest.mark.slow
def test_the_chain_rule_at_a_variable_of_ones_own_is_right(prepared, checks):
    """The slope is asked for at a `tf.Variable` that is none of the actor's weights."""
    checks("gradient")
    tests, names = prepared("gradient")
    answer = {**names}
    exec(IN_A_VARIABLE, answer)
    for test in tests["output_gradients"]:
        test(answer["output_gradients"])


@pytest.mark.parametrize("assignment", ASSIGNMENTS)
def test_the_sentences_are_the_assignments(assignment):
    """So that a demand that is taken out of the text is taken out here."""
    text = "\n".join(cell.source for cell in master(assignment, 0).cells)
    assert [
        d.sentence for d in DEMANDS if d.assignment == assignment and d.sentence not in text
    ] == []
    own = {d.question for d in DEMANDS if d.assignment == assignment}
    assert set(hidden_tests(assignment)[0]) == own | {name for _, name in borrowed(assignment)}


def borrowed(assignment):
    """(assignment, question) of each question that is another assignment's."""
    return BORROWED.findall((HOMEWORK / assignment / "master.md").read_text())


def test_what_is_demanded_of_borrowed_questions_is_in_their_texts_too():
    text = "\n".join(cell.source for cell in master("capstone", 0).cells)
    assert len(borrowed("capstone")) == 6
    for demand in DEMANDS:
        if (demand.assignment, demand.question) in borrowed("capstone"):
            assert demand.sentence in text
