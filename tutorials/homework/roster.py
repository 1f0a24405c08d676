"""Who is in the course: a file of names, or a CSV file as Canvas and Moodle export them.

The columns may be parted by commas, or as a spreadsheet writes them where the comma is taken: by
semicolons or tabs.

names, a line each
id,name                     of one's own making; further columns are kept
Student,ID,...              Canvas: the gradebook's export
Identifier,Full name,...    Moodle: the grading worksheet of an assignment
First name,Last name,...    Moodle: the list of participants, with its ID number if it has one
"""

import csv
import re
import unicodedata
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from ddpg_tf.sandbox.cleaning import clean
from tutorials.homework.isolate import decoded

EXPECTED = (
    "a name a line, or a CSV file with the columns id and name, or Canvas's or Moodle's export"
)
MOODLE = re.compile(r"(?P<name>[^_]+)_(?P<id>\d+)_assign\w+?_(file|onlinetext)(_.*)?")
"""What Moodle makes of a name: `Ada Lovelace_4711_assignsubmission_file`, a folder or a prefix."""
CANVAS = re.compile(r"(?P<name>[^_]+)_(LATE_)?(?P<id>\d+)_(?P<number>\d+)_.+")
"""What Canvas makes of a name: `lovelaceada_LATE_4711_98765_replay`."""


AGAIN = re.compile(r" ?\(\d+\)$")
"""What browsers append to a name that is taken: `ada (1)`."""


@dataclass(frozen=True)
class Person:
    """Somebody on the roster. name: as reports and folders have it. row: the file's columns."""

    id: str
    name: str
    row: Mapping[str, str] = field(default_factory=dict, compare=False)


@dataclass(frozen=True)
class Named:
    """What a submitted file's name says: a name, and in an export an id and the system's word."""

    name: str
    id: str = ""
    system: str = ""
    number: int = 0


def read_roster(file: Path) -> list[Person]:
    """Read a roster. Raises ValueError for what cannot be told apart, or is no roster."""
    try:
        text = decoded(file.read_bytes())
    except OSError as error:
        raise ValueError(f"{file}: {error.strerror}; expected {EXPECTED}") from None
    except ValueError as error:
        raise ValueError(f"{file}: {error}, in a spreadsheet 'CSV UTF-8'") from None
    lines = [normal(line) for line in text.splitlines() if line.strip()]
    mark = max(",;\t", key=lines[0].count) if lines else ","
    header = next(csv.reader(lines[:1], delimiter=mark), [])
    if len(header) > 1:
        table = csv.DictReader(lines, delimiter=mark)
        rows = [{k: (v or "").strip() for k, v in row.items() if k} for row in table]
        people = [person for row in rows if (person := person_of(row)) is not None]
        if rows and not people:
            raise ValueError(f"{file} has the columns {', '.join(header)}; expected {EXPECTED}")
    else:
        people = [Person(line.strip(), line.strip()) for line in lines]
    if not people:
        raise ValueError(f"{file} holds no names; expected {EXPECTED}")
    return told_apart(people, file)


def person_of(row: Mapping[str, str]) -> Person | None:
    """The person of a row of a CSV file; None if the row is nobody's."""
    low = {name.strip().lower(): value for name, value in row.items()}
    if "identifier" in low and "full name" in low:
        number = re.search(r"\d+$", low["identifier"])
        return Person(number[0] if number else "", low["full name"], row)
    if (
        "student" in low and "id" in low
    ):  # below the header Canvas has the points, and may have a test
        return Person(low["id"], low["student"], row) if low["id"] else None
    if "first name" in low:
        last = low.get("last name") or low.get("surname", "")
        identity = low.get("id number") or low.get("id") or low.get("email address", "")
        return Person(identity, f"{low['first name']} {last}".strip(), row)
    if "id" in low and "name" in low:
        return Person(low["id"], low["name"], row)
    return None


def told_apart(people: Sequence[Person], file: Path) -> list[Person]:
    """The people with names that can be folders', each once: two of one name get their ids.

    Raises ValueError for a name or an id that is there twice, and for one that is no folder's name.
    """
    times = Counter(person.name for person in people)
    ids = Counter(person.id for person in people)
    found = []
    for person in people:
        if ids[person.id] > 1:
            raise ValueError(
                f"{person.id!r} is in {file} more than once; give each an id of its own"
            )
        name = person.name if times[person.name] == 1 else f"{person.name} {person.id}"
        if (
            not name
            or Path(name).name != name
            or name.startswith((".", "__"))
            or clean(name) != name
        ):
            raise ValueError(f"{name!r} in {file} cannot be the name of a student's folder")
        found.append(Person(person.id, name, person.row))
    return found


def normal(text: str) -> str:
    """Text in composed Unicode, as everything but a Mac's file names has it."""
    return unicodedata.normalize("NFC", text)


def named(stem: str) -> Named:
    """What the name of a submitted file or folder says, without its suffix."""
    stem = normal(stem)
    if found := MOODLE.fullmatch(stem):
        return Named(found["name"], found["id"], "moodle")
    if found := CANVAS.fullmatch(stem):
        return Named(found["name"], found["id"], "canvas", int(found["number"]))
    return Named(stem)


def owner(given: Named, people: Sequence[Person]) -> Person | None:
    """Whose file it is: by its id, else by its name in any order of its parts; None if unknown.

    If nobody has the name, it is looked for without what browsers append to it.
    """
    wanted = {given.id, given.name} - {""}
    by_id = [person for person in people if person.id and person.id in wanted]
    if len(by_id) == 1:
        return by_id[0]
    key = letters(given.name)
    by_name = [person for person in people if key and key in keys(person)]
    if not by_name and AGAIN.search(given.name):
        return owner(replace(given, name=AGAIN.sub("", given.name)), people)
    return by_name[0] if len(by_name) == 1 else None


def keys(person: Person) -> set[str]:
    """The spellings of a person's name: as it is, and family name first, as Canvas writes it."""
    last, comma, first = person.name.partition(",")
    words = [first, last] if comma else person.name.split()
    turned = [*words[-1:], *words[:-1]]
    return {letters(person.name), letters("".join(words)), letters("".join(turned))}


def letters(text: str) -> str:
    """Letters and digits alone, in lower case, without accents."""
    plain = unicodedata.normalize("NFKD", text).casefold()
    return "".join(character for character in plain if character.isalnum())
