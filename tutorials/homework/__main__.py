"""python -m tutorials.homework build|grade: see README.md."""

import argparse
import os
import sys
import time
import zlib
from pathlib import Path

from rich.console import Console
from rich.progress import Progress

from tutorials.homework.build import ASSIGNMENTS, build
from tutorials.homework.grade import Limits, find_submissions, grade_folder
from tutorials.homework.report import write_reports

HERE = Path(__file__).parent


def main(arguments: list[str] | None = None) -> int:
    """Run the command line; return the exit code, 2 with one line for a user's mistake."""
    options = parser().parse_args(arguments)
    try:
        options.run(options)
    except (ValueError, OSError) as error:
        print(f"homework: {' '.join(str(error).split())}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print("homework: interrupted", file=sys.stderr)
        return 130
    return 0


def parser() -> argparse.ArgumentParser:
    """Return the parser of both commands."""
    top = argparse.ArgumentParser(
        prog="python -m tutorials.homework", description="Build homework, and grade it."
    )
    commands = top.add_subparsers(required=True, metavar="build|grade")

    make = commands.add_parser(
        "build",
        help="make the students' notebook, the solution and the autograder",
        epilog="Example:  python -m tutorials.homework build replay --variant 7",
    )
    make.add_argument("assignment", nargs="*", help=f"of {', '.join(ASSIGNMENTS)}; default: all")
    make.add_argument("--out", type=Path, default=HERE / "build", help="default: %(default)s")
    make.add_argument("--variant", type=int, default=0, help="a seed: other numbers and sizes")
    make.add_argument("--students", type=Path, help="file with a name a line: a variant for each")
    make.set_defaults(run=run_build)

    judge = commands.add_parser(
        "grade",
        help="grade a folder of submissions",
        epilog="Example:  python -m tutorials.homework grade replay submissions/ --out reports/",
    )
    judge.add_argument("assignment", help="one that was built, or the folder of a build")
    judge.add_argument("submissions", type=Path, help="folder, one file a student")
    judge.add_argument("--out", type=Path, default=Path("reports"), help="default: %(default)s")
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


def run_build(options) -> None:
    """Build the assignments, or one for each student."""
    for assignment in options.assignment or ASSIGNMENTS:
        if options.students is None:
            folder = options.out / assignment
            build(assignment, folder, options.variant)
            print(folder)
        else:
            build_class(assignment, options.out / assignment, options.variant, options.students)


def build_class(assignment: str, out: Path, seed: int, students: Path) -> None:
    """Build a variant for each name in the file. Otter tries the first one's solution only."""
    names = [name.strip() for name in students.read_text().splitlines() if name.strip()]
    if not names:
        raise ValueError(f"{students} holds no names; expected one a line")
    for index, name in enumerate(progress(names, f"building {assignment}")):
        if Path(name).name != name:
            raise ValueError(f"{name!r} in {students} cannot be the name of a folder")
        variant = zlib.crc32(f"{seed} {name}".encode())
        build(assignment, out / name, variant, try_solution=index == 0)
    print(f"{out}: {len(names)} variants")


def run_grade(options) -> None:
    """Grade, write the reports, tell where they are."""
    if options.jobs < 1:
        raise ValueError(f"--jobs must be 1 or more; got {options.jobs}")
    built = HERE / "build" / options.assignment
    folder = built if built.is_dir() else Path(options.assignment)
    limits = Limits(options.call_seconds, options.seconds, int(options.memory_gb * 2**30))
    total = len(find_submissions(options.submissions))
    started = time.perf_counter()
    with Progress(console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("grading", total=total)
        results = grade_folder(
            options.submissions, folder, limits, options.jobs, lambda: bar.advance(task)
        )
    write_reports(results, folder.name, options.out)
    mean = sum(result.score for result in results) / total
    print(
        f"{total} submissions in {time.perf_counter() - started:.0f} s, mean {mean:.1f} of "
        f"{results[0].points:g} points: {options.out / 'summary.md'}"
    )


def progress(items, description):
    """Iterate with a progress bar."""
    with Progress(console=Console(stderr=True), transient=True) as bar:
        yield from bar.track(items, description=description)


if __name__ == "__main__":
    sys.exit(main())
