"""A plugin of Otter-Grader's: a submission's code runs in a process of its own, not in the kernel.

A homework's autograder zip names it, so that a plain `otter run` and Gradescope keep the student's
code as far from the tests as `python -m tutorials.homework grade` does. It lies in this package
because Otter must be able to import it from where it runs: here from the installed library, on
Gradescope from the top of the unpacked zip.
"""

import sys
from pathlib import Path
from typing import Any

from otter.plugins import AbstractOtterPlugin


class StudentApart(AbstractOtterPlugin):
    """Hands Otter a notebook that fetches the student's answers from elsewhere."""

    def before_execution(self, submission: Any) -> Any:
        """Replace the submission. Otter works beside the unpacked zip at that time."""
        source = Path("../source").resolve()
        # before the working directory, where a student may have put modules of the same names
        sys.path.insert(0, str(source / "files"))
        for name in [name for name in sys.modules if name.partition(".")[0] == "tutorials"]:
            del sys.modules[name]
        from tutorials.homework.isolate import notebook_of_answers

        return notebook_of_answers(submission, source)
