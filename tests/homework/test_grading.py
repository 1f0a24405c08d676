"""Whole classes, through the real command line of Otter-Grader.

The assignments are built once, each class is graded once; the tests look at what came out.
"""

import csv
import json
import os
import shutil
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import pytest

pytest.importorskip("jupytext", reason="the homework's tools are not installed: .[tutorials]")
pytest.importorskip("otter", reason="Otter-Grader is not installed: .[tutorials]")

import nbformat
from nbclient import NotebookClient

from ddpg_tf.diagnosis import CATALOGUE
from tests.homework.classes import (
    CHEATS,
    SMALL_CLASS,
    UNREADABLE,
    cheating,
    hand_in_capstone,
    hand_in_gradient,
    hand_in_replay,
    plain_of,
)
from tests.homework.conftest import change
from tests.sizes import WHOLE
from tutorials.homework.__main__ import main
from tutorials.homework.build import ASSIGNMENTS, build
from tutorials.homework.environment import otter_environment
from tutorials.homework.grade import grade_folder
from tutorials.homework.isolate import Limits

pytestmark = pytest.mark.slow

POINTS = {"gradient": 24, "capstone": 50}
"""Of the assignments that have not 20."""
QUESTIONS = {"capstone": 9}
"""Of those that have not 7."""
SOLVED = ASSIGNMENTS if WHOLE else ("replay",)
"""The assignments whose solution and empty template are graded."""
HANDED_IN = ASSIGNMENTS if WHOLE else ("replay",)
"""Those whose solution a plain `otter run` grades."""

CHEATERS = ["all_cheats", *(CHEATS if WHOLE else [])]
"""Notebooks that try to get points without an answer."""


def in_class(*students):
    """Those of the students who are in the class: a small one by default."""
    return students if WHOLE else [s for s in students if s in SMALL_CLASS]


@dataclass
class Class:
    """Results by student."""

    results: dict

    def score(self, student):
        return self.results[student].score

    def question(self, student, name):
        return next(q for q in self.results[student].questions if q.name.endswith(name))


@pytest.fixture(scope="session")
def graded(built, tmp_path_factory):
    """{assignment: Class}, each class graded by two processes at a time."""
    folder = tmp_path_factory.mktemp("submissions")
    hand_in_replay(built, folder / "replay")
    for name in SOLVED:
        change(built / name / "solution" / f"{name}.ipynb", folder / name / "solved.ipynb")
        change(built / name / "student" / f"{name}.ipynb", folder / name / "empty.ipynb")
    if WHOLE:
        hand_in_gradient(built, folder / "gradient")
        hand_in_capstone(built, folder / "capstone")
    limits = {"gradient": Limits(), "capstone": Limits()}
    classes = {}
    for name in SOLVED:
        results = grade_folder(
            folder / name, built / name, limits.get(name, Limits(call_seconds=6)), jobs=2
        )
        classes[name] = Class({result.student: result for result in results})
    return classes


@pytest.mark.parametrize("assignment", SOLVED)
def test_the_solution_gets_full_marks(assignment, graded):
    result = graded[assignment].results["solved"]
    assert result.score == result.points == POINTS.get(assignment, 20)
    assert result.problems == []


@pytest.mark.parametrize("assignment", SOLVED)
def test_the_empty_template_gets_nothing(assignment, graded):
    result = graded[assignment].results["empty"]
    assert (result.score, len(result.questions)) == (0, QUESTIONS.get(assignment, 7))
    for question in result.questions:
        assert not question.mistakes
        assert not question.findings
        assert question.remarks


@pytest.mark.whole
def test_a_join_that_is_wrong_costs_its_points_alone(graded):
    """Pendulum is learnt all the same: nothing terminates there."""
    agent = graded["capstone"].question("truncation", "agent")
    assert set(agent.mistakes) == {"truncated_as_terminated"}
    assert graded["capstone"].score("truncation") == 50 - 4


@pytest.mark.whole
def test_a_faked_return_earns_nothing(graded):
    """A controller for the pendulum as it is, in a process where Gymnasium's rewards are 0."""
    agent = graded["capstone"].question("hand_made", "agent")
    assert "does_not_learn" in agent.mistakes
    assert graded["capstone"].score("hand_made") <= 50 - 7 - 4 - 4


def otter_run(archive, notebook, folder):
    """The points that a plain `otter run` gives, as on Gradescope."""
    folder.mkdir(parents=True)
    main = "from otter.cli import cli; cli()"
    command = [sys.executable, "-c", main, "run", "-a", archive, "-o", folder, notebook]
    environment = otter_environment(folder)
    subprocess.run(command, env=environment, capture_output=True, check=True, cwd=folder)
    tests = json.loads((folder / "results.json").read_text())["tests"]
    return sum(test.get("score", 0) for test in tests)


@pytest.fixture(scope="session")
def by_otter(built, tmp_path_factory):
    """The points of notebooks by a plain `otter run`: a solution, and what tries to cheat."""
    folder = tmp_path_factory.mktemp("otter")
    cheating(built, folder)
    notebooks = {name: ("replay", folder / f"{name}.ipynb") for name in CHEATERS}
    for name in HANDED_IN:
        notebooks[name] = name, built / name / "solution" / f"{name}.ipynb"

    def score(student):
        assignment, notebook = notebooks[student]
        return otter_run(built / assignment / "autograder.zip", notebook, folder / student)

    with ThreadPoolExecutor(2) as pool:
        return dict(zip(notebooks, pool.map(score, notebooks), strict=True))


@pytest.mark.parametrize("assignment", HANDED_IN)
def test_the_solution_gets_full_marks_by_otter_run(assignment, by_otter):
    assert by_otter[assignment] == POINTS.get(assignment, 20)


@pytest.mark.parametrize("cheat", CHEATERS)
def test_a_cheat_earns_nothing_by_otter_run(cheat, by_otter):
    assert by_otter[cheat] == 0


@pytest.mark.parametrize("cheat", CHEATERS)
def test_a_cheat_earns_nothing(cheat, graded):
    assert graded["replay"].score(cheat) == 0


def test_mistakes_are_named_with_their_hints(graded):
    targets = graded["replay"].question("truncation", "bellman_targets")
    assert set(targets.mistakes) == {"masks_truncated"}
    assert targets.score == 1, "the visible check does not see it"
    gradient = graded["replay"].question("truncation", "critic_gradient")
    assert set(gradient.mistakes) == {"no_factor_two"}
    assert graded["replay"].score("truncation") == 20 - 3 - gradient.points


@pytest.mark.whole
def test_mistakes_of_the_catalogue_are_named_with_their_hints(graded):
    named = {
        question.name: dict(question.mistakes)
        for question in graded["gradient"].results["wrong"].questions
        if question.mistakes
    }
    assert {name: list(mistakes) for name, mistakes in named.items()} == {
        "q2_output_gradients": ["sum_for_mean"],
        "q3_mean_q": ["wrong_sign"],
        "q4_symbolic_update": ["apply_gradients_without_minus"],
    }
    told, *further = named["q2_output_gradients"]["sum_for_mean"].splitlines()
    assert told.endswith(CATALOGUE["sum_for_mean"].hint)
    assert [line.partition(":")[0] for line in further][:2] == ["equation", "seen in"]


@pytest.mark.parametrize("student", in_class("crash", "loop"))
def test_a_crash_or_an_endless_loop_costs_its_own_question(student, graded):
    result = graded["replay"].results[student]
    assert graded["replay"].question(student, "bellman_targets").score == 0
    assert result.score == result.points - 4


@pytest.mark.parametrize("student", in_class("zipped", "plain"))
def test_zips_and_plain_files_are_graded_as_notebooks_are(student, graded):
    assert graded["replay"].score(student) == 20


def test_use_of_the_library_is_remarked(graded):
    problems = graded["replay"].results["all_cheats"].problems
    assert any("cell 2" in problem and "ddpg_tf" in problem for problem in problems)


def test_an_endless_loop_in_a_cell_costs_that_cell(graded):
    result = graded["replay"].results["endless"]
    assert result.score == result.points - 2
    (problem,) = result.problems
    assert "seconds" in problem
    assert graded["replay"].question("endless", "value_of_running").score == 0


@pytest.mark.parametrize("student", in_class("exit"))
def test_a_cell_that_exits_is_told_and_the_others_count(student, graded):
    result = graded["replay"].results[student]
    assert "cell 2" in result.problems[0]
    assert "SystemExit" in result.problems[0]
    # numpy was imported before the exit, the constants come after it
    assert graded["replay"].question(student, "bellman_targets").score == 4
    assert graded["replay"].question(student, "half_life").score == 0


@pytest.mark.parametrize("student", UNREADABLE)
def test_an_unreadable_file_is_a_problem_of_its_own(student, graded):
    result = graded["replay"].results[student]
    assert (result.score, result.points) == (0, 20)
    assert len(result.problems) == 1
    assert f"{student}.ipynb" in result.problems[0]


def test_a_directory_in_a_notebooks_place_is_a_problem_of_its_own(graded):
    result = graded["replay"].results["directory"]
    assert (result.score, result.points, len(result.problems)) == (0, 20, 1)


@pytest.mark.parametrize(
    "student", in_class("magics", "returned", "ren\u00e9", os.fsdecode(b"ren\xe9"))
)
def test_what_is_no_mistake_costs_nothing(student, graded):
    """Magics, the other files that were handed out, a file's name in another encoding."""
    result = graded["replay"].results[student]
    assert (result.score, result.problems) == (20, [])


def test_each_student_has_a_variant_and_another_ones_is_refused(tmp_path, capsys):
    (tmp_path / "names.txt").write_text("ada\nbob\n")
    command = ["build", "td3", "--students", str(tmp_path / "names.txt"), "--out", str(tmp_path)]
    assert main(command) == 0
    built = tmp_path / "td3"
    for student in ("ada", "bob"):
        change(built / "ada" / "solution" / "td3.ipynb", tmp_path / "in" / f"{student}.ipynb")
    assert main(["grade", str(built), str(tmp_path / "in"), "--out", str(tmp_path / "out")]) == 0
    assert capsys.readouterr().out.count("\n") == 2
    with (tmp_path / "out" / "summary.csv").open() as file:
        rows = {row["student"]: row for row in csv.DictReader(file)}
    assert (rows["ada"]["score"], rows["bob"]["score"]) == ("20", "0")
    assert rows["bob"]["problems"]
    assert "20 of 20" in (tmp_path / "out" / "students" / "ada.md").read_text()
    assert (tmp_path / "out" / "mistakes.png").stat().st_size > 10_000


def test_the_plain_files_fail_empty_and_pass_solved(built):
    plain = built / "replay" / "plain"
    assert sorted(file.name for file in plain.iterdir()) == [
        "README.md",
        "checking.py",
        "checks.py",
        "requirements.txt",
        "task.py",
        "test_task.py",
    ]
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider"]
    empty = subprocess.run(command, cwd=plain, capture_output=True, text=True)
    assert empty.returncode == 1
    assert "7 failed" in empty.stdout
    solution = built / "replay" / "solution" / "replay.ipynb"
    task = (plain / "task.py").read_text()
    (plain / "task.py").write_text(plain_of(solution))
    try:
        solved = subprocess.run(command, cwd=plain, capture_output=True, text=True)
    finally:
        (plain / "task.py").write_text(task)
    assert solved.returncode == 0, solved.stdout
    assert "7 passed" in solved.stdout


def test_what_students_get_holds_no_solution_and_no_hidden_test(built):
    files = [file for kind in ("student", "plain") for file in built.glob(f"*/{kind}/*")]
    assert files
    for file in files:
        for secret in ("SOLUTION", "hidden=True", "tutorials.homework"):
            assert secret not in file.read_text(), f"{secret} in {file}"


def test_a_master_whose_solution_fails_is_not_built(tmp_path, monkeypatch):
    import tutorials.homework.build as building

    text = building.render
    monkeypatch.setattr(
        building,
        "render",
        lambda *args: text(*args).replace("- TIME_LIMIT", "").replace("1 / (1 - GAMMA)", "1"),
    )
    with pytest.raises(ValueError) as caught:
        build("replay", tmp_path / "out")
    assert "value_of_running" in str(caught.value)
    assert "\n" not in str(caught.value)
    assert not (tmp_path / "out").exists()


def test_the_solution_runs_in_its_folder_and_passes_its_tests(built, tmp_path):
    """As a teacher runs it, in Jupyter, without this repository on the path."""
    folder = shutil.copytree(built / "replay" / "solution", tmp_path / "solution")
    notebook = nbformat.read(folder / "replay.ipynb", as_version=4)
    notebook.cells = [c for c in notebook.cells if "grader.export" not in c.source]
    client = NotebookClient(
        notebook, kernel_name="python3", resources={"metadata": {"path": folder}}
    )
    client.execute()
    assert str(notebook).count("results: All test cases passed!") == 7
