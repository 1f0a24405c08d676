"""What is kept in a run's directory, what is not, and what is said where it cannot be written."""

import os
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

import tensorflow as tf

from ddpg_tf.run_files import (
    CONFIG_FILE,
    METRICS_FILE,
    all_checkpoints,
    checkpoint_at,
    require_intact,
    step_of,
)
from ddpg_tf.startup import note
from ddpg_tf.storage import DamagedError, remove
from ddpg_tf.training.history import best_row
from ddpg_tf.training.steps import STEPS


@contextmanager
def told_of_disk(run_dir: Path) -> Iterator[None]:
    """Tell what cannot be written inside, in one line, with what is left and how to go on."""
    try:
        yield
    except (OSError, tf.errors.OpError) as error:
        reason = getattr(error, "strerror", None) or " ".join(str(error).split())
        raise OSError(
            f"the run in {str(run_dir)!r} cannot be written: {reason}; its last checkpoint is "
            f"intact; once that is mended, go on: ddpg-tf train --resume {run_dir}"
        ) from error


def require_no_run(run_dir: Path) -> None:
    """Raise FileExistsError if the directory holds a run."""
    if any((run_dir / name).exists() for name in (CONFIG_FILE, METRICS_FILE)):
        raise FileExistsError(
            f"{str(run_dir)!r} holds a run already; choose another directory, remove it, or go "
            "on with it: ddpg-tf train --resume DIR"
        )


def tell_of_lost_rows(path: Path, table: bytes) -> None:
    """Say so if the metrics.csv at `path` does not begin with the rows of a checkpoint."""
    if not path.is_file() or not path.read_bytes().startswith(table):
        rows = max(table.count(b"\n") - 1, 0)
        note(
            f"{str(path)!r} was damaged or edited; the first {rows} rows are written again, from "
            "the checkpoint"
        )


def set_aside(checkpoint: Path) -> None:
    """Rename a checkpoint, so that it no longer counts as one of its run's; it can be played.

    A damaged one is removed: the run makes it again.
    """
    try:
        require_intact(checkpoint)
    except DamagedError:
        remove(checkpoint)
        return
    other = checkpoint.with_name(checkpoint.name.replace("step_", "end_"))
    remove(other)
    os.replace(checkpoint, other)


def drop_old(run_dir: Path, history: list[dict], keep: int) -> None:
    """Remove checkpoints: all but the `keep` newest and the one of the best evaluation.

    history: the rows of all evaluations. A checkpoint from between two of them goes as soon as
    there is a newer one.
    """
    evaluated = {row["step"] for row in history}
    checkpoints = all_checkpoints(run_dir)
    at_evaluations = [path for path in checkpoints if step_of(path) in evaluated]
    kept = {checkpoints[-1], *at_evaluations[-keep:]}
    if best := best_row(history):
        kept.add(checkpoint_at(run_dir, int(best["step"])))
    for checkpoint in checkpoints:
        if checkpoint not in kept:
            # at once, so that none is ever there in part
            removed = checkpoint.with_name(checkpoint.name + ".removed")
            os.replace(checkpoint, removed)
            remove(removed)


def remove_leftovers(run_dir: Path, files: Iterable[str]) -> None:
    """Remove steps that are not among `files`, and what a kill left of checkpoints."""
    for path in (run_dir / STEPS).iterdir():
        if path.name not in files:
            path.unlink()
    for path in run_dir.glob("checkpoints/*.*"):
        if path.suffix in (".unfinished", ".removed", ".replaced"):
            remove(path)
