"""The command line's errors, and the reports, without Otter."""

import csv

import matplotlib.pyplot as plt
import pytest

pytest.importorskip("jupytext", reason="the homework's tools are not installed: .[tutorials]")

from tutorials.homework.__main__ import main
from tutorials.homework.grade import Question, Result, failures, question
from tutorials.homework.report import class_figure, write_reports
from tutorials.homework.variants import render


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["build", "chess"], "no assignment 'chess'; there are replay, gradient"),
        (["build", "replay", "--variant", "-1"], "a variant is a number from 0 on"),
        (["build", "replay", "--students", "nobody.txt"], "nobody.txt"),
        (["grade", "replay", "nowhere"], "'nowhere' is no folder"),
        (["grade", "replay", "{tmp}"], "no submission in"),
        (["grade", "{tmp}", "{tmp}", "--jobs", "0"], "--jobs must be 1 or more"),
    ],
)
def test_a_users_mistake_is_told_in_one_line(arguments, says, tmp_path, capsys):
    arguments = [argument.format(tmp=tmp_path) for argument in arguments]
    assert main([*arguments, "--out", str(tmp_path / "out")]) == 2
    error = capsys.readouterr().err
    assert says in error and error.count("\n") == 1
    assert not (tmp_path / "out").exists()


def test_a_submission_without_a_build_is_a_users_mistake(tmp_path, capsys):
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "ada.ipynb").touch()
    assert main(["grade", str(tmp_path / "x"), str(tmp_path / "in"), "--out", str(tmp_path)]) == 2
    assert "no autograder.zip for 'ada'" in capsys.readouterr().err


def test_a_placeholder_without_a_value_is_refused():
    with pytest.raises(ValueError, match="<<speed>>"):
        render("about <<speed>>", {"gamma": 1})


OUTPUT = """q4 results:
    q4 - 1 result:
        ✅ Test case passed

    q4 - 2 result:
        ❌ Test case failed
        Error at line 16 in test q4:
              hidden.f(f)
        Mistake: [no_mask] After a termination
        nothing follows.

    q4 - 3 result:
        ❌ Test case failed
        Error at line 20 in test q4:
              hidden.g(g)
        NotRight: g: shape (3,), expected (2,)"""


def test_otters_text_is_taken_apart():
    assert failures(OUTPUT) == [
        ("Mistake", "[no_mask] After a termination nothing follows."),
        ("NotRight", "g: shape (3,), expected (2,)"),
    ]
    found = question({"name": "q4", "score": 1, "max_score": 4, "output": OUTPUT})
    assert found.mistakes == {"no_mask": "After a termination nothing follows."}
    assert found.remarks == ["g: shape (3,), expected (2,)"]


def test_a_students_error_text_cannot_name_a_mistake():
    text = OUTPUT.replace("NotRight: g: ", "NotRight: g: raised Mistake: [x] ")
    assert set(question({"name": "q", "score": 0, "max_score": 1, "output": text}).mistakes) == {
        "no_mask"
    }


@pytest.fixture
def results():
    return [
        Result("ada", [Question("q1", 4, 4), Question("q2", 2, 2)]),
        Result(
            "bob", [Question("q1", 1, 4, {"no_mask": "Look."}), Question("q2", 0, 2, {}, ["?"])]
        ),
        Result("eve", [Question("q1", 1, 4, {"no_mask": "Look."}), Question("q2", 2, 2)], ["slow"]),
    ]


def test_the_reports_hold_the_points_and_the_mistakes(results, tmp_path):
    write_reports(results, "replay", tmp_path)
    with (tmp_path / "summary.csv").open() as file:
        rows = list(csv.DictReader(file))
    assert [(row["student"], row["score"], row["q1"], row["mistakes"]) for row in rows] == [
        ("ada", "6", "4", ""),
        ("bob", "1", "1", "q1:no_mask"),
        ("eve", "3", "1", "q1:no_mask"),
    ]
    assert "Mean 3.3 of 6 points" in (tmp_path / "summary.md").read_text()
    assert "- `q1`: **no mask**. Look." in (tmp_path / "students" / "bob.md").read_text()
    assert "- slow" in (tmp_path / "students" / "eve.md").read_text()
    assert "What to look at" not in (tmp_path / "students" / "ada.md").read_text()


def test_the_figure_counts_points_and_mistakes(results):
    figure = class_figure(results, "replay")
    points, mistakes = figure.axes
    assert [bar.get_height() for bar in points.patches] == [0, 1, 0, 1, 0, 0, 1]
    assert [bar.get_width() for bar in mistakes.patches] == [2]
    assert [label.get_text() for label in mistakes.get_yticklabels()] == ["q1: no mask"]
    plt.close(figure)
