"""The command line's errors, and the reports, without Otter."""

import csv
import re
import subprocess
import zipfile

import matplotlib.pyplot as plt
import pytest
from matplotlib.colors import to_hex

pytest.importorskip("jupytext", reason="the homework's tools are not installed: .[tutorials]")

import tutorials.homework.grade as grading
from ddpg_tf.sandbox import processes
from tests.homework.conftest import HOMEWORK
from tutorials.homework.__main__ import main
from tutorials.homework.build import check_request
from tutorials.homework.collect import Submission
from tutorials.homework.grade import (
    Question,
    Result,
    grade_all,
    question,
)
from tutorials.homework.report import class_figure, prepare, student_page, write_reports
from tutorials.homework.variants import render


def run(arguments):
    """The exit code of the command line."""
    try:
        return main(arguments)
    except SystemExit as ending:
        return ending.code


@pytest.mark.parametrize("precious", ["notes.txt", "student/thesis.txt", "autograder.zip/x"])
def test_a_folder_that_is_no_build_is_never_deleted(precious, tmp_path, capsys):
    file = tmp_path / "replay" / precious
    file.parent.mkdir(parents=True)
    file.touch()
    if precious == "notes.txt":
        (tmp_path / "replay" / "autograder.zip").touch()
    assert run(["build", "replay", "--out", str(tmp_path)]) == 2
    error = capsys.readouterr().err
    assert str(tmp_path / "replay") in error
    assert error.count("\n") == 1
    assert file.exists()


def test_a_former_build_may_be_replaced(tmp_path):
    for name in ("student", "plain", "solution"):
        (tmp_path / name).mkdir()
    (tmp_path / "autograder.zip").touch()
    check_request("replay", tmp_path, 0)
    check_request("replay", tmp_path / "new", 0)


def test_reports_cannot_go_where_a_file_is(tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises(ValueError):
        prepare(tmp_path / "file")


def test_a_placeholder_without_a_value_is_refused():
    with pytest.raises(ValueError):
        render("about <<speed>>", {"gamma": 1})


def marks(*failures):
    """A question's marks with failures of (kind, text)."""
    found = [{"kind": kind, "text": text, "hidden": True} for kind, text in failures]
    return {"name": "q4", "score": 1.0, "points": 4.0, "failures": found}


def test_a_questions_failures_are_sorted_by_their_kind():
    named = "[no_mask] After a termination nothing follows.\nequation: y = r"
    found = question(
        marks(
            ("Mistake", named),
            ("Finding", "[late] Too late."),
            ("NotRight", "g: shape [3], expected [2]"),
            ("AssertionError", "g: shape [3], expected [2]"),
            ("KeyError", "[x] y"),
        )
    )
    assert found.mistakes == {"no_mask": named.removeprefix("[no_mask] ")}
    assert found.findings == {"late": "Too late."}
    assert found.remarks == ["g: shape [3], expected [2]", "[x] y"]
    assert not found.is_unnamed
    assert question(marks(("NotRight", "off"))).is_unnamed


def test_questions_are_in_the_order_of_their_numbers(tmp_path):
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as files:
        for name in ("q10_c", "q2_b", "q1_a"):
            files.writestr(f"tests/{name}.py", f"name = {name!r}\npoints = [1]")
    (result,) = grade_all([(Submission("bob", None, "empty"), tmp_path / "a.zip")])
    assert [each.name for each in result.questions] == ["q1_a", "q2_b", "q10_c"]


def test_whatever_goes_wrong_is_one_students_problem(tmp_path, monkeypatch):
    def fail(file, archive, limits, marker):
        raise RuntimeError("a bug\x1b[0m\nof ours")

    with zipfile.ZipFile(tmp_path / "a.zip", "w") as files:
        files.writestr("tests/q1.py", "name = 'q1'\npoints = [1, 2]")
    monkeypatch.setattr(grading, "grade_file", fail)
    bob = Submission("bob", None, "empty", remarks=("unknown",))
    given, kept = [Submission("ada", tmp_path / "x.ipynb"), bob], {}
    results = grade_all([(each, tmp_path / "a.zip") for each in given], done=kept.__setitem__)
    assert kept == dict(enumerate(results))
    assert [(r.student, r.score, r.points) for r in results] == [("ada", 0, 3), ("bob", 0, 3)]
    assert results[0].problems[0].endswith("RuntimeError: a bug of ours")
    assert results[1].problems == ["empty", "unknown"]


def test_an_interruption_ends_the_processes_and_starts_no_more(monkeypatch):
    def grade(seconds, *_):
        exit_codes.append(processes.run(["sleep", seconds]).returncode)

    def interrupt(place, result):
        raise KeyboardInterrupt

    exit_codes = []
    monkeypatch.setattr(grading, "grade", grade)
    with pytest.raises(KeyboardInterrupt):
        students = [(seconds, None) for seconds in ("0", "1000", "1000", "1000", "1000")]
        grade_all(students, jobs=2, done=interrupt)
    assert exit_codes[0] == 0
    assert set(exit_codes[1:]) == {-9}
    assert len(exit_codes) <= 3
    assert not processes.RUNNING


def test_a_students_error_text_cannot_name_a_mistake():
    found = question(marks(("NotRight", "g: raised Mistake: [x] y")))
    assert (found.mistakes, len(found.remarks)) == ({}, 1)


Q1, Q2 = "q1_targets", "q2_update"


@pytest.fixture
def results():
    hint = {"no_mask": "Look.\nequation: y = r"}
    return [
        Result("ada", [Question(Q1, 4, 4), Question(Q2, 2, 2)]),
        Result(
            "bob",
            [
                Question(Q1, 1, 4, hint, remarks=["the first", "the second"]),
                Question(Q2, 0, 2, remarks=["got <class 'int'>"]),
            ],
        ),
        Result(
            "eve",
            [Question(Q1, 1, 4, {"no_mask": "Look."}), Question(Q2, 2, 2, {}, {"late": "?"})],
            ["slow"],
        ),
    ]


def test_the_reports_hold_the_points_and_the_mistakes(results, tmp_path):
    write_reports(results, "replay", tmp_path)
    with (tmp_path / "summary.csv").open() as file:
        rows = list(csv.DictReader(file))
    assert [(row["student"], row["score"], row[Q1], row["mistakes"]) for row in rows] == [
        ("ada", "6", "4", ""),
        ("bob", "1", "1", f"{Q1}:no_mask"),
        ("eve", "3", "1", f"{Q1}:no_mask"),
    ]
    assert " 3.3 of 6 " in (tmp_path / "summary.md").read_text()
    bob = (tmp_path / "students" / "bob.md").read_text()
    assert "- Question 1, targets: **no mask**. Look.\n  - equation: y = r\n" in bob
    assert "- Question 1, targets: the first\n- Question 1, targets: the second\n" in bob
    assert "- Question 2, update: got \\<class 'int'>" in bob
    assert "- slow" in (tmp_path / "students" / "eve.md").read_text()
    assert (tmp_path / "students" / "ada.md").read_text().count("#") == 1


def test_names_and_texts_of_any_kind_are_written(tmp_path):
    names = ["a b|c", "[x](y)", "ren\udce9", "日本"]
    write_reports([Result(n, [Question("q", 0, 1)], ["\ud800"]) for n in names], "q", tmp_path)
    summary = (tmp_path / "summary.md").read_text(encoding="utf-8")
    assert r"| [a b\|c](students/a%20b%7Cc.md) |" in summary
    assert r"[\[x\](y)](students/%5Bx%5D%28y%29.md)" in summary
    assert "(students/ren%E9.md)" in summary
    page = (tmp_path / "students" / "ren\udce9.md").read_text(encoding="utf-8")
    assert r"- \ud800" in page


def test_what_was_not_graded_has_no_empty_heading(tmp_path):
    page = student_page(Result("ada", [Question("q", 0, 1)], ["unreadable"]), "replay")
    assert page.endswith("\n\n- unreadable\n")
    assert page.count("\n## ") == 1


def test_the_pages_of_a_former_report_are_removed(results, tmp_path):
    (tmp_path / "students").mkdir()
    (tmp_path / "students" / "own.md").touch()
    write_reports(results, "replay", tmp_path)
    assert (tmp_path / "students" / "own.md").exists(), "there was no former report"
    write_reports(results[:1], "replay", tmp_path)
    assert [page.name for page in (tmp_path / "students").iterdir()] == ["ada.md"]


def test_the_figure_counts_points_and_mistakes(results):
    figure = class_figure(results, "replay")
    points, mistakes = figure.axes
    assert [bar.get_height() for bar in points.patches] == [0, 1, 0, 1, 0, 0, 1]
    assert [bar.get_width() for bar in mistakes.patches] == [2, 1, 1]
    colors = ["#d55e00", "#999999", "#999999"]
    assert [to_hex(bar.get_facecolor()) for bar in mistakes.patches] == colors
    labels = [label.get_text() for label in mistakes.get_yticklabels()]
    assert labels == ["1 targets: no mask", "2 update", "2 update: late"]
    plt.close(figure)


def test_what_the_guides_commands_write_is_ignored_by_git(tmp_path):
    root = HOMEWORK.parents[1]
    guide = (HOMEWORK / "README.md").read_text()
    written = re.findall(r"(?:mkdir -p|--out|cp -r \S+) ([\w/.-]+)", guide)
    written += re.findall(r"\$PWD/([\w/.-]+):", guide)
    written = [f"{path}/x" for path in written if not path.startswith("/")]
    assert len(written) >= 5

    # in a repository of its own: an unpacked archive of ours is none
    subprocess.run(["git", "init", "--quiet", tmp_path], check=True)
    for rules in root / ".gitignore", HOMEWORK / ".gitignore":
        copy = tmp_path / rules.relative_to(root)
        copy.parent.mkdir(parents=True, exist_ok=True)
        copy.write_text(rules.read_text())
    command = ["git", "check-ignore", *written]
    ignored = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True)
    assert ignored.stdout.split() == written, ignored.stderr
