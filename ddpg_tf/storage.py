"""Files that are whole whenever they are there, and known to be what was written.

What is written gets its name only when all of it has reached the disk, and a directory then holds
the SHA-256 of each of its files, in the format of `sha256sum`. Needs no TensorFlow.
"""

import hashlib
import io
import os
import shutil
import zipfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import numpy as np

try:
    import fcntl
except ImportError:  # on Windows, where a run is not locked
    fcntl = None  # type: ignore[assignment]

SUMS_FILE = "SHA256SUMS"
"""In a directory that was written whole: the SHA-256 of each of its other files."""

LOCK_FILE = ".lock"

DAMAGE = (
    *(OSError, EOFError, RuntimeError, NotImplementedError, zipfile.BadZipFile),
    *(ValueError, TypeError, KeyError, AttributeError, SyntaxError),
)
"""What readers of JSON, CSV, NumPy's and HDF5 files raise for one that was cut short or edited."""


class DamagedError(ValueError):
    """A file is not what was written; the message names it."""


def sha256(data: bytes) -> str:
    """The checksum of `data`, in hexadecimal digits."""
    return hashlib.sha256(data).hexdigest()


def packed(arrays: Mapping[str, np.ndarray], compressed: bool = False) -> bytes:
    """The content of an .npz file with these arrays; the same for the same arrays."""
    buffer = io.BytesIO()
    (np.savez_compressed if compressed else np.savez)(buffer, **arrays)
    return buffer.getvalue()


@contextmanager
def readable(path: Path) -> Iterator[Path]:
    """Read `path` inside; what shows it to be damaged becomes a DamagedError that names it."""
    try:
        yield path
    except DamagedError:
        raise
    except DAMAGE as error:
        raise damaged(path, error) from error


def damaged(path: Path, error: Exception) -> DamagedError:
    """The error to raise for a file that could not be read because of `error`."""
    reason = " ".join(f"{type(error).__name__}: {error}".split())
    return DamagedError(f"{str(path)!r} is missing, damaged or of another version ({reason})")


# ---- writing ----------------------------------------------------------------------------------


def write_file(path: Path, data: bytes) -> None:
    """Write a file, which is whole at any time: the one that was there, or this one."""
    unfinished = path.with_name(path.name + ".unfinished")
    unfinished.unlink(missing_ok=True)
    try:
        # a new file: "x" follows no link that lies in its place
        with unfinished.open("xb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        os.replace(unfinished, path)
    except OSError:
        unfinished.unlink(missing_ok=True)
        raise
    sync(path.parent)


def append(path: Path, data: bytes) -> None:
    """Add to a file that is there; raises OSError for a link in its place."""
    descriptor = os.open(path, os.O_WRONLY | os.O_APPEND | getattr(os, "O_NOFOLLOW", 0))
    with open(descriptor, "ab") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())


@contextmanager
def whole_directory(directory: str | Path, mark: str, kind: str) -> Iterator[Path]:
    """A directory to write to, which takes the place of `directory` when all is written.

    It gets SHA256SUMS. mark: the file by which a directory of that `kind` is known; only such a one
    is replaced. Raises FileExistsError if `directory` holds anything else.
    """
    directory = Path(directory)
    if directory.exists() and not is_replaceable(directory, mark):
        raise FileExistsError(
            f"{str(directory)!r} holds something other than {kind}; save to a new directory"
        )
    unfinished = directory.with_name(directory.name + ".unfinished")
    remove(unfinished)
    unfinished.mkdir(parents=True)
    try:
        yield unfinished
        seal(unfinished)
    except BaseException:
        # a full disk has room again for what was there
        remove(unfinished)
        raise
    replaced = directory.with_name(directory.name + ".replaced")
    remove(replaced)
    if directory.exists():
        os.replace(directory, replaced)
    os.replace(unfinished, directory)
    sync(directory.parent)
    remove(replaced)


def is_replaceable(directory: Path, mark: str) -> bool:
    """Whether `directory` is empty or has the file `mark`."""
    return directory.is_dir() and ((directory / mark).is_file() or not any(directory.iterdir()))


def remove(path: Path) -> None:
    """Remove a directory and what is in it, or a link in its place, if it is there."""
    if path.is_symlink() or path.is_file():
        path.unlink()
    else:
        shutil.rmtree(path, ignore_errors=True)


def seal(directory: Path) -> None:
    """Write SHA256SUMS of all files in `directory`, and let all of them reach the disk."""
    sums = directory / SUMS_FILE
    paths = sorted(path for path in directory.rglob("*") if path.is_file() and path != sums)
    lines = [
        f"{sha256(path.read_bytes())}  {path.relative_to(directory).as_posix()}\n" for path in paths
    ]
    sums.write_text("".join(lines))
    folders = [path for path in directory.rglob("*") if path.is_dir()]
    for path in (*paths, sums, *folders, directory):
        sync(path)


def sync(path: Path) -> None:
    """Let a file, or a directory's list of names, reach the disk."""
    if os.name == "posix":
        descriptor = os.open(path, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


# ---- reading ----------------------------------------------------------------------------------


def require_sums(directory: Path) -> None:
    """Raise DamagedError unless each file that SHA256SUMS lists is what was written."""
    sums = directory / SUMS_FILE
    with readable(sums):
        lines = [line.split("  ", 1) for line in sums.read_text().splitlines()]
        named = [(directory / name, expected) for expected, name in lines]
    for path, expected in named:
        if path.is_symlink() or not path.is_file():
            raise DamagedError(f"{str(path)!r}, which {SUMS_FILE} lists, is missing or not a file")
        with readable(path):
            found = sha256(path.read_bytes())
        if found != expected:
            raise DamagedError(
                f"{str(path)!r} is damaged, or {SUMS_FILE} beside it is: its SHA-256 is another"
            )


# ---- a run's directory ------------------------------------------------------------------------


def require_no_way_out(run_dir: Path) -> None:
    """Raise ValueError if a symbolic link in `run_dir` leads out of it, where it would be written.

    The directory itself may be reached by a link.
    """
    inside = run_dir.resolve()
    for folder, folders, files in os.walk(run_dir):
        for path in (Path(folder, name) for name in (*folders, *files)):
            if path.is_symlink() and not path.resolve().is_relative_to(inside):
                raise ValueError(
                    f"{str(path)!r} is a link out of the run's directory, and none is followed; "
                    "remove it, or put what it leads to in its place"
                )


HELD: set[int] = set()
"""The locks' file descriptors."""


def let_go() -> None:
    """In a process that was forked from a run's, such as an environment's: do not keep its lock."""
    while HELD:
        os.close(HELD.pop())


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=let_go)


@contextmanager
def locked(run_dir: str | Path) -> Iterator[None]:
    """Keep a run's directory from other processes, until this one leaves the block or ends.

    However it ends: the lock is the kernel's, on a file that stays. Raises BlockingIOError if
    another process, or another run of this one, has it.
    """
    if fcntl is None:
        yield
        return
    flags = os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC
    descriptor = os.open(Path(run_dir) / LOCK_FILE, flags, 0o644)
    HELD.add(descriptor)
    try:
        take(descriptor, run_dir)
        yield
    finally:
        HELD.discard(descriptor)
        os.close(descriptor)


def take(descriptor: int, run_dir: str | Path) -> None:
    """Lock the file, or raise BlockingIOError if somebody has it."""
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        raise BlockingIOError(
            f"the run in {str(run_dir)!r} is being trained at this moment; wait for it, or choose "
            "another directory"
        ) from None
    except OSError:
        # a file system without locks
        pass
