"""python -m tutorials.homework build|grade: see README.md."""

import argparse
import os
import sys
import time
import zlib
from collections.abc import Mapping, Sequence
from pathlib import Path

from rich.console import Console
from rich.progress import Progress

from ddpg_tf.cli.output import require_writable
from ddpg_tf.sandbox.cleaning import clean
from ddpg_tf.sandbox.strangers import tell_what_is_not_held
from ddpg_tf.startup import in_one_line
from tutorials.homework import kept
from tutorials.homework.build import ASSIGNMENTS, build, check_overlay, check_request
from tutorials.homework.collect import Submission, find_submissions, with_archives
from tutorials.homework.export import names_in_moodle, write_canvas, write_moodle
from tutorials.homework.grade import Result, grade_all
from tutorials.homework.isolate import Limits
from tutorials.homework.report import counted, full_marks, prepare, write_reports
from tutorials.homework.roster import read_roster

HERE = Path(__file__).parent
DAY = 24 * 60 * 60


def main(arguments: list[str] | None = None) -> int:
    """Run the command line; return the exit code, 2 with one line for a user's mistake."""
    options = parser().parse_args(arguments)
    try:
        options.run(options)
    except (ValueError, OSError) as error:
        print(f"homework: {clean(in_one_line(error))}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        kept_too = "; what was graded is kept" if options.run is run_grade else ""
        print(f"homework: interrupted{kept_too}", file=sys.stderr)
        return 130
    return 0


class Parser(argparse.ArgumentParser):
    """A parser whose errors are one line."""

    def error(self, message: str):
        self.exit(2, f"homework: {clean(message)}; see {self.prog} --help\n")


def parser() -> Parser:
    """Build the parser of both commands."""
    top = Parser(prog="python -m tutorials.homework", description="Build homework, and grade it.")
    commands = top.add_subparsers(required=True, metavar="build|grade")

    make = commands.add_parser(
        "build",
        help="make the students' notebook, the solution and the autograder",
        epilog="Example:  python -m tutorials.homework build replay --variant 7",
    )
    make.add_argument("assignment", nargs="*", help=f"of {', '.join(ASSIGNMENTS)}; default: all")
    make.add_argument("--out", type=Path, default=HERE / "build", help="default: %(default)s")
    make.add_argument("--variant", type=int, default=0, help="a seed: other numbers and sizes")
    make.add_argument("--students", type=Path, help="a roster: a variant for each student")
    make.add_argument("--overlay", type=Path, help="folder with questions of your own")
    make.set_defaults(run=run_build)

    judge = commands.add_parser(
        "grade",
        help="grade a folder of submissions",
        epilog="Example:  python -m tutorials.homework grade replay course/replay",
    )
    judge.add_argument("assignment", help="one that was built, or the folder of a build")
    judge.add_argument("submissions", type=Path, help="folder, one file a student")
    judge.add_argument("--out", type=Path, help="default: course/reports/ASSIGNMENT")
    judge.add_argument("--roster", type=Path, help="who is in the course; a gradebook comes of it")
    judge.add_argument("--again", action="store_true", help="grade unchanged files too")
    judge.add_argument("--jobs", type=int, default=os.cpu_count(), help="default: %(default)s")
    limits = Limits()
    judge.add_argument(
        "--call-seconds", type=float, default=limits.call_seconds, help="limit of each call"
    )
    judge.add_argument("--seconds", type=float, default=limits.seconds, help="limit for a student")
    judge.add_argument(
        "--memory-gb", type=float, default=limits.memory / 2**30, help="limit for a student"
    )
    judge.set_defaults(run=run_grade)
    return top


def run_build(options: argparse.Namespace) -> None:
    """Build the assignments, or one for each student."""
    assignments = list(dict.fromkeys(options.assignment)) or ASSIGNMENTS
    people = [] if options.students is None else read_roster(options.students)
    names = [person.name for person in people]
    require_writable(options.out)
    for assignment in assignments:  # before work starts
        check_overlay(options.overlay, assignment)
        for folder in [options.out / assignment / name for name in names or [""]]:
            check_request(assignment, folder, options.variant)
    for assignment in assignments:
        folder = options.out / assignment
        if names:
            build_class(assignment, folder, options.variant, names, options.overlay)
            print(f"{folder}: {len(names)} variants")
        else:
            build(assignment, folder, options.variant, overlay=options.overlay)
            print(folder)


def build_class(
    assignment: str, out: Path, seed: int, names: list[str], overlay: Path | None
) -> None:
    """Build a variant for each student. Otter tries the first one's solution only."""
    for index, name in enumerate(progress(names, f"building {assignment}")):
        variant = zlib.crc32(f"{seed} {name}".encode())
        build(assignment, out / name, variant, try_solution=index == 0, overlay=overlay)


def run_grade(options: argparse.Namespace) -> None:
    """Grade what is new or has changed, write the reports, and print where they are."""
    limits = limits_from(options)
    folder = folder_of(options.assignment)
    people = [] if options.roster is None else read_roster(options.roster)
    pairs = with_archives(find_submissions(options.submissions, people), folder)
    out = Path("course", "reports", folder.name) if options.out is None else options.out
    require_writable(out)
    prepare(out)
    tell_what_is_not_held()
    started = time.perf_counter()
    known = {} if options.again else kept.read(out)
    results, new = grade_what_is_new(pairs, known, limits, options.jobs, out)
    students = {result.student for result in results}
    missing = [person.name for person in people if person.name not in students]
    write_reports(results, folder.name, out, missing)
    if people:
        write_canvas(results, people, folder.name, out / "canvas.csv")
    files = {submission.student: submission.name for submission, _ in pairs if submission.name}
    write_moodle(names_in_moodle(people, files), results, out / "students", out / "moodle")
    mean = sum(result.score for result in results) / len(results)
    took = time.perf_counter() - started
    unchanged = f", {len(pairs) - new} unchanged" if new < len(pairs) else ""
    print(
        f"{counted(results)} in {took:.0f} s{unchanged}, mean {mean:.1f} of "
        f"{full_marks(results):g} points: {clean(str(out / 'summary.md'))}"
    )


def grade_what_is_new(
    pairs: Sequence[tuple[Submission, Path | None]],
    known: Mapping[str, Result],
    limits: Limits,
    jobs: int,
    out: Path,
) -> tuple[list[Result], int]:
    """The results of all, and how many had to be graded; each is kept as soon as it is there.

    known: former results, by their keys.
    """
    keys = [kept.key_of(submission, archive, limits) for submission, archive in pairs]
    found = {index: known[key] for index, key in enumerate(keys) if key in known}
    new = [index for index in range(len(pairs)) if index not in found]
    with Progress(console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("grading", total=len(new))

        def done(place: int, result: Result) -> None:
            found[new[place]] = result
            kept.write({keys[index]: result for index, result in found.items()}, out)
            bar.advance(task)

        grade_all([pairs[index] for index in new], limits, jobs, done)
    return [found[index] for index in range(len(pairs))], len(new)


def folder_of(assignment: str) -> Path:
    """The folder of a build, given the folder itself or the name of an assignment."""
    for folder in (HERE / "build" / assignment, Path(assignment)):
        builds = [name for name in ASSIGNMENTS if (folder / name / "autograder.zip").is_file()]
        if builds:
            raise ValueError(
                f"{str(folder)!r} holds the builds {', '.join(builds)}; give one of them"
            )
        if folder.is_dir():
            return folder.resolve()
    if assignment in ASSIGNMENTS:
        command = f"python -m tutorials.homework build {assignment}"
        raise ValueError(f"{assignment} has not been built; first run  {command}")
    raise ValueError(f"{assignment!r} is neither of {', '.join(ASSIGNMENTS)} nor a build's folder")


def limits_from(options: argparse.Namespace) -> Limits:
    """The limits that were asked for. Raises ValueError for senseless ones."""
    ranges = {"jobs": (1, 1000), "call_seconds": (0.1, DAY), "seconds": (1, DAY)}
    for name, (least, most) in {**ranges, "memory_gb": (0.01, 10_000)}.items():
        value = getattr(options, name)
        if not least <= value <= most:
            option = name.replace("_", "-")
            raise ValueError(f"--{option} must be from {least:g} to {most:g}; got {value:g}")
    return Limits(options.call_seconds, options.seconds, int(options.memory_gb * 2**30))


def progress(items: Sequence, description: str):
    """Iterate with a progress bar."""
    with Progress(console=Console(stderr=True), transient=True) as bar:
        yield from bar.track(items, description=description)


if __name__ == "__main__":
    sys.exit(main())
