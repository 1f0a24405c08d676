"""A process for other people's code: with this library, and with nothing of this environment."""

import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from ddpg_tf.sandbox.processes import Worker

LIBRARY = Path(__file__).parents[2]
"""Where the process finds this library."""

PASSED_ON = ("PATH", "LD_LIBRARY_PATH", "LANG", "VIRTUAL_ENV")
"""The only environment variables that other people's code gets to see."""

FIRST = ("kernel", "descendants", "keeper", "walls")
"""The modules that confine the process, each after those that it imports."""
PROGRAM = """
import json, os, sys, types
def make(sources):
    for name, source in sources.items():
        module = sys.modules[name] = types.ModuleType(name)
        exec(compile(source, name, "exec"), vars(module))
make({walls!r})
not_held = json.dumps(sys.modules["ddpg_tf.sandbox.walls"].enclose({readable!r})).encode()
sizes = (8 + len(not_held)).to_bytes(8, "big") + len(not_held).to_bytes(8, "big")
os.write(int(sys.argv[-1]), sizes + not_held)
make({sources!r})
del make, not_held, sizes
{then}
"""
"""What the process runs: it makes the first modules of their sources, because to import one of this
library is to import NumPy; it is confined; it says, as `packing.py` would, what that does not hold.
"""

KEEPERS_SECONDS = 10.0
"""How long a keeper may take for the end of what it keeps, before that is done for it."""
TOLD: set[str] = set()
"""What has been told about this machine."""


class Stranger(Worker):
    """A `Worker` for other people's code, confined by `walls.py` before it imports anything.

    then: source of what it runs. sources: of modules that it finds imported, by their names.
    readable: files and folders that it may read. options: Python's, such as -I.
    """

    def __init__(
        self,
        then: str,
        directory: str | Path,
        environment: Mapping[str, str],
        sources: Mapping[str, str] | None = None,
        readable: Sequence[str | Path] = (),
        options: Sequence[str] = (),
    ):
        here = Path(__file__).parent
        walls = {f"ddpg_tf.sandbox.{name}": (here / f"{name}.py").read_text() for name in FIRST}
        program = PROGRAM.format(
            walls=walls, readable=[*map(str, readable)], sources=dict(sources or {}), then=then
        )
        command = [sys.executable, *options, "-c", program]
        # its keeper takes the closing of the pipe for the end of this process
        super().__init__(command, directory, environment, stdin=subprocess.PIPE)
        self._not_held: list[str] | None = None

    def not_held(self, seconds: float = 60.0) -> list[str]:
        """What this machine's kernel does not keep the process from, in words after "from".

        The process says so before anything else. Raises what `Channel.receive` raises.
        """
        if self._not_held is None:
            self._not_held = self.channel.receive(seconds)
        return self._not_held

    def exchange(self, message: Any, seconds: float, *meanwhile: Any) -> Any:
        """As a `Worker` does."""
        self.not_held(seconds)
        return super().exchange(message, seconds, *meanwhile)

    def end(self) -> int:
        """As a `Worker` does; but first the keeper may kill what it keeps, and see to its end."""
        if self.process.stdin is not None:
            self.process.stdin.close()
        with suppress(subprocess.TimeoutExpired):
            self.process.wait(KEEPERS_SECONDS)
        return super().end()

    def __enter__(self) -> "Stranger":
        return self


@contextmanager
def process_for_strangers(module: str, readable: Sequence[str | Path] = ()) -> Iterator[Stranger]:
    """A `Stranger` that runs `main` of a module of this library in an empty directory of its own.

    Afterwards it and all that it started are gone, and the directory too. readable: see `Stranger`.
    Raises OSError where there is no Linux.
    """
    require_linux()
    with directory_for_strangers() as directory:
        path = os.pathsep.join([str(LIBRARY), *filter(None, [os.environ.get("PYTHONPATH")])])
        environment = environment_for_strangers(directory, PYTHONPATH=path)
        library = [LIBRARY / "ddpg_tf", *readable]
        then = f"from {module} import main; main()"
        with Stranger(then, directory, environment, readable=library) as worker:
            yield worker


def require_linux() -> None:
    """Raise OSError where other people's code cannot be confined."""
    if sys.platform != "linux":
        raise OSError(
            "other people's code runs in a process with limits, which needs Linux; for your own, "
            "call ddpg_tf.diagnosis.diagnose(function), say in a notebook"
        )


@contextmanager
def directory_for_strangers() -> Iterator[str]:
    """A new directory, to be removed with whatever is in it."""
    directory = tempfile.mkdtemp(prefix="ddpg-tf-")
    try:
        yield directory
    finally:
        remove(directory)


def remove(directory: str) -> None:
    """Remove a directory that somebody else has filled: so deep, it may be, or so closed, that
    `shutil.rmtree` fails.
    """
    for command in (["chmod", "-R", "u+rwX"], ["rm", "-rf"]):
        subprocess.run([*command, "--", directory], stderr=subprocess.DEVNULL, check=False)


def environment_for_strangers(home: str, **others: str) -> dict[str, str]:
    """The environment of a process that runs other people's code: no secrets, no display, no GPU.

    home: the directory that is its home and takes its temporary files. others: further variables.
    """
    return {
        **{name: os.environ[name] for name in PASSED_ON if name in os.environ},
        "HOME": home,
        "TMPDIR": home,
        "USER": "student",
        "PYTHONDONTWRITEBYTECODE": "1",
        "CUDA_VISIBLE_DEVICES": "-1",
        "TF_CPP_MIN_LOG_LEVEL": "3",
        "MPLBACKEND": "Agg",
        **others,
    }


def tell_once(not_held: Sequence[str]) -> None:
    """Say in one line on stderr, once, what other people's code is not kept from here."""
    if not_held and not TOLD.issuperset(not_held):
        TOLD.update(not_held)
        print(
            f"note: this machine does not keep a student's code from {', '.join(not_held)}; run "
            "strangers' code in a container: tutorials/homework/README.md",
            file=sys.stderr,
        )


def tell_what_is_not_held() -> None:
    """Start a process that does nothing, to know and tell what one is not kept from."""
    require_linux()
    with (
        directory_for_strangers() as directory,
        Stranger("", directory, environment_for_strangers(directory)) as worker,
    ):
        tell_once(worker.not_held())
