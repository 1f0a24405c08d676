"""A study's results on disk: data.json, the figures, and README.md with the finding."""

import json
import os
import platform
import shutil
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from comparisons.study import Study

PACKAGES = ("tensorflow", "keras", "numpy", "gymnasium", "tf-keras", "torch")


def write_report(study: Study, data: dict, measured: dict, results: Path) -> tuple[Path, list[str]]:
    """Write data, figures and page to results/NAME, which changes as a whole or not at all.

    data: what `run` returned. measured: see `circumstances`; it is kept beside the data.

    Returns the folder and the false claims. If there are any, the page stays the old one or stays
    absent: its prose would not be true of the data.
    """
    false = study.false_claims(data, measured["quick"])
    folder = results / study.name
    unfinished = results / f"{study.name}.unfinished"
    shutil.rmtree(unfinished, ignore_errors=True)
    unfinished.mkdir(parents=True)
    try:
        kept = data | {"measured": measured}
        (unfinished / "data.json").write_text(json.dumps(kept, indent=1) + "\n")
        figures = study.figures(data)
        for title, figure in figures.items():
            figure.savefig(unfinished / f"{title}.png", dpi=130)
        if not false:
            (unfinished / "README.md").write_text(
                page(study, data, measured, list(figures)), "utf-8"
            )
        elif (folder / "README.md").exists():
            shutil.copy(folder / "README.md", unfinished)
        shutil.rmtree(folder, ignore_errors=True)
        os.replace(unfinished, folder)
    finally:
        shutil.rmtree(unfinished, ignore_errors=True)
    return folder, false


def read_report(name: str, results: Path) -> tuple[dict, dict]:
    """Data and circumstances of an earlier run. Raises ValueError if there was none."""
    path = results / name / "data.json"
    if not path.exists():
        raise ValueError(f"no {path}: measure first, with: python -m comparisons {name}")
    data = json.loads(path.read_text())
    measured = data.pop("measured")
    return data, measured


def page(study: Study, data: dict, measured: dict, figures: list[str]) -> str:
    """The Markdown page of a study's results; figures: their file names without ending."""
    parts = [f"# {study.title}"]
    if measured["quick"]:
        parts.append("*From a quick run: some of what follows was not checked on so few data.*")
    parts += [study.finding(data), *[f"![{title}]({title}.png)" for title in figures]]
    parts.append(f"Produced by `{measured['command']}`; the numbers are in `data.json`.")
    parts.append(f"Measured with {measured['with']}.")
    return "\n\n".join(parts) + "\n"


def circumstances(command: str, quick: bool) -> dict:
    """What the page says of how its numbers came about: command, versions, machine."""
    return {"command": command, "quick": quick, "with": versions_and_machine()}


def versions_and_machine() -> str:
    """The versions of the packages that matter, and the machine."""
    installed = []
    for package in PACKAGES:
        try:
            installed.append(f"{package} {version(package)}")
        except PackageNotFoundError:
            installed.append(f"{package} not installed")
    return (
        f"Python {platform.python_version()}, {', '.join(installed)}, on "
        f"{platform.system()} {platform.machine()} with {os.cpu_count()} cores"
    )
