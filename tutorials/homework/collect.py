"""A folder of submissions -> whose they are, which file counts, and which tests it gets."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from ddpg_tf.sandbox.cleaning import clean
from tutorials.homework.archive import assignment_name, is_autograder
from tutorials.homework.roster import Named, Person, named, normal, owner

SUFFIXES = (".ipynb", ".zip", ".py")
"""What can be graded; of a student's files the first kind counts."""
EXPECTED = "a notebook (.ipynb), Otter's zip file of one (.zip) or the plain file (.py)"
HANDED_OUT = ("checks.py", "checking.py", "test_task.py", "own_checks.py", "README.md")
"""Files of ours that students send back."""
HANDED_OUT += ("requirements.txt",)


@dataclass(frozen=True)
class Submission:
    """What one student handed in: a file, or the problem that there is in its place.

    name: what the file's name said. remarks: what is odd about it, and no reason not to grade it.
    """

    student: str
    file: Path | None
    problem: str = ""
    name: Named | None = None
    remarks: tuple[str, ...] = ()


def find_submissions(folder: Path, people: Sequence[Person] = ()) -> list[Submission]:
    """Find the students' submissions: files NAME.ipynb, or folders NAME with such a file.

    NAME may be as Canvas or Moodle write it. people: the roster; a file that is nobody's on it is a
    submission all the same. Raises ValueError if there is nothing to grade.
    """
    if not folder.is_dir():
        unpack = ", unpacked" if folder.suffix.lower() == ".zip" else ""
        wanted = f"the folder of the submissions{unpack}"
        raise ValueError(f"{str(folder)!r} is not a folder; give {wanted}")
    found: dict[str, list[tuple[Named, list[tuple[int, Path]]]]] = {}
    for path in sorted(folder.iterdir()):
        if not is_left_behind(path):
            is_named = not path.is_dir() or path.suffix.lower() in SUFFIXES
            name = named(path.stem if is_named else path.name)
            person = owner(name, people)
            student = name.name if person is None else person.name
            found.setdefault(student, []).append((name, files_of(path)))
    submissions = []
    for student, entries in sorted(found.items()):
        for label, those in by_person(student, entries, people):
            name = those[-1][0]
            files = [file for each, files in newest(those) for file in files]
            remarks = remarks_on(student, people)
            submissions.append(replace(choose(label, files), name=name, remarks=remarks))
    if not any(submission.file for submission in submissions):
        raise ValueError(f"no submission in {str(folder)!r}; expected of each student {EXPECTED}")
    return submissions


def by_person(student: str, entries: Sequence, people: Sequence[Person]) -> list[tuple[str, list]]:
    """The files of one name: one student's, or several students' whose ids tell them apart."""
    ids = sorted({name.id for name, _ in entries})
    if any(person.name == student for person in people) or len(ids) < 2:
        return [(student, list(entries))]
    return [
        (f"{student} {identity}".strip(), [e for e in entries if e[0].id == identity])
        for identity in ids
    ]


def newest(entries: list) -> list:
    """Of several submissions of a student in Canvas's export, the last one."""
    last = max(name.number for name, _ in entries)
    return [entry for entry in entries if entry[0].number == last]


def remarks_on(student: str, people: Sequence[Person]) -> tuple[str, ...]:
    """What there is to say of a name, given the roster."""
    if not people or any(person.name == student for person in people):
        return ()
    return ("nobody on the roster has this name or id",)


def is_left_behind(path: Path) -> bool:
    """Whether a file is nobody's: Jupyter's and a Mac's (.ipynb_checkpoints, __MACOSX)."""
    return path.name.startswith((".", "__")) or path.name in HANDED_OUT


def files_of(path: Path) -> list[tuple[int, Path]]:
    """(how many folders down, file) for a file, or for all files of a folder."""
    if not path.is_dir():
        return [(0, path)]
    found = []
    for child in sorted(path.iterdir()):
        if not (is_left_behind(child) or child.is_symlink()):
            deeper = 1 if child.is_dir() else 0
            found += [(depth + deeper, file) for depth, file in files_of(child)]
    return found


def choose(student: str, files: list[tuple[int, Path]]) -> Submission:
    """Choose among a student's files: the first kind that there is, the least deep."""
    for suffix in SUFFIXES:
        those = [(d, f) for d, f in files if f.suffix.lower() == suffix and f.is_file()]
        top = [file for depth, file in those if depth == min(those)[0]]
        if len(top) == 1:
            return Submission(student, top[0])
        if top:
            problem = f"more than one submission: {named_few(top)}; keep one"
            return Submission(student, None, problem)
    names = named_few([file for _, file in files]) or "an empty folder"
    return Submission(student, None, f"cannot be graded: {names}; expected {EXPECTED}")


def named_few(files: Sequence[Path]) -> str:
    """The names of the first few files."""
    names = ", ".join(clean(file.name) for file in files[:3])
    return f"{names}, ..." if len(files) > 3 else names


def with_archives(
    submissions: Sequence[Submission], build: Path
) -> list[tuple[Submission, Path | None]]:
    """Pair each submission with its autograder zip: None, and a problem, if there is none for it.

    Where each student has a variant, a file that is nobody's by its name is the student's whose
    variant it is. Raises ValueError if `build` holds no autograder zip at all.
    """
    own = variants(build)
    common = build / "autograder.zip"
    if not own and not common.is_file():
        raise ValueError(f"no autograder.zip in {str(build)!r}; give the folder of a build")
    taken = {normal(submission.student) for submission in submissions}
    return [paired(submission, own, common, taken) for submission in submissions]


def paired(
    submission: Submission, own: dict[str, Path], common: Path, taken: set[str]
) -> tuple[Submission, Path | None]:
    """One submission with its autograder zip."""
    student = normal(submission.student)
    if student in own:
        return submission, own[student]
    if not own or common.is_file():
        return submission, checked(common)
    whose = owner_by_variant(submission.file, own)
    if whose is None:
        any_of = ", ".join([*sorted(own)[:20], *(["..."] if len(own) > 20 else [])])
        problem = f"no variant was built for {clean(student)!r}; the names are {any_of}"
        return replace(submission, file=None, problem=submission.problem or problem), None
    if whose in taken:
        problem = f"it is {whose}'s variant, who handed in another file as well; keep one"
        return replace(submission, file=None, problem=problem), None
    taken.add(whose)
    remark = f"the file is named {clean(submission.student)!r}; by its variant it is {whose}'s"
    return replace(submission, student=whose, remarks=(remark,)), own[whose]


def owner_by_variant(file: Path | None, own: dict[str, Path]) -> str | None:
    """The student whose variant a notebook is, if that is one student's alone."""
    from tutorials.homework.isolate import read_submission

    if file is None:
        return None
    try:
        assignment = read_submission(file)[1]
    except ValueError:
        return None
    found = [student for student, archive in own.items() if assignment_name(archive) == assignment]
    return found[0] if len(found) == 1 else None


def variants(build: Path) -> dict[str, Path]:
    """The autograder zips of a build for each student, by their names."""
    return {
        normal(archive.parent.name): checked(archive) for archive in build.glob("*/autograder.zip")
    }


def checked(archive: Path) -> Path:
    """The path itself. Raises ValueError if the file is no autograder zip."""
    if not is_autograder(archive):
        raise ValueError(f"{archive} is not an autograder of Otter's; build it again")
    return archive
