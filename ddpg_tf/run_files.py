"""What lies where in a run's directory, and how to read and write it safely.

    config.json  metrics.csv  checkpoints/step_000001000/  videos/  figures/

Needs neither TensorFlow nor Keras, so that a mistyped path is reported at once.
"""

import json
import os
import shutil
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from ddpg_tf.config import DDPGConfig

AGENT_FILE = "agent.json"
"""The file that makes a directory a checkpoint."""

STATE_FILE = "state.npz"
"""In a checkpoint: what the agent has learned besides its networks' weights."""

FAULT_FILE = "fault.txt"
"""What ended the run, in a checkpoint that holds the agent alone: no run can go on from it."""

DAMAGE = (
    *(OSError, EOFError, RuntimeError, zipfile.BadZipFile),
    *(ValueError, TypeError, KeyError, AttributeError),
)
"""What readers of JSON, CSV, NumPy's and HDF5 files raise for one that was cut short or edited."""


def saved_config(run_dir: str | Path) -> DDPGConfig:
    """The config of the run in `run_dir`. Raises FileNotFoundError if there is none."""
    path = Path(run_dir) / "config.json"
    if not path.is_file():
        raise FileNotFoundError(
            f"no run in {str(run_dir)!r}; give the directory of a run of 'ddpg-tf train'"
        )
    with readable(path):
        return DDPGConfig.from_dict(json.loads(path.read_text()))


@contextmanager
def readable(path: Path) -> Iterator[Path]:
    """Read `path` inside; what shows it to be damaged becomes a ValueError that names it."""
    try:
        yield path
    except DAMAGE as error:
        raise damaged(path, error) from error


def damaged(path: Path, error: Exception) -> ValueError:
    """The error to raise for a file that could not be read because of `error`."""
    reason = f"{type(error).__name__}: {error}"
    return ValueError(f"{str(path)!r} is missing, damaged or of another version ({reason})")


def latest_checkpoint(directory: str | Path) -> Path:
    """`directory` if it is a checkpoint, else the latest one in the run's directory.

    Raises FileNotFoundError if there is neither.
    """
    directory = Path(directory)
    if (directory / AGENT_FILE).is_file():
        return directory
    checkpoints = all_checkpoints(directory)
    if not checkpoints:
        raise FileNotFoundError(
            f"no agent in {str(directory)!r}; give the directory of a run of 'ddpg-tf train'"
        )
    return checkpoints[-1]


def all_checkpoints(run_dir: str | Path) -> list[Path]:
    """The directories of a run's checkpoints, oldest first."""
    found = sorted(Path(run_dir).glob(f"checkpoints/step_*[0-9]/{AGENT_FILE}"))
    return [path.parent for path in found]


def checkpoint_at(run_dir: str | Path, step: int) -> Path:
    """The directory of a run's checkpoint of that step."""
    return Path(run_dir) / "checkpoints" / f"step_{step:09d}"


def resumable_checkpoints(run_dir: str | Path) -> list[Path]:
    """Those that a run can go on from, oldest first."""
    return [path for path in all_checkpoints(run_dir) if not (path / FAULT_FILE).exists()]


def step_of(checkpoint: Path) -> int:
    """The step that a checkpoint was made at."""
    return int(checkpoint.name.removeprefix("step_"))


@contextmanager
def whole_directory(
    directory: str | Path, mark: str = AGENT_FILE, kind: str = "an agent"
) -> Iterator[Path]:
    """A directory to write to, which takes the place of `directory` when all is written.

    mark: the file by which a directory of that `kind` is known; only such a one is replaced.
    Raises FileExistsError if `directory` holds anything else.
    """
    directory = Path(directory)
    if directory.exists() and not is_replaceable(directory, mark):
        raise FileExistsError(
            f"{str(directory)!r} holds something other than {kind}; save to a new directory"
        )
    unfinished = directory.with_name(directory.name + ".unfinished")
    shutil.rmtree(unfinished, ignore_errors=True)
    unfinished.mkdir(parents=True)
    yield unfinished
    replaced = directory.with_name(directory.name + ".replaced")
    shutil.rmtree(replaced, ignore_errors=True)
    if directory.exists():
        os.replace(directory, replaced)
    os.replace(unfinished, directory)
    shutil.rmtree(replaced, ignore_errors=True)


def is_replaceable(directory: Path, mark: str) -> bool:
    """Whether `directory` is empty or has the file `mark`."""
    return directory.is_dir() and ((directory / mark).is_file() or not any(directory.iterdir()))
