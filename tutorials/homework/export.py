"""Grades for the learning platform: a gradebook for Canvas, a folder of feedback for Moodle."""

import csv
import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path

from tutorials.homework.grade import Result
from tutorials.homework.roster import Named, Person

CANVAS_COLUMNS = ("Student", "ID", "SIS User ID", "SIS Login ID", "Section")
"""What Canvas tells students by; it ignores the empty ones."""
UTF_8 = {"encoding": "utf-8", "errors": "backslashreplace"}


def write_canvas(
    results: Sequence[Result], people: Sequence[Person], title: str, path: Path
) -> None:
    """Write a gradebook that Canvas imports: a row for each person, empty where nothing was graded.

    title: the name of the assignment's column. One in the roster that begins so is taken instead,
    as it has Canvas's number in it: `replay (123)`.
    """
    scores = {result.student: f"{result.score:g}" for result in results if result.was_run}
    columns = list(people[0].row)
    column = next((name for name in columns if is_column_of(title, name)), title)
    points = max(result.points for result in results)
    with path.open("w", newline="", **UTF_8) as file:
        table = csv.writer(file)
        table.writerow([*CANVAS_COLUMNS, column])
        table.writerow(["Points Possible", "", "", "", "", f"{points:g}"])
        for person in people:
            row = {"Student": person.name, "ID": person.id, **person.row}
            score = scores.get(person.name, "")
            table.writerow([*(row.get(name, "") for name in CANVAS_COLUMNS), score])


def is_column_of(title: str, name: str) -> bool:
    """Whether a column of Canvas's gradebook is that of an assignment: its name, and a number."""
    return name == title or name.startswith(f"{title} (")


def names_in_moodle(people: Sequence[Person], files: Mapping[str, Named]) -> dict[str, Named]:
    """Each student's name and number in Moodle: of the files' names, else of Moodle's worksheet."""
    by_roster = {
        person.name: Named(person.name.replace("_", " "), person.id, "moodle")
        for person in people
        if "Identifier" in person.row
    }
    return by_roster | {who: name for who, name in files.items() if name.system == "moodle"}


def write_moodle(
    names: Mapping[str, Named], results: Sequence[Result], pages: Path, out: Path
) -> None:
    """Write the students' pages to folders, and a zip of them, as Moodle takes feedback back.

    names: of `names_in_moodle`. pages: the folder of the students' pages.
    """
    shutil.rmtree(out, ignore_errors=True)
    for result in results:
        name = names.get(result.student)
        if name is not None:
            # Moodle before 4.1 wants the last underscore, and the later ones allow it
            folder = out / f"{name.name}_{name.id}_assignsubmission_file_"
            folder.mkdir(parents=True)
            shutil.copy(pages / f"{result.student}.md", folder / "feedback.md")
    if out.is_dir():
        shutil.make_archive(str(out), "zip", out)
