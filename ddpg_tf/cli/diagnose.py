"""`ddpg-tf diagnose`: which mistake is in this actor gradient?"""

import math
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import tyro
from rich.console import Console
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from ddpg_tf.sandbox.strangers import process_for_strangers
from ddpg_tf.startup import import_tensorflow_quietly

if TYPE_CHECKING:
    from ddpg_tf.diagnosis import Verdict

EXIT_CODES = {"correct": 0, "mistake": 1, "not run": 2}


@dataclass
class Diagnose:
    """Say whether a function computes the actor's gradient, or which mistake it contains.

    The function is candidate(actor, critic, observations), which returns the gradients of -mean Q,
    or candidate(actor, critic, optimizer, observations), which performs the update. It runs in a
    process of its own, with limits, which needs Linux; elsewhere call ddpg_tf.diagnosis.diagnose
    in a notebook. Exits with 0 if it is correct, with 1 if it is not, and with 2 if it could not be
    run or does nothing.

    Example:  ddpg-tf diagnose homework.py:actor_gradients --time-limit 30
    """

    target: tyro.conf.Positional[str]
    """FILE.py:FUNCTION; a notebook, FILE.ipynb:FUNCTION, will do too."""
    time_limit: float = 60.0
    """Seconds, TensorFlow's start included."""
    memory_limit: float = 2.0
    """GiB, beyond what TensorFlow itself takes."""

    def run(self) -> int:
        path, colon, function = self.target.rpartition(":")
        if not colon or not path or not function:
            raise ValueError(
                f"{self.target!r} names no function; expected FILE.py:FUNCTION, "
                "for example homework.py:actor_gradients"
            )
        for option, limit in [("time", self.time_limit), ("memory", self.memory_limit)]:
            if not 0 < limit < math.inf:
                raise ValueError(f"--{option}-limit must be above 0 and finite; got {limit}")
        # the student's process imports TensorFlow at the same time as this one
        file = Path(path).resolve()
        with process_for_strangers("ddpg_tf.diagnosis.child", [file.parent, file]) as worker:
            import_tensorflow_quietly()
            from ddpg_tf.diagnosis import diagnose_file

            limits = self.time_limit, int(self.memory_limit * 2**30)
            verdict = diagnose_file(path, function, *limits, worker=worker)
        Console().print(verdict_panel(verdict))
        return EXIT_CODES[verdict.outcome]


def verdict_panel(verdict: "Verdict") -> Panel:
    """Frame a verdict: its headline above, its parts in a table."""
    colour = {"correct": "green", "mistake": "red", "not run": "yellow"}[verdict.outcome]
    table = Table.grid(padding=(0, 2))
    table.add_column(style="bold", no_wrap=True)
    table.add_column()
    for label, text in verdict.lines():
        table.add_row(label, Text(text))
    return Panel(table, title=Text(verdict.headline), border_style=colour, width=92)
