"""A run on disk, as far as it has come: read, and found intact, before anything is made of it.

Does not need TensorFlow.
"""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import numpy as np

from ddpg_tf.config import DDPGConfig
from ddpg_tf.run_files import HISTORY_FILE, newest, require_intact, resumable_checkpoints, step_of
from ddpg_tf.storage import DamagedError, readable
from ddpg_tf.training.history import reached_return, require_current, whole_rows
from ddpg_tf.training.steps import Steps, intact, read_steps

RUN_FILE = "run.json"
ARRAYS_FILE = "run.npz"


class SavedRun(NamedTuple):
    """What a checkpoint says of its run.

    state: run.json's, see `write_run_state`; step: how far the run had come; files: the steps that
    led there, name -> checksum.
    """

    checkpoint: Path
    state: dict

    @property
    def run_dir(self) -> Path:
        """The run's directory."""
        return self.checkpoint.parent.parent

    @property
    def step(self) -> int:
        """Steps that the run had made."""
        return self.state["step"]

    @property
    def arrays(self) -> dict[str, np.ndarray]:
        """What `write_run_state` keeps in arrays."""
        with readable(self.checkpoint / ARRAYS_FILE) as path, np.load(path) as archive:
            return dict(archive)

    @property
    def history(self) -> list[dict]:
        """The rows of all evaluations so far."""
        return whole_rows(self.checkpoint / HISTORY_FILE)

    def steps(self) -> Iterator[Steps]:
        """All steps, file by file."""
        return read_steps(self.run_dir, self.state["files"])


def saved_run(run_dir: str | Path) -> SavedRun | None:
    """The run in `run_dir` at its newest intact checkpoint that holds all of it; None without any.

    A newer one that is damaged, or whose steps are, is named in a line. Raises DamagedError if none
    is intact, and ValueError if another version made the run.
    """
    checkpoints = resumable_checkpoints(run_dir)
    return read_run(newest(checkpoints, read_run)) if checkpoints else None


def to_go_on_from(saved: SavedRun | None) -> SavedRun | None:
    """`saved`, or what comes before it if it was made only because the run ended."""
    if saved is None or not saved.state["only_as_the_end"]:
        return saved
    earlier = [path for path in resumable_checkpoints(saved.run_dir) if step_of(path) < saved.step]
    return read_run(newest(earlier, read_run)) if earlier else None


def read_run(checkpoint: Path) -> SavedRun:
    """What the checkpoint says of its run, once it and all steps that led there are found intact.

    Raises DamagedError for what is not, and ValueError if another version wrote it.
    """
    require_intact(checkpoint)
    with readable(checkpoint / RUN_FILE) as path:
        state = json.loads(path.read_text())
    if "files" not in state:
        run_dir = checkpoint.parent.parent
        raise ValueError(
            f"the run in {str(run_dir)!r} was made by an earlier version of ddpg-tf, so it cannot "
            f"go on; its agent is intact: ddpg-tf evaluate {run_dir}, or begin from it: ddpg-tf "
            f"train --init-from {run_dir}"
        )
    saved = SavedRun(checkpoint, state)
    if saved.step != step_of(checkpoint):
        raise DamagedError(f"{str(checkpoint)!r} is the checkpoint of step {saved.step}: renamed?")
    for name, checksum in state["files"].items():
        intact(saved.run_dir, name, checksum)
    require_current(saved.run_dir, saved.history)
    return saved


def why_complete(config: DDPGConfig, saved: SavedRun | None, total_steps: int | None) -> str | None:
    """Why nothing is left to do of a run, or None.

    config: as it was begun. total_steps: how long it is to become, or None. Raises ValueError if it
    is that long already.
    """
    if saved is None:
        return None
    run_dir, done = saved.run_dir, saved.step
    longer = f"ddpg-tf train --resume {run_dir} --total-steps"
    if total_steps is not None:
        if total_steps <= done:
            raise ValueError(
                f"total_steps {total_steps} is no more than the {done} steps that the run in "
                f"{str(run_dir)!r} has made; ask for more"
            )
        return None
    if done >= config.total_steps:
        return (
            f"the run in {str(run_dir)!r} is complete: {done:,} steps; for a longer one: {longer} N"
        )
    rows = {row["step"]: row for row in saved.history}
    if reached_return(config, rows.get(done)):
        return (
            f"the run in {str(run_dir)!r} is complete: at step {done:,} it reached its "
            f"stop_at_return {config.stop_at_return}; to go on until the next evaluation that "
            f"does: {longer} {max(config.total_steps, done + 1)}"
        )
    return None
