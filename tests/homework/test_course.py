"""A course of many: rosters, names as learning platforms write them, grades on their way back."""

import csv
import zipfile
from collections import Counter

import pytest

pytest.importorskip("jupytext", reason="the homework's tools are not installed: .[tutorials]")

import tutorials.homework.__main__ as command
from tests.errors import refused
from tutorials.homework import kept
from tutorials.homework.collect import find_submissions
from tutorials.homework.export import names_in_moodle, write_canvas, write_moodle
from tutorials.homework.grade import Question, Result
from tutorials.homework.questions import QUESTION, with_overlay
from tutorials.homework.roster import named, owner, read_roster

CANVAS = """Student,ID,SIS User ID,SIS Login ID,Section,replay (77),Final Score
    Points Possible,,,,,20,(read only)
"Lovelace, Ada",4711,u1,ada,A,,
"Noether, Emmy",4712,u2,emmy,B,,
"Student, Test",,,,A,,
"""
MOODLE = """Identifier,Full name,Email address,Status,Grade
Participant 81,Ada Lovelace,ada@example.org,Submitted,
Participant 82,Ren\u00e9 Descartes,rene@example.org,No submission,
"""
PARTICIPANTS = "First name,Last name,ID number\nAda,Lovelace,u1\nEmmy,Noether,u2\n"
MOODLES_PLUGIN = "assignsubmission", "file"
SPREADSHEET = 'id;name\r\n0012;Ada Lovelace\r\n0013;"Leo ""Fox"" O\'Brien, jr; M.A."\r\n'
OWN = "id,name,group\n1,Li Wei,A\n2,Li Wei,B\n3,Emmy Noether,B\n"


@pytest.fixture
def roster(tmp_path):
    """A function (text) -> the people of a roster with that text."""

    def read(text, encoding="utf-8-sig"):
        (tmp_path / "roster.csv").write_text(text, encoding=encoding)
        return read_roster(tmp_path / "roster.csv")

    return read


@pytest.mark.parametrize(
    ("text", "people"),
    [
        (CANVAS, [("4711", "Lovelace, Ada"), ("4712", "Noether, Emmy")]),
        (MOODLE, [("81", "Ada Lovelace"), ("82", "Ren\u00e9 Descartes")]),
        (PARTICIPANTS, [("u1", "Ada Lovelace"), ("u2", "Emmy Noether")]),
        (OWN, [("1", "Li Wei 1"), ("2", "Li Wei 2"), ("3", "Emmy Noether")]),
        (SPREADSHEET, [("0012", "Ada Lovelace"), ("0013", 'Leo "Fox" O\'Brien, jr; M.A.')]),
        (OWN.replace(",", "\t"), [("1", "Li Wei 1"), ("2", "Li Wei 2"), ("3", "Emmy Noether")]),
        ("ada\n\nrene\u0301\n", [("ada", "ada"), ("ren\u00e9", "ren\u00e9")]),
    ],
)
def test_rosters_are_read_as_they_are_exported(text, people, roster):
    for encoding in ("utf-8", "utf-8-sig", "utf-16"):
        assert [(person.id, person.name) for person in roster(text, encoding)] == people


@pytest.mark.parametrize(
    "text",
    ["", "id,name\n1,a\n1,b\n", "ada\nada\n", "../ada\n", "mark,sum\n1,2\n", "id,name\n1,\n"],
)
def test_what_is_no_roster_is_refused(text, roster):
    with refused(ValueError, "roster.csv"):
        roster(text)


def test_a_roster_in_another_encoding_is_refused(roster):
    with refused(ValueError, "roster.csv", "UTF-8"):
        roster("Ren\u00e9\n", "latin-1")


@pytest.mark.parametrize(
    ("stem", "name", "identity", "system"),
    [
        ("Ada Lovelace_4711_assignsubmission_file", "Ada Lovelace", "4711", "moodle"),
        ("Ada Lovelace_4711_assignsubmission_file_", "Ada Lovelace", "4711", "moodle"),
        ("Ada Lovelace_4711_assignsubmission_file_replay", "Ada Lovelace", "4711", "moodle"),
        ("Ada Lovelace_4711_assignsubmission_onlinetext", "Ada Lovelace", "4711", "moodle"),
        ("lovelaceada_4711_98765_replay", "lovelaceada", "4711", "canvas"),
        ("lovelaceada_LATE_4711_98765_replay-1", "lovelaceada", "4711", "canvas"),
        ("rene\u0301", "ren\u00e9", "", ""),
        ("ada_lovelace_2", "ada_lovelace_2", "", ""),
    ],
)
def test_a_files_name_says_whose_it_is(stem, name, identity, system):
    found = named(stem)
    assert (found.name, found.id, found.system) == (name, identity, system)


@pytest.mark.parametrize(
    ("stem", "id_found"),
    [
        ("lovelaceada_4711_98765_replay", "4711"),
        ("lovelaceada_1_98765_replay", "4711"),
        ("Ada Lovelace", "4711"),
        ("ada-lovelace", "4711"),
        ("Ada Lovelace (1)", "4711"),
        ("4712(2)", "4712"),
        ("4712", "4712"),
        ("somebody", None),
        ("", None),
    ],
)
def test_a_file_finds_its_owner_by_id_or_by_name(stem, id_found, roster):
    person = owner(named(stem), roster(CANVAS))
    assert (None if person is None else person.id) == id_found


def test_two_of_one_name_are_told_apart_by_their_ids_alone(roster):
    people = roster(OWN)
    assert owner(named("Li Wei_2_assignsubmission_file"), people).name == "Li Wei 2"
    assert owner(named("Li Wei"), people) is None


def test_a_class_is_collected_with_its_roster(roster, tmp_path):
    folder = tmp_path / "in"
    folder.mkdir()
    for name in (
        "lovelaceada_4711_5_replay.ipynb",
        "lovelaceada_LATE_4711_9_replay-1.ipynb",
        "noetheremmy_4712_6_notes.docx",
        "homework final (2).ipynb",
    ):
        (folder / name).write_text("{}")
    found = {s.student: s for s in find_submissions(folder, roster(CANVAS))}
    assert found["Lovelace, Ada"].file.name == "lovelaceada_LATE_4711_9_replay-1.ipynb"
    assert found["Lovelace, Ada"].remarks == ()
    assert found["Noether, Emmy"].file is None
    assert found["homework final (2)"].file is not None
    assert found["homework final (2)"].remarks
    without = {s.student for s in find_submissions(folder)}
    assert without == {"lovelaceada", "noetheremmy", "homework final (2)"}


def test_a_file_that_was_saved_again_is_its_owners_second(roster, tmp_path):
    folder = tmp_path / "in"
    folder.mkdir()
    for name in ("Ada Lovelace.ipynb", "Ada Lovelace (1).ipynb", "Emmy Noether (2).ipynb"):
        (folder / name).write_text("{}")
    found = {s.student: s for s in find_submissions(folder, roster(CANVAS))}
    assert set(found) == {"Lovelace, Ada", "Noether, Emmy"}
    assert found["Noether, Emmy"].file.name == "Emmy Noether (2).ipynb"
    assert found["Lovelace, Ada"].file is None
    assert "Ada Lovelace (1).ipynb" in found["Lovelace, Ada"].problem


def result(student, score):
    return Result(student, [Question("q1", score, 20)])


def test_canvas_gets_back_its_own_columns(roster, tmp_path):
    write_canvas([result("Lovelace, Ada", 17.5)], roster(CANVAS), "replay", tmp_path / "c.csv")
    rows = list(csv.reader((tmp_path / "c.csv").open()))
    assert rows == [
        ["Student", "ID", "SIS User ID", "SIS Login ID", "Section", "replay (77)"],
        ["Points Possible", "", "", "", "", "20"],
        ["Lovelace, Ada", "4711", "u1", "ada", "A", "17.5"],
        ["Noether, Emmy", "4712", "u2", "emmy", "B", ""],
    ]


def test_what_was_not_graded_has_no_grade_in_canvas(roster, tmp_path):
    unreadable = Result("Lovelace, Ada", [Question("q1", 0, 20)], ["two files"])
    unanswered = Result("Noether, Emmy", [Question("q1", 0, 20, remarks=["not answered"])])
    write_canvas([unreadable, unanswered], roster(CANVAS), "replay", tmp_path / "c.csv")
    rows = list(csv.reader((tmp_path / "c.csv").open()))
    assert [row[5] for row in rows[2:]] == ["", "0"]


def test_moodle_gets_back_its_own_folders(tmp_path):
    pages = tmp_path / "students"
    pages.mkdir()
    (pages / "Ada.md").write_text("17 points")
    files = {"Ada": named("Ada Lovelace_81_assignsubmission_file_"), "bob": named("bob")}
    write_moodle(
        names_in_moodle([], files),
        [result("Ada", 17), result("bob", 3)],
        pages,
        tmp_path / "moodle",
    )
    with zipfile.ZipFile(tmp_path / "moodle.zip") as files:
        (file,) = [name for name in files.namelist() if not name.endswith("/")]
    assert named(file.split("/")[0]).id == "81"
    # before 4.1 its importer wants four underscores, which later ones allow
    assert file.split("/")[0].split("_", 4) == ["Ada Lovelace", "81", *MOODLES_PLUGIN, ""]
    assert (tmp_path / "moodle" / file).read_text() == "17 points"


def test_a_loose_file_has_its_number_in_moodle_from_the_worksheet(roster):
    files = {"Ren\u00e9 Descartes": named("rene\u0301"), "bob": named("bob")}
    numbers = {who: name.id for who, name in names_in_moodle(roster(MOODLE), files).items()}
    assert numbers == {"Ada Lovelace": "81", "Ren\u00e9 Descartes": "82"}


@pytest.fixture
def graded(tmp_path, monkeypatch):
    """A function that grades a folder of two by the command line: who was marked, how often."""
    counts = Counter()
    archive = tmp_path / "td3" / "autograder.zip"
    archive.parent.mkdir()
    with zipfile.ZipFile(archive, "w") as files:
        files.writestr("otter_config.json", '{"assignment_name": "td3-0"}')
        files.writestr("tests/q1.py", "name = 'q1'\npoints = [20]\n")
    (tmp_path / "in").mkdir()
    for student in ("ada", "bob"):
        (tmp_path / "in" / f"{student}.py").write_text("x = 1\n")

    def grade_all(pairs, limits, jobs, done):
        for place, (submission, _) in enumerate(pairs):
            if submission.file.read_text().startswith("Ctrl-C"):
                raise KeyboardInterrupt
            counts[submission.student] += 1
            score = 0 if "unreadable" in submission.file.read_text() else 7
            done(place, result(submission.student, score))

    def run(*options, code=0):
        folders = [str(tmp_path / name) for name in ("td3", "in")]
        assert command.main(["grade", *folders, "--out", str(tmp_path / "out"), *options]) == code
        return dict(counts)

    monkeypatch.setattr(command, "grade_all", grade_all)
    return run


def test_only_what_has_changed_is_graded_again(graded, tmp_path, capsys):
    assert graded() == {"ada": 1, "bob": 1}
    assert graded() == {"ada": 1, "bob": 1}
    (tmp_path / "in" / "bob.py").write_text("x = 2\n")
    assert graded() == {"ada": 1, "bob": 2}
    assert graded("--seconds", "9") == {"ada": 2, "bob": 3}, "other limits, other results"
    assert graded("--seconds", "9", "--again") == {"ada": 3, "bob": 4}
    with zipfile.ZipFile(tmp_path / "td3" / "autograder.zip", "a") as files:
        files.writestr("files/hidden.py", "")
    assert graded("--seconds", "9") == {"ada": 4, "bob": 5}, "other tests, other results"
    with (tmp_path / "out" / "summary.csv").open() as file:
        assert [row["score"] for row in csv.DictReader(file)] == ["7", "7"]
    assert "1 unchanged" in capsys.readouterr().out


def test_an_interruption_loses_nothing(graded, tmp_path, capsys):
    (tmp_path / "in" / "bob.py").write_text("Ctrl-C\n")
    assert graded(code=130) == {"ada": 1}
    assert "kept" in capsys.readouterr().err
    (tmp_path / "in" / "bob.py").write_text("x = 2\n")
    assert graded() == {"ada": 1, "bob": 1}


def test_what_was_not_graded_is_tried_again(graded, tmp_path):
    (tmp_path / "in" / "bob.py").write_text("unreadable\n")
    assert graded() == {"ada": 1, "bob": 1}
    assert graded() == {"ada": 1, "bob": 2}


def test_a_spoilt_file_of_former_results_is_no_obstacle(tmp_path):
    for content in ("{", "[]", '{"k": {}}', '{"k": {"questions": [{"x": 1}]}}'):
        (tmp_path / kept.NAME).write_text(content)
        assert kept.read(tmp_path) == {}


def test_who_handed_in_nothing_is_listed_and_has_no_grade(graded, tmp_path):
    (tmp_path / "roster.csv").write_text("id,name\n1,ada\n2,bob\n3,cy\n")
    graded("--roster", str(tmp_path / "roster.csv"))
    assert "\n- cy\n" in (tmp_path / "out" / "summary.md").read_text()
    rows = list(csv.reader((tmp_path / "out" / "canvas.csv").open()))
    assert [(row[0], row[5]) for row in rows[2:]] == [("ada", "7"), ("bob", "7"), ("cy", "")]


BLOCK = """<!-- #raw -->
# BEGIN QUESTION
name: {name}
points: [0, {points}]
<!-- #endraw -->

{text}

<!-- #raw -->
# END QUESTION
<!-- #endraw -->
"""


def test_an_overlays_questions_take_the_place_of_those_of_their_number(tmp_path):
    def block(name, text):
        return BLOCK.format(name=name, points=2, text=text)

    config = "files:\n  - checks.py\n  - checking.py\n"
    text = config + block("q1_a", "first") + "between\n" + block("q2_b", "second") + "the end\n"
    questions = "Not in a question.\n" + block("q2_mine", "mine") + block("q3_more", "more")
    (tmp_path / "questions.md").write_text(questions)
    (tmp_path / "own_checks.py").touch()
    merged = with_overlay(text, tmp_path)
    assert [found["number"] for found in QUESTION.finditer(merged)] == ["1", "2", "3"]
    assert "second" not in merged and "Not in" not in merged
    assert merged.index("between") < merged.index("mine") < merged.index("more")
    assert merged.endswith("the end\n")
    assert "  - own_checks.py\n" in merged
    assert with_overlay(text, tmp_path / "none") == with_overlay(text, None) == text
