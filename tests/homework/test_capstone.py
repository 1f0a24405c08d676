"""The capstone: borrowed questions, wrong updates by their names, a world that cannot be faked."""

import importlib.util

import gymnasium as gym
import numpy as np
import pytest

pytest.importorskip("jupytext", reason="the homework's tools are not installed: .[tutorials]")

from tests.errors import refused
from tests.homework.conftest import HOMEWORK
from tests.homework.test_hidden import called, run_master
from tests.sizes import WHOLE, small_version
from tutorials.homework.build import copy_grading_code, text_of
from tutorials.homework.judging import NotRight, same
from tutorials.homework.questions import BORROWED, QUESTION, parts_of, with_borrowed, with_overlay

LOW, HIGH = np.float32([-1.0, 0.0]), np.float32([5.0, 0.5])
ALL = "replay", "gradient", "exploration", "td3"


@pytest.fixture
def capstone(checks):
    """The capstone's modules: hidden, updates, world."""
    checks("capstone")
    from tutorials.homework.capstone import hidden

    return hidden


def code_of_tests(question):
    """The code of a question's tests."""
    return question[question.index("# BEGIN TESTS") :]


def test_borrowed_questions_have_the_very_tests_of_the_others():
    found = {question["name"]: question for question in QUESTION.finditer(text_of("capstone"))}
    assert [int(question["number"]) for question in found.values()] == list(range(1, 10))
    borrowed = BORROWED.findall((HOMEWORK / "capstone" / "master.md").read_text())
    for assignment, name in borrowed:
        questions = QUESTION.finditer(text_of(assignment))
        (original,) = [question[0] for question in questions if question["name"] == name]
        assert code_of_tests(found[name][0]) == code_of_tests(original)
        assert f"### Question {found[name]['number']}\n" in found[name][0]
    assert {assignment for assignment, _ in borrowed} == set(ALL)
    assert parts_of(text_of("capstone")) == sorted(["capstone", *ALL])


def test_only_a_question_that_is_there_can_be_borrowed():
    with refused(ValueError, "replay", "'flight'"):
        with_borrowed("<!-- question of replay: flight -->\n", text_of)


def test_an_overlay_may_replace_a_borrowed_question(tmp_path):
    own = QUESTION.search(text_of("replay"))[0].replace("q1_slots_by_age", "q3_own")
    (tmp_path / "questions.md").write_text(own)
    names = [
        found["name"] for found in QUESTION.finditer(with_overlay(text_of("capstone"), tmp_path))
    ]
    assert len(names) == 9
    assert (names[2], "noisy_actions" in names) == ("own", False)


@pytest.mark.slow
def test_the_capstones_solution_is_right(capstone, monkeypatch):
    """All but the return, for which a hundred steps are learned only; in test_grading.py, all."""
    learns = capstone.learns
    monkeypatch.setattr(
        capstone, "learns", lambda agent, steps, mark: learns(agent, 100, -2000, 50, 50)
    )
    answered = run_master("capstone", 0, left_out=() if WHOLE else ("mean_q",))
    assert len(set(answered)) == (9 if WHOLE else 8)
    assert answered.count("Agent") == 4


@pytest.mark.whole
@pytest.mark.parametrize(("variant", "seed"), [(0, 3), (3, 7), (11, 8)])
def test_the_solution_learns_with_other_seeds_and_variants(variant, seed, capstone, monkeypatch):
    monkeypatch.setattr(capstone, "SEED", seed)
    monkeypatch.setattr(capstone, "seed_of_disguise", lambda: seed)
    for name in ("make_actor", "update", "remembers", "acts"):
        monkeypatch.setattr(capstone, name, lambda *_, **__: None)
    assert "Agent" in run_master("capstone", variant, left_out=("mean_q",))


@pytest.mark.parametrize("seed", range(3))
def test_each_wrong_update_is_told_from_the_right_one_and_the_others(seed, capstone):
    """In NumPy: what `judge` finds is the way itself, in every case that it looks at."""
    from tutorials.homework.capstone.mistakes import MISTAKES
    from tutorials.homework.capstone.updates import Constants, Way, example, simulated

    constants = Constants(0.95, 0.05, 2, 0.2, 0.5)
    case = example(np.random.default_rng(seed), LOW, HIGH, capstone.UPDATES)
    ways = {"right": Way(), **{name: way for name, (_, way) in MISTAKES.items()}}
    changes = {name: simulated(way, constants)(*case) for name, way in ways.items()}
    alike = [
        (one, other)
        for one in ways
        for other in ways
        if one != other and same(changes[one], changes[other], 2 * capstone.RTOL)
    ]
    assert alike == []
    assert all(
        np.isfinite(np.concatenate([a.ravel() for n in nets for a in n])).all()
        for after in changes.values()
        for nets in after
    )


def test_gradients_of_the_reference_are_those_of_a_critic_by_hand(capstone):
    """One hidden unit that is off: Q = b, the loss is (b - y)^2, its slope 2 (b - y)."""
    from tutorials.homework.capstone.measure import RATE
    from tutorials.homework.capstone.updates import descended, q_of

    net = [np.zeros((3, 1)), np.zeros(1), np.zeros((1, 1)), np.array([2.0])]
    zeros = np.zeros((4, 2)), np.zeros((4, 1))
    after = descended(lambda net: np.mean((q_of(net, *zeros) - 0.5) ** 2), net)
    np.testing.assert_allclose(after[3], 2.0 - RATE * 2 * 1.5, rtol=1e-8)
    assert not any(array.any() for array in after[:3])


class Controller:
    """An agent that knows the world and learns nothing. disguise: of its world, or None."""

    disguise = None

    def __init__(self, *_):
        self.observed = 0

    def act(self, observations):
        torque = 1.0
        if self.disguise is not None:
            plain = np.empty_like(observations)
            plain[:, self.disguise.order] = self.disguise.signs * observations
            observations, torque = plain, self.disguise.torque
        x, y, velocity = observations.T
        missing = 15.0 - (velocity**2 / 2 + 15 * x)
        swing = 2 * np.sign(missing * np.where(velocity == 0, 1.0, velocity))
        hold = np.clip(-(10 * y + 2.5 * velocity), -2, 2)
        return torque * np.where((x > 0.9) & (missing > -2), hold, swing)[:, None]

    def explore(self, observation):
        return self.act(observation[None])[0]

    def observe(self, *_):
        self.observed += 1


@pytest.fixture
def worlds(capstone):
    from tutorials.homework.capstone import world

    return world


def test_the_world_is_pendulum_to_who_knows_the_disguise(worlds):
    for seed in range(4):
        world, plain = worlds.DisguisedPendulum(seed), gym.make("Pendulum-v1").unwrapped
        seen, expected = world.reset(5), plain.reset(seed=5)[0]
        for step in range(200):
            action = np.float32([2 * np.sin(step)])
            np.testing.assert_array_equal(seen, world.signs * expected[world.order])
            seen, reward, terminated, truncated = world.step(world.torque * action)
            expected, right, *_ = plain.step(action)
            assert (reward, terminated, truncated) == (float(right), False, step == 199)


def test_disguises_differ(worlds):
    disguises = [worlds.DisguisedPendulum(seed) for seed in range(20)]
    assert {float(each.torque) for each in disguises} == {-1.0, 1.0}
    assert len({(*each.order, *each.signs) for each in disguises}) > 10


def test_each_build_draws_a_disguise_that_is_in_no_public_file(tmp_path, worlds):
    seeds = []
    for name in ("one", "two"):
        copy_grading_code(["capstone"], tmp_path / name)
        folder = tmp_path / name / "tutorials" / "homework" / "capstone"
        spec = importlib.util.spec_from_file_location("world", folder / "world.py")
        module = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
        seeds.append(module.seed_of_disguise())
    assert len({*seeds, worlds.seed_of_disguise()}) == 3
    assert not worlds.SECRET.exists()


def test_a_controller_of_ones_own_reaches_the_mark_only_where_nothing_is_disguised(
    capstone, worlds, monkeypatch
):
    class Informed(Controller):
        disguise = worlds.DisguisedPendulum(worlds.seed_of_disguise())

    steps = {"steps": 40, "mark": -400.0, "first": 20, "every": 20}
    capstone.learns(Informed, **steps)
    with called("does_not_learn"):
        capstone.learns(Controller, **steps)
    monkeypatch.setattr(worlds, "DISGUISES", [((0, 1, 2), (1, 1, 1), 1)])
    capstone.learns(Controller, **steps)


@pytest.mark.parametrize("mirrored", [False, True])
def test_no_disguise_is_the_pendulum_or_its_mirror_image(mirrored, worlds, monkeypatch):
    """With either, a controller that knows nothing of a disguise would have the points."""
    torque = -1 if mirrored else 1
    plain = (0, 1, 2), (1, torque, torque), torque
    assert len({*worlds.DISGUISES, plain}) == len(worlds.DISGUISES) + 1 == 95
    monkeypatch.setattr(worlds, "DISGUISES", [plain])
    assert worlds.Lesson(Controller, 0, 0).mean_return() > -400


@pytest.mark.parametrize("number", small_version(range(94), 5))
def test_in_no_disguise_does_a_controller_of_ones_own_reach_the_mark(number, worlds, monkeypatch):
    monkeypatch.setattr(worlds, "DISGUISES", worlds.DISGUISES[number : number + 1])
    assert worlds.Lesson(Controller, 0, 0).mean_return() < -400


def test_the_grader_counts_the_steps_and_the_agent_sees_each(worlds):
    lesson = worlds.Lesson(Controller, 0, 0)
    lesson.learn(250)
    lesson.mean_return()
    from tutorials.homework.capstone.measure import LEARNING

    assert lesson.steps == LEARNING["agent"].observed == 250


def test_too_slow_an_agent_is_stopped(capstone, monkeypatch):
    monkeypatch.setattr(capstone, "SECONDS", 0.0)
    with called("too_slow"):
        capstone.learns(Controller, steps=200, mark=0.0)


@pytest.mark.parametrize(
    "action", [np.nan, np.inf, None, "left", [1.0, 2.0], [[1.0]]], ids=lambda a: str(a)
)
def test_what_is_no_action_is_not_right(action, capstone):
    class Odd(Controller):
        def explore(self, observation):
            return action if action is None or isinstance(action, str | list) else [action]

    with pytest.raises(NotRight):
        capstone.learns(Odd, steps=10, mark=0.0)
