"""What a run writes: config.json, metrics.csv, TensorBoard events, checkpoints and videos."""

import csv
import json
import os
import shutil
import time
from collections.abc import Callable
from pathlib import Path

import tensorflow as tf

from ddpg_tf.agents.checkpoint import write_agent
from ddpg_tf.config import DDPGConfig
from ddpg_tf.environments.faults import FaultyEnvironmentError
from ddpg_tf.environments.make import Source
from ddpg_tf.environments.video import record_videos, require_video
from ddpg_tf.run_files import (
    FAULT_FILE,
    all_checkpoints,
    checkpoint_at,
    step_of,
    whole_directory,
)
from ddpg_tf.training.history import whole_rows
from ddpg_tf.training.metrics import METRICS, tag
from ddpg_tf.training.resume import write_run_state


class RunRecorder:
    """Writes rows and checkpoints as they come, so that an interrupted run keeps what it had.

    Raises FileExistsError, before anything is written, if the directory holds a run already,
    NotADirectoryError if its path leads through a file, and ValueError if the config asks for
    videos that cannot be made here.
    """

    def __init__(
        self,
        run_dir: str | Path,
        config: DDPGConfig,
        made_by: Source | None = None,
        write_start: Callable[[Path], None] | None = None,
    ):
        """made_by: what makes the environment, if the config cannot say.

        write_start: writes to the directory what the run begins with besides its config.
        """
        run_dir = Path(run_dir)
        if any((run_dir / name).exists() for name in ("config.json", "metrics.csv")):
            raise FileExistsError(
                f"{str(run_dir)!r} holds a run already; choose another directory, remove it, or go "
                "on with it: ddpg-tf train --resume DIR"
            )
        require_videos(config, made_by)
        run_dir.mkdir(parents=True, exist_ok=True)
        if write_start is not None:
            # before the config, which makes the directory a run's
            write_start(run_dir)
        write_config(run_dir, config)
        self._open(run_dir, [], step=0)

    @classmethod
    def resumed(
        cls, run_dir: str | Path, config: DDPGConfig, step: int, made_by: Source | None = None
    ) -> "RunRecorder":
        """The recorder of a run that goes on after `step`; later rows are dropped.

        config: the run's, perhaps with more total_steps than it had; it is written anew. A later
        checkpoint, which only the shorter run has, is renamed to end_STEP.
        """
        run_dir = Path(run_dir)
        require_videos(config, made_by)
        (run_dir / "metrics.csv").touch()
        rows = [row for row in whole_rows(run_dir / "metrics.csv") if row["step"] <= step]
        # the config first: whenever this is cut off, the next resumption comes to the same step
        write_config(run_dir, config)
        for checkpoint in all_checkpoints(run_dir):
            if step_of(checkpoint) > step:
                set_aside(checkpoint)
        recorder = cls.__new__(cls)
        recorder._open(run_dir, rows, step)
        return recorder

    def _open(self, run_dir: Path, rows: list[dict[str, float]], step: int):
        self.run_dir = run_dir
        self.history = rows
        self.metrics: csv.DictWriter | None = None
        # the old rows stay where they are until all are written again
        unfinished = run_dir / "metrics.csv.unfinished"
        self.metrics_file = unfinished.open("w", newline="")
        for row in rows:
            self._write(row)
        os.replace(unfinished, run_dir / "metrics.csv")
        self.events = tf.summary.create_file_writer(str(run_dir))
        self.step, self.time = step, time.perf_counter()

    def record(self, row: dict, run) -> None:
        """Append one row to metrics.csv and to TensorBoard; save the run as it stands.

        TensorBoard also gets the steps a second since the last row. If it is time for a video, the
        evaluation's first episode is recorded, which begins in the same state each time.
        """
        # the checkpoint last: a run that is killed before it does all of this again when resumed
        if is_recorded(run.config.record_every, self.step, row["step"]):
            names = [f"step_{row['step']:09d}"]
            folder = self.run_dir / "videos"
            record_videos(run.agent_for_now, names, run.evaluation_seed, folder, run.made_by)
        self._write(row)
        points = {**row, "steps_per_second": self._speed(row["step"])}
        with self.events.as_default(step=points.pop("step")):
            for name, value in points.items():
                tf.summary.scalar(tag(name), value, description=METRICS[name])
            self.events.flush()
        with whole_directory(checkpoint_at(self.run_dir, row["step"])) as directory:
            write_agent(run.agent_for_now, directory)
            write_run_state(run, directory)

    def record_fault(self, fault: FaultyEnvironmentError, run) -> None:
        """Save the agent of a run that a fault of its environment ends; tell the fault of it.

        It can be played. A run that is resumed goes on from its last evaluation, as after a kill.
        Of a run that has learned nothing yet nothing is kept, so that it can be started again.
        """
        checkpoint = checkpoint_at(self.run_dir, run.step)
        learned = int(run.agent_for_now.updates.numpy()) > 0
        if not learned and not all_checkpoints(self.run_dir):
            self.forget()
            fault.saved = (
                "nothing had been learned yet, so nothing is kept: once it is fixed, start again"
            )
            return
        if learned and not checkpoint.exists():
            with whole_directory(checkpoint) as directory:
                write_agent(run.agent_for_now, directory)
                (directory / FAULT_FILE).write_text(f"{fault}\n{fault.trace or ''}")
        fault.saved = f"what was learned is saved in {self.run_dir}; {advice(self.run_dir, run)}"

    def forget(self) -> None:
        """Remove what this run has written, and its directory unless something else lies there."""
        self.close()
        for path in (self.run_dir / "config.json", self.run_dir / "metrics.csv"):
            path.unlink(missing_ok=True)
        for path in self.run_dir.glob("events.out.tfevents.*"):
            path.unlink()
        for name in ("start", "checkpoints"):
            shutil.rmtree(self.run_dir / name, ignore_errors=True)
        if not any(self.run_dir.iterdir()):
            self.run_dir.rmdir()

    def _speed(self, step: int) -> float:
        """Steps a second since the last call, or since the run was opened."""
        steps, since = step - self.step, self.time
        self.step, self.time = step, time.perf_counter()
        return steps / (self.time - since)

    def _write(self, row: dict):
        if self.metrics is None:
            self.metrics = csv.DictWriter(self.metrics_file, list(row))
            self.metrics.writeheader()
        self.metrics.writerow(row)
        self.metrics_file.flush()

    def close(self) -> None:
        """Finish the files."""
        self.metrics_file.close()
        self.events.close()


def advice(run_dir: Path, run) -> str:
    """How to play the agent of a run that a fault ended, and how to go on with the run."""
    given = run.config.env_id.startswith("<")
    option = " --env-id MODULE:FUNCTION" if given else ""
    call = f"resume({str(run_dir)!r}, env=...) or " if given else ""
    play = f"play it: ddpg-tf evaluate {run_dir}{option}"
    if run.agent_for_now.config.workers > 1:
        return f"{play}; a run of several workers cannot be resumed"
    go_on = f"{call}ddpg-tf train --resume {run_dir}{option}"
    return f"{play}; once the environment is fixed, go on: {go_on}"


def write_config(run_dir: Path, config: DDPGConfig) -> None:
    """Write config.json, which is whole at any time."""
    unfinished = run_dir / "config.json.unfinished"
    unfinished.write_text(json.dumps(config.to_dict(), indent=2) + "\n")
    os.replace(unfinished, run_dir / "config.json")


def set_aside(checkpoint: Path) -> None:
    """Rename a checkpoint, so that it no longer counts as one of its run's; it can be played."""
    other = checkpoint.with_name(checkpoint.name.replace("step_", "end_"))
    shutil.rmtree(other, ignore_errors=True)
    os.replace(checkpoint, other)


def is_recorded(every: int | None, before: int, step: int) -> bool:
    """Whether a multiple of `every` has come since the evaluation at `before`."""
    return every is not None and step // every > before // every


def require_videos(config: DDPGConfig, made_by: Source | None = None) -> None:
    """Raise ValueError if the config asks for videos that cannot be made here."""
    if config.record_every is not None:
        require_video(made_by or config.env_id, config)
