"""What a run writes: config.json, metrics.csv, TensorBoard events, steps, checkpoints, videos."""

import csv
import io
import shutil
import time
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path

import tensorflow as tf

from ddpg_tf.agents.checkpoint import write_agent
from ddpg_tf.config import DDPGConfig
from ddpg_tf.environments.faults import FaultyEnvironmentError
from ddpg_tf.environments.make import Source
from ddpg_tf.environments.vector import Transitions
from ddpg_tf.environments.video import record_videos, require_video
from ddpg_tf.run_files import (
    AGENT_FILE,
    CONFIG_FILE,
    FAULT_FILE,
    HISTORY_FILE,
    METRICS_FILE,
    all_checkpoints,
    checkpoint_at,
    step_of,
    write_config,
)
from ddpg_tf.storage import (
    LOCK_FILE,
    append,
    locked,
    require_no_way_out,
    whole_directory,
    write_file,
)
from ddpg_tf.training.metrics import METRICS, tag
from ddpg_tf.training.resume import write_run_state
from ddpg_tf.training.saved_run import SavedRun
from ddpg_tf.training.steps import STEPS, joined, write_steps
from ddpg_tf.training.upkeep import (
    drop_old,
    remove_leftovers,
    require_no_run,
    set_aside,
    tell_of_lost_rows,
    told_of_disk,
)


class RunRecorder:
    """Writes rows and checkpoints as they come, so that an interrupted run keeps what it had.

    steps: the transitions of each step since the last checkpoint; whoever makes a step adds them.
    Raises FileExistsError, before anything is written, if the directory holds a run already,
    BlockingIOError if another process is about to write one there, NotADirectoryError if its path
    leads through a file, and ValueError if the config asks for videos that cannot be made here.
    What cannot be written later, on a full disk for instance, raises an OSError that says so.
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
        require_no_run(run_dir)
        require_videos(config, made_by)
        run_dir.mkdir(parents=True, exist_ok=True)
        with ExitStack() as stack:
            stack.enter_context(locked(run_dir))
            # somebody may have been quicker
            require_no_run(run_dir)
            require_no_way_out(run_dir)
            if write_start is not None:
                # before the config, which makes the directory a run's
                write_start(run_dir)
            write_config(run_dir, config)
            self._open(run_dir, b"")
            self.lock = stack.pop_all()

    @classmethod
    def resumed(
        cls,
        run_dir: str | Path,
        config: DDPGConfig,
        saved: SavedRun | None,
        made_by: Source | None = None,
    ) -> "RunRecorder":
        """The recorder of a run that goes on from `saved`, or begins anew; its directory is locked.

        config: the run's, perhaps with more total_steps than it had; it is written anew. A later
        checkpoint, which only the shorter run has, is renamed to end_STEP. Rows that metrics.csv
        has lost are written again, and a line says so.
        """
        run_dir = Path(run_dir)
        require_no_way_out(run_dir)
        require_videos(config, made_by)
        recorder = cls.__new__(cls)
        step, table, files = 0, b"", {}
        if saved is not None:
            step, files = saved.step, saved.state["files"]
            table = (saved.checkpoint / HISTORY_FILE).read_bytes()
            tell_of_lost_rows(run_dir / METRICS_FILE, table)
        # the config first: whenever this is cut off, the next resumption comes to the same step
        write_config(run_dir, config)
        for checkpoint in all_checkpoints(run_dir):
            if step_of(checkpoint) > step:
                set_aside(checkpoint)
        recorder._open(run_dir, table, step, files)
        remove_leftovers(run_dir, files)
        return recorder

    def _open(self, run_dir: Path, table: bytes, step: int = 0, files: dict | None = None):
        self.run_dir, self.table, self.files = run_dir, table, files or {}
        write_file(run_dir / METRICS_FILE, table)
        (run_dir / STEPS).mkdir(exist_ok=True)
        self.steps: list[Transitions] = []
        self.events = tf.summary.create_file_writer(str(run_dir))
        self.saved, self.step, self.time = step, step, time.perf_counter()
        self.lock = ExitStack()

    def record(self, row: dict, run) -> None:
        """Append one row to metrics.csv and to TensorBoard; save the run as it stands.

        TensorBoard also gets the steps a second since the last row. If it is time for a video, the
        evaluation's first episode is recorded, which begins in the same state each time.
        """
        # the checkpoint last: a run that is killed before it does all of this again when resumed
        with told_of_disk(self.run_dir):
            require_no_way_out(self.run_dir)
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
        self.save(run)

    def save(self, run) -> None:
        """Save the run as it stands: the steps since the last time, and a checkpoint."""
        with told_of_disk(self.run_dir):
            require_no_way_out(self.run_dir)
            files = self.files
            if self.steps:
                steps = joined(self.steps, run.agent_for_now.observation_dtype)
                files = files | write_steps(self.run_dir, run.step, steps)
            with self._checkpoint(run.step) as directory:
                write_agent(run.agent_for_now, directory)
                (directory / HISTORY_FILE).write_bytes(self.table)
                # of several workers only the first is here, and no run can go on from one
                if run.agent_for_now.config.workers == 1:
                    write_run_state(run, files, directory)
        self.steps, self.files, self.saved = [], files, run.step
        drop_old(self.run_dir, run.history, run.config.keep)

    def _checkpoint(self, step: int):
        return whole_directory(checkpoint_at(self.run_dir, step), AGENT_FILE, "a checkpoint")

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
            with told_of_disk(self.run_dir), self._checkpoint(run.step) as directory:
                write_agent(run.agent_for_now, directory)
                (directory / HISTORY_FILE).write_bytes(self.table)
                (directory / FAULT_FILE).write_text(f"{fault}\n{fault.trace or ''}")
        fault.saved = f"what was learned is saved in {self.run_dir}; {advice(self.run_dir, run)}"

    def forget(self) -> None:
        """Remove what this run has written, and its directory unless something else lies there."""
        self.close()
        for name in (CONFIG_FILE, METRICS_FILE, LOCK_FILE):
            (self.run_dir / name).unlink(missing_ok=True)
        for path in self.run_dir.glob("events.out.tfevents.*"):
            path.unlink()
        for name in ("start", "checkpoints", STEPS):
            shutil.rmtree(self.run_dir / name, ignore_errors=True)
        if not any(self.run_dir.iterdir()):
            self.run_dir.rmdir()

    def _speed(self, step: int) -> float:
        """Steps a second since the last call, or since the run was opened."""
        steps, since = step - self.step, self.time
        self.step, self.time = step, time.perf_counter()
        return steps / (self.time - since)

    def _write(self, row: dict):
        text = io.StringIO()
        writer = csv.DictWriter(text, list(row))
        if not self.table:
            writer.writeheader()
        writer.writerow(row)
        line = text.getvalue().encode()
        append(self.run_dir / METRICS_FILE, line)
        self.table += line

    def close(self) -> None:
        """Finish the files, and let go of the directory."""
        with self.lock, told_of_disk(self.run_dir):
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


def is_recorded(every: int | None, before: int, step: int) -> bool:
    """Whether a multiple of `every` has come since the evaluation at `before`."""
    return every is not None and step // every > before // every


def require_videos(config: DDPGConfig, made_by: Source | None = None) -> None:
    """Raise ValueError if the config asks for videos that cannot be made here."""
    if config.record_every is not None:
        require_video(made_by or config.env_id, config)
