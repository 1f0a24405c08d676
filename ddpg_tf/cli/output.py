"""A check of where results are to go, made before the work that produces them."""

import os
import tempfile
from pathlib import Path


def require_writable(directory: Path) -> None:
    """Raise OSError, saying why, if files could not be written to `directory`, which may be new."""
    nearest = next(path for path in (directory, *directory.absolute().parents) if path.exists())
    if not nearest.is_dir():
        raise NotADirectoryError(f"{str(nearest)!r} is a file; the results need a directory")
    try:
        # what is allowed is one thing, a full or read-only file system another
        if not os.access(nearest, os.W_OK):
            raise PermissionError(nearest)
        with tempfile.TemporaryDirectory(dir=nearest):
            pass
    except OSError as error:
        raise PermissionError(
            f"{str(nearest)!r} cannot be written to; choose another directory"
        ) from error
