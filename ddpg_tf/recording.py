"""The directory of a run: config.json, metrics.csv, TensorBoard events and checkpoints."""

import csv
import json
from pathlib import Path

import tensorflow as tf

from ddpg_tf.config import DDPGConfig


class RunRecorder:
    """Writes rows and checkpoints as they come, so that an interrupted run keeps what it had.

    Raises FileExistsError, before anything is written, if the directory holds a run already, and
    NotADirectoryError if its path leads through a file.
    """

    def __init__(self, run_dir, config: DDPGConfig):
        self.run_dir = Path(run_dir)
        if any((self.run_dir / name).exists() for name in ("config.json", "metrics.csv")):
            raise FileExistsError(
                f"{str(self.run_dir)!r} holds a run already; choose another directory or remove it"
            )
        self.run_dir.mkdir(parents=True, exist_ok=True)
        text = json.dumps(config.to_dict(), indent=2) + "\n"
        (self.run_dir / "config.json").write_text(text)
        self.metrics_file = (self.run_dir / "metrics.csv").open("w", newline="")
        self.metrics = None
        self.events = tf.summary.create_file_writer(str(self.run_dir))

    def record(self, row: dict, agent) -> None:
        """Append one row to metrics.csv and to TensorBoard; save the agent."""
        if self.metrics is None:
            self.metrics = csv.DictWriter(self.metrics_file, list(row))
            self.metrics.writeheader()
        self.metrics.writerow(row)
        self.metrics_file.flush()
        with self.events.as_default(step=row["step"]):
            for name, value in row.items():
                if name != "step":
                    tf.summary.scalar(name, value)
        agent.save(self.run_dir / "checkpoints" / f"step_{row['step']:09d}")

    def close(self) -> None:
        """Finish the files."""
        self.metrics_file.close()
        self.events.close()


def read_metrics(run_dir) -> list[dict[str, float]]:
    """Return the rows of a run's metrics.csv.

    Raises FileNotFoundError if there is no such file and ValueError if it has no row yet.
    """
    path = Path(run_dir) / "metrics.csv"
    if not path.is_file():
        raise FileNotFoundError(
            f"no metrics.csv in {str(run_dir)!r}; give the directory of a run of 'ddpg-tf train'"
        )
    with path.open(newline="") as file:
        rows = [{name: float(value) for name, value in row.items()} for row in csv.DictReader(file)]
    if not rows:
        raise ValueError(f"the run in {str(run_dir)!r} has no evaluation yet; let it go on first")
    return rows
