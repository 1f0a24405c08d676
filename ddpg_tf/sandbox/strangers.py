"""A process for other people's code: with this library, and with nothing of this environment."""

import os
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from ddpg_tf.sandbox.processes import Worker

LIBRARY = Path(__file__).parents[2]
"""Where the process finds this library."""

PASSED_ON = ("PATH", "LD_LIBRARY_PATH", "LANG", "VIRTUAL_ENV")
"""The only environment variables that other people's code gets to see."""


@contextmanager
def process_for_strangers(module: str) -> Iterator[Worker]:
    """A `Worker` that runs a module of this library in an empty directory of its own.

    Afterwards its whole process group is gone, and the directory too. Raises OSError where there is
    no Linux: its limits are what keeps the process apart.
    """
    if sys.platform != "linux":
        raise OSError(
            "other people's code runs in a process with limits, which needs Linux; for your own, "
            "call ddpg_tf.diagnosis.diagnose(function), say in a notebook"
        )
    with tempfile.TemporaryDirectory(prefix="ddpg-tf-", ignore_cleanup_errors=True) as directory:
        path = os.pathsep.join([str(LIBRARY), *filter(None, [os.environ.get("PYTHONPATH")])])
        environment = environment_for_strangers(directory, PYTHONPATH=path)
        with Worker([sys.executable, "-m", module], directory, environment) as worker:
            yield worker


def environment_for_strangers(home: str, **others: str) -> dict[str, str]:
    """The environment of a process that runs other people's code: no secrets, no display, no GPU.

    home: the directory that is its home and takes its temporary files. others: further variables.
    """
    return {
        **{name: os.environ[name] for name in PASSED_ON if name in os.environ},
        "HOME": home,
        "TMPDIR": home,
        "PYTHONDONTWRITEBYTECODE": "1",
        "CUDA_VISIBLE_DEVICES": "-1",
        "TF_CPP_MIN_LOG_LEVEL": "3",
        "MPLBACKEND": "Agg",
        **others,
    }
