"""`ddpg-tf plot`: learning curves."""

import os
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import tyro
from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.table import Table

from ddpg_tf.cli.output import require_writable
from ddpg_tf.training.seeds import Curve, curves, read_run

FORMATS = (".png", ".pdf", ".svg", ".jpg")


@dataclass
class Plot:
    """Draw the learning curves of one or more runs.

    Runs that differ in their seed alone become one curve: the mean of the middle half of the seeds
    with a 95% bootstrap interval, each seed faint behind. A table tells how they ended.

    Example:  ddpg-tf plot runs/Pendulum-v1 --out runs/learning.png
    """

    run_dirs: Annotated[tuple[Path, ...], tyro.conf.Positional]
    """Directories of runs, or of several: runs stands for all that lie in it."""
    out: Path | None = None
    """File for the figure: PNG, PDF, SVG or JPEG; by default figures/learning.png in the
    directory of the run, or in the one that all runs lie in."""

    def run(self) -> int:
        run_dirs = [run_dir for path in self.run_dirs for run_dir in runs_in(path)]
        if not run_dirs:
            where = "".join(f" in {str(path)!r}" for path in self.run_dirs)
            raise ValueError(
                f"no run to plot{where}; give the directory of a run of 'ddpg-tf train'"
            )
        repeated = [path for path, times in Counter(run_dirs).items() if times > 1]
        if repeated:
            raise ValueError(f"{str(repeated[0])!r} is given twice; name each run once")
        together = Path(os.path.commonpath([path.absolute() for path in run_dirs]))
        folder = run_dirs[0] if len(run_dirs) == 1 else Path(os.path.relpath(together))
        out = self.out or folder / "figures" / "learning.png"
        if out.suffix.lower() not in FORMATS:
            raise ValueError(
                f"--out must be the name of a figure, ending in {', '.join(FORMATS)}; got {out}"
            )
        drawn = curves([read_run(path) for path in run_dirs])
        from ddpg_tf.training.figures import learning_figure

        require_writable(out.parent)
        figure = learning_figure(drawn)
        out.parent.mkdir(parents=True, exist_ok=True)
        figure.savefig(out, dpi=130)
        Console().print(final_table(drawn))
        print(out)
        return 0


def runs_in(path: Path) -> list[Path]:
    """The run that a directory is, or the runs that lie in it, at any depth.

    A directory without any, such as that of a comparison, holds none; any other path is kept, so
    that reading it tells what is wrong.
    """
    is_run = any((path / name).exists() for name in ("config.json", "metrics.csv"))
    if is_run or not path.is_dir():
        return [path]
    return sorted(found.parent for found in path.glob("**/metrics.csv"))


def final_table(drawn: Sequence[Curve]) -> Table:
    """The last evaluation that all seeds of a group have made: a row for each group."""
    title = "Last evaluation: interquartile mean over seeds, 95% bootstrap interval"
    table = Table(title=title, box=SIMPLE_HEAD, padding=(0, 1))
    table.add_column("runs", overflow="fold")
    for column in ("seeds", "step", "return", "from", "to"):
        table.add_column(column, justify="right", no_wrap=True)
    for group in drawn:
        low, high = group.interval[:, -1]
        table.add_row(
            group.label,
            str(len(group.runs)),
            f"{group.steps[-1]:,}",
            f"{group.middle[-1]:.1f}",
            *([f"{low:.1f}", f"{high:.1f}"] if len(group.runs) > 1 else ["", ""]),
        )
    return table
