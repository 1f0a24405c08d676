"""python -m comparisons [NAME | all] [--quick] [--results DIR]."""

import argparse
import sys
import time
from pathlib import Path

from rich.console import Console
from rich.progress import Progress

from comparisons.registry import LONG, STUDIES, get_study
from comparisons.report import write_report
from ddpg_tf.startup import import_tensorflow_quietly


def main(arguments: list[str] | None = None) -> int:
    """List the studies or run one; return the exit code, 2 with one line for a user's mistake."""
    parser = argparse.ArgumentParser(
        prog="python -m comparisons",
        description="Run a study and write its figures, data and finding to a folder of its name.",
        epilog="Example:  python -m comparisons equivalence --quick --results /tmp/results",
    )
    parser.add_argument("name", nargs="?", help="a study, or 'all'; without it they are listed")
    parser.add_argument("--quick", action="store_true", help="seconds instead of minutes")
    parser.add_argument("--results", type=Path, default=Path("results"), help="default: results")
    options = parser.parse_args(arguments)
    if options.name is None:
        for name, line in STUDIES.items():
            print(f"{name:14} {line}{' Long: not part of all.' if name in LONG else ''}")
        print("\nRun one with:  python -m comparisons NAME")
        return 0
    import_tensorflow_quietly()
    every = [name for name in STUDIES if name not in LONG]
    names = every if options.name == "all" else [options.name]
    try:
        studies = {name: get_study(name) for name in names}
        for name, study in studies.items():
            run_study(name, study, options.quick, options.results)
    except (ValueError, OSError) as error:
        print(f"comparisons: {' '.join(str(error).split())}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print("comparisons: interrupted; finished studies are kept", file=sys.stderr)
        return 130
    return 0


def run_study(name: str, study, quick: bool, results: Path) -> None:
    """Measure with a progress bar, write the results, print the finding."""
    started = time.perf_counter()
    console = Console(stderr=True)
    with Progress(console=console, disable=not console.is_terminal, transient=True) as bar:
        data = study.run(quick, lambda items, note: bar.track(list(items), description=note))
    command = f"python -m comparisons {name}" + (" --quick" if quick else "")
    folder = write_report(name, study, data, command, results)
    print(f"{study.finding(data).strip()}\n")
    print(f"{folder} in {time.perf_counter() - started:.0f} s\n")


if __name__ == "__main__":
    sys.exit(main())
