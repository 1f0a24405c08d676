"""`ddpg-tf plot`: learning curves."""

from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import tyro

from ddpg_tf.training.history import read_metrics

FORMATS = (".png", ".pdf", ".svg", ".jpg")


@dataclass
class Plot:
    """Draw the learning curves of one or more runs.

    Example:  ddpg-tf plot runs/Pendulum-v1/* --out runs/learning.png
    """

    run_dirs: Annotated[tuple[Path, ...], tyro.conf.Positional]
    """Directories of runs."""
    out: Path | None = None
    """File for the figure: PNG, PDF, SVG or JPEG; by default figures/learning.png in the first
    directory."""

    def run(self) -> int:
        if not self.run_dirs:
            raise ValueError("no run to plot; give the directory of a run of 'ddpg-tf train'")
        repeated = [path for path, times in Counter(self.run_dirs).items() if times > 1]
        if repeated:
            raise ValueError(f"{str(repeated[0])!r} is given twice; name each run once")
        out = self.out or self.run_dirs[0] / "figures" / "learning.png"
        if out.suffix.lower() not in FORMATS:
            raise ValueError(
                f"--out must be the name of a figure, ending in {', '.join(FORMATS)}; got {out}"
            )
        names = [path.name for path in self.run_dirs]
        labels = names if len(set(names)) == len(names) else [str(p) for p in self.run_dirs]
        rows = [read_metrics(path) for path in self.run_dirs]
        from ddpg_tf.training.figures import learning_figure

        figure = learning_figure(dict(zip(labels, rows, strict=True)))
        out.parent.mkdir(parents=True, exist_ok=True)
        figure.savefig(out, dpi=130)
        print(out)
        return 0
