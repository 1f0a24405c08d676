"""python -m comparisons [NAME | all] [--quick | --render] [--results DIR]."""

import argparse
import json
import sys
import time
from pathlib import Path

from rich.console import Console
from rich.progress import Progress

from comparisons.registry import LONG, STUDIES, check_requirements, get_study, require_known
from comparisons.report import circumstances, read_report, write_report
from comparisons.study import Study
from ddpg_tf.cli.output import require_writable
from ddpg_tf.startup import import_tensorflow_quietly, in_one_line


def main(arguments: list[str] | None = None) -> int:
    """List the studies or run some.

    Returns the exit code: 1 if a claim was false of the data, 2 with one line for a user's mistake.
    """
    options = parse(arguments)
    if options.name is None:
        for name, line in STUDIES.items():
            print(f"{name:14} {line}{' Long: not part of all.' if name in LONG else ''}")
        print("\nRun one with:  python -m comparisons NAME")
        return 0
    every = [name for name in STUDIES if options.render or name not in LONG]
    names = every if options.name == "all" else [options.name]
    try:
        require_known(names)
        require_writable(options.results)
        import_tensorflow_quietly()
        studies = [get_study(name) for name in names]
        if not options.render:
            for study in studies:
                check_requirements(study)
        succeeded = [run_study(study, options) for study in studies]
    except (ValueError, OSError) as error:
        print(f"comparisons: {in_one_line(error)}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print("comparisons: interrupted; finished studies are kept", file=sys.stderr)
        return 130
    return 0 if all(succeeded) else 1


class Parser(argparse.ArgumentParser):
    """A parser whose errors are one line."""

    def error(self, message: str):
        self.exit(2, f"comparisons: {message}; see {self.prog} --help\n")


def parse(arguments: list[str] | None) -> argparse.Namespace:
    """The command line's options."""
    parser = Parser(
        prog="python -m comparisons",
        description="Run a study and write its figures, data and finding to a folder of its name.",
        epilog="Example:  python -m comparisons equivalence --quick --results /tmp/results",
    )
    parser.add_argument("name", nargs="?", help="a study, or 'all'; without it they are listed")
    how = parser.add_mutually_exclusive_group()
    how.add_argument("--quick", action="store_true", help="seconds instead of minutes")
    how.add_argument(
        "--render",
        action="store_true",
        help="measure nothing: figures and page anew from the data.json in the results",
    )
    parser.add_argument("--results", type=Path, default=Path("results"), help="default: results")
    return parser.parse_args(arguments)


def run_study(study: Study, options: argparse.Namespace) -> bool:
    """Measure, or read what was measured; write the results; whether every claim was true."""
    started = time.perf_counter()
    if options.render:
        data, measured = read_report(study.name, options.results)
    else:
        data, measured = measure(study, options)
    folder, false = write_report(study, data, measured, options.results)
    if false:
        for line in false:
            print(f"comparisons: {study.name}: false: {line}", file=sys.stderr)
        print(
            f"comparisons: {study.name}: {folder}/data.json and the figures are new, README.md is "
            f"not. Edit comparisons/{study.name}/finding.md and claims.py to what is true, then: "
            f"python -m comparisons {study.name} --render",
            file=sys.stderr,
        )
        return False
    if measured["quick"]:
        for claim in study.claims:
            if not claim.in_quick_runs:
                print(f"not checked in a quick run: {claim.sentence}")
    print(f"{study.finding(data)}\n\n{folder} in {time.perf_counter() - started:.0f} s\n")
    return True


def measure(study: Study, options: argparse.Namespace) -> tuple[dict, dict]:
    """Run the study with a progress bar; its data, and how they were measured."""
    command = f"python -m comparisons {study.name}" + (" --quick" if options.quick else "")
    console = Console(stderr=True)
    with Progress(console=console, disable=not console.is_terminal, transient=True) as bar:
        track = lambda items, note: bar.track(list(items), description=note)  # noqa: E731
        data = study.run(options.quick, track)
    # as it will be read again: claims must not depend on what JSON changes, like the keys' types
    return json.loads(json.dumps(data)), circumstances(command, options.quick)


if __name__ == "__main__":
    sys.exit(main())
