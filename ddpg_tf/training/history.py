"""What a run has logged so far, read back from its metrics.csv. Does not need TensorFlow."""

import csv
import math
from pathlib import Path

from ddpg_tf.config import DDPGConfig
from ddpg_tf.run_files import (
    AGENT_FILE,
    HISTORY_FILE,
    METRICS_FILE,
    all_checkpoints,
    require_intact,
    step_of,
)
from ddpg_tf.startup import note_once
from ddpg_tf.storage import DamagedError, readable
from ddpg_tf.training.metrics import METRICS


def read_metrics(run_dir: str | Path) -> list[dict[str, float]]:
    """The rows of a run's metrics.csv, one for each evaluation.

    Raises FileNotFoundError if there is no such file and ValueError if it has no row yet, or if
    it is damaged.
    """
    path = Path(run_dir) / METRICS_FILE
    if not path.is_file():
        raise FileNotFoundError(
            f"no metrics.csv in {str(run_dir)!r}; give the directory of a run of 'ddpg-tf train'"
        )
    rows = whole_rows(path)
    if not rows:
        raise ValueError(f"the run in {str(run_dir)!r} has no evaluation yet; let it go on first")
    return rows


def require_current(run_dir: str | Path, rows: list[dict]) -> None:
    """Raise ValueError if the rows of a run to be resumed are a version's with other metrics."""
    unknown = [name for name in (rows[0] if rows else ()) if name not in METRICS]
    if unknown or (rows and "q_limit" not in rows[0]):
        column = f"a column {unknown[0]}" if unknown else "no column q_limit"
        raise ValueError(
            f"the run in {str(run_dir)!r} was made by another version of ddpg-tf: its metrics.csv "
            f"has {column}; it cannot be resumed, but its agent is intact: ddpg-tf evaluate DIR"
        )


def reached_return(config: DDPGConfig, row: dict | None) -> bool:
    """Whether an evaluation's row reaches the config's `stop_at_return`."""
    if row is None or config.stop_at_return is None:
        return False
    return row["eval_return_mean"] >= config.stop_at_return


def best_checkpoint(run_dir: str | Path) -> Path:
    """The checkpoint of the evaluation with the highest mean return, the earliest of equals.

    One that is damaged is named in a line and left out. Raises FileNotFoundError if `run_dir` is
    not a run's, and ValueError if it has no evaluation.
    """
    if (Path(run_dir) / AGENT_FILE).is_file():
        raise ValueError(
            f"{str(run_dir)!r} is one checkpoint; the best of a run is found in the run's directory"
        )
    checkpoints = {}
    for checkpoint in all_checkpoints(run_dir):
        try:
            require_intact(checkpoint)
            if row := own_row(checkpoint):
                checkpoints[row["step"]] = checkpoint, row
        except DamagedError as damage:
            note_once(f"{damage}; {checkpoint.name} is left out")
    best = best_row([row for _, row in checkpoints.values()])
    if best is None:
        read_metrics(run_dir)
        raise ValueError(f"the run in {str(run_dir)!r} has no evaluation yet; let it go on first")
    return checkpoints[best["step"]][0]


def own_row(checkpoint: Path) -> dict | None:
    """The row of the evaluation that a checkpoint was made at; None between two evaluations."""
    path = checkpoint / HISTORY_FILE
    if not path.exists():
        # formats before 4 left the rows to the run's directory
        path = checkpoint.parent.parent / METRICS_FILE
    rows = [row for row in whole_rows(path) if row["step"] == step_of(checkpoint)]
    return rows[0] if rows else None


def best_row(rows: list[dict]) -> dict | None:
    """The row with the highest mean return of an evaluation, the earliest of equals, if any."""
    numbers = [row for row in rows if not math.isnan(row["eval_return_mean"])]
    return max(numbers, key=lambda row: row["eval_return_mean"], default=None)


def whole_rows(path: Path) -> list[dict[str, float]]:
    """The complete rows of the metrics.csv at `path`, which may have none yet.

    The last cells of a row that was being written when the run was cut off may be missing: that
    row is left out. Raises ValueError if the file is damaged.
    """
    with readable(path), path.open(newline="") as file:
        whole = [row for row in csv.DictReader(file) if None not in row.values()]
        rows = [{name: number(text) for name, text in row.items()} for row in whole]
        if any(not {"step", "eval_return_mean", "eval_return_std"} <= set(row) for row in rows):
            raise ValueError("not the columns of a run")
    return rows


def number(text: str) -> int | float:
    """The number in a cell of metrics.csv: counts stay whole, everything else is a float."""
    try:
        return int(text)
    except ValueError:
        return float(text)
