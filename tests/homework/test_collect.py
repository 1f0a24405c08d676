"""Which file is whose submission, and which tests it gets."""

import json
import zipfile

import pytest

pytest.importorskip("jupytext", reason="the homework's tools are not installed: .[tutorials]")

from tutorials.homework.collect import SUFFIXES, Submission, find_submissions, with_archives


def make(folder, *names):
    for name in names:
        path = folder / name
        (path if name.endswith("/") else path.parent).mkdir(parents=True, exist_ok=True)
        if not name.endswith("/"):
            path.touch()


def found_in(folder):
    """{student: the file's name, or the problem}."""
    return {
        submission.student: submission.file.name if submission.file else submission.problem
        for submission in find_submissions(folder)
    }


def refused(function, *arguments, names):
    """The error is a ValueError of one line that names what is wrong."""
    with pytest.raises(ValueError) as caught:
        function(*arguments)
    assert str(names) in str(caught.value)
    assert "\n" not in str(caught.value)


def test_submissions_are_files_or_folders_with_one_file(tmp_path):
    make(tmp_path, "ada.ipynb", "bob/homework.zip", "bob/notes.txt", "cy/repository/task.py")
    # what Jupyter and a Mac's zip leave behind is nobody's submission
    make(tmp_path, ".ipynb_checkpoints/ada-checkpoint.ipynb", "__MACOSX/bob.ipynb", "._ada.ipynb")
    make(tmp_path, "bob/._homework.zip", "bob/.ipynb_checkpoints/homework-checkpoint.ipynb")
    assert found_in(tmp_path) == {"ada": "ada.ipynb", "bob": "homework.zip", "cy": "task.py"}


def test_what_was_handed_out_and_comes_back_does_not_count(tmp_path):
    make(tmp_path, *(f"ada/student/{name}" for name in ("td3.ipynb", "checks.py", "checking.py")))
    make(tmp_path, *(f"bob/{name}" for name in ("task.py", "test_task.py", "checks.py")))
    make(tmp_path, "cy/td3.ipynb", "cy/td3_2026.zip", "cy/old/td3.ipynb", "checks.py")
    assert found_in(tmp_path) == {"ada": "td3.ipynb", "bob": "task.py", "cy": "td3.ipynb"}


def test_submissions_of_another_kind_are_problems_of_their_students(tmp_path):
    make(tmp_path, "ada.ipynb", "bob.docx", "cy/", "dan/one.ipynb", "dan/two.ipynb", "eve.ipynb/")
    found = found_in(tmp_path)
    assert found.pop("ada") == "ada.ipynb"
    assert set(found) == {"bob", "cy", "dan", "eve"}
    assert all(name in found["dan"] for name in ("one.ipynb", "two.ipynb"))
    assert all(name in found["bob"] for name in ("bob.docx", *SUFFIXES))
    assert found["cy"] == found["eve"] != found["bob"]


def test_of_many_files_a_few_are_named(tmp_path):
    make(tmp_path, "bob.ipynb", *(f"ada/{number}.ipynb" for number in range(40)))
    assert 3 <= found_in(tmp_path)["ada"].count(".ipynb") < 10


def test_a_folder_without_any_submission_is_refused(tmp_path):
    make(tmp_path, "photo.jpg")
    refused(find_submissions, tmp_path, names=tmp_path)


def autograder(path, assignment):
    path.parent.mkdir(parents=True, exist_ok=True)
    with zipfile.ZipFile(path, "w") as files:
        files.writestr("otter_config.json", json.dumps({"assignment_name": assignment}))
        files.writestr("tests/q1.py", "")


def test_a_students_own_variant_comes_first(tmp_path):
    autograder(tmp_path / "ada" / "autograder.zip", "td3-1")
    ada, bob = Submission("ada", tmp_path / "x.ipynb"), Submission("bob", tmp_path / "y.ipynb")
    (_, own), (problem, nothing) = with_archives([ada, bob], tmp_path)
    assert own == tmp_path / "ada" / "autograder.zip"
    assert nothing is None and problem.file is None and "ada" in problem.problem
    autograder(tmp_path / "autograder.zip", "td3-0")
    assert [archive.parent.name for _, archive in with_archives([ada, bob], tmp_path)] == [
        "ada",
        tmp_path.name,
    ]


def test_a_misnamed_file_is_the_students_whose_variant_it_is(tmp_path):
    for number, student in enumerate(("ada", "rene\u0301")):
        autograder(tmp_path / student / "autograder.zip", f"td3-{number}")
    names = {"final (2)": "td3-1", "other": "td3-7", "ada": "td3-0"}
    for name, assignment in names.items():
        content = {"cells": [], "metadata": {"otter": {"assignment_name": assignment}}}
        (tmp_path / "in" / name).with_suffix(".ipynb").parent.mkdir(exist_ok=True)
        (tmp_path / "in" / f"{name}.ipynb").write_text(json.dumps(content))
    pairs = with_archives(find_submissions(tmp_path / "in"), tmp_path)
    found = {submission.student: (submission.remarks, archive) for submission, archive in pairs}
    assert found["ren\u00e9"][1].parent.name == "rene\u0301"
    assert "final (2)" in found["ren\u00e9"][0][0]
    assert found["other"] == ((), None)
    assert found["ada"][0] == ()


def test_an_archive_that_is_no_autograder_is_refused(tmp_path):
    bob = [Submission("bob", tmp_path / "x.ipynb")]
    refused(with_archives, bob, tmp_path, names="autograder.zip")
    (tmp_path / "autograder.zip").write_text("PK")
    refused(with_archives, bob, tmp_path, names=tmp_path / "autograder.zip")
