"""A study's results on disk: data.json, figures, and README.md with the finding."""

import json
import os
import platform
import shutil
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

PACKAGES = ("tensorflow", "keras", "numpy", "gymnasium", "tf-keras", "torch")


def write_report(name: str, study, data: dict, command: str, results: Path) -> Path:
    """Write the results of `study` to results/NAME, which appears whole or not at all."""
    folder = results / name
    unfinished = results / f"{name}.unfinished"
    shutil.rmtree(unfinished, ignore_errors=True)
    unfinished.mkdir(parents=True)
    try:
        (unfinished / "data.json").write_text(json.dumps(data, indent=1) + "\n")
        figures = study.figures(data)
        for title, figure in figures.items():
            figure.savefig(unfinished / f"{title}.png", dpi=130)
        (unfinished / "README.md").write_text(page(name, study, data, command, list(figures)))
        shutil.rmtree(folder, ignore_errors=True)
        os.replace(unfinished, folder)
    finally:
        shutil.rmtree(unfinished, ignore_errors=True)
    return folder


def page(name: str, study, data: dict, command: str, figures: list[str]) -> str:
    """Return the Markdown page of a study's results."""
    pictures = [f"![{title}]({title}.png)" for title in figures]
    parts = [f"# {name}", study.finding(data).strip(), *pictures]
    parts.append(f"Produced by `{command}`; the numbers are in `data.json`.\n\n{where_measured()}")
    return "\n\n".join(parts) + "\n"


def where_measured() -> str:
    """Return the versions and the machine in one sentence."""
    installed = []
    for package in PACKAGES:
        try:
            installed.append(f"{package} {version(package)}")
        except PackageNotFoundError:
            installed.append(f"{package} not installed")
    return (
        f"Measured with Python {platform.python_version()}, {', '.join(installed)}, on "
        f"{platform.system()} {platform.machine()} with {os.cpu_count()} cores."
    )
