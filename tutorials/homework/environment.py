"""The environment in which Otter's processes run."""

import os
from pathlib import Path


def otter_environment(work: Path) -> dict[str, str]:
    """The environment for Otter, with its temporary files in `work`.

    The repository is not on the path: what grades comes from the autograder zip alone. A package
    is left out that nothing here needs: if it is installed, each of Jupyter's processes spends
    seconds on building its parser for web addresses.
    """
    left_out = work / "left_out"
    left_out.mkdir()
    (left_out / "rfc3987_syntax.py").write_text("raise ImportError('not needed for grading')\n")
    quiet = {"TF_CPP_MIN_LOG_LEVEL": "3", "CUDA_VISIBLE_DEVICES": "-1"}
    return {**os.environ, **quiet, "TMPDIR": str(work), "PYTHONPATH": str(left_out)}
