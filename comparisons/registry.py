"""The studies by name, in reading order.

A study is a module `comparisons.NAME` (or a package of that name) with three functions:

    run(quick, track) -> dict    measures; returns plain data, ready for JSON. `track(items, note)`
                                 iterates over `items` and moves the progress bar. `quick` makes it
                                 a matter of seconds, with the same keys in the data.
    figures(data) -> dict        file name without ending -> matplotlib Figure
    finding(data) -> str         Markdown: what was seen. Every number in it comes from `data`.

`REQUIRES`, if it has one, names packages beyond the required ones that it cannot do without.
"""

from importlib import import_module
from importlib.util import find_spec

STUDIES = {
    "equivalence": "All six strategies against mean_q: where bits agree, and how far they part.",
    "lockstep": "Whole trainings: the update at which bits first differ, and what becomes of it.",
    "anatomy": "What each style builds: its dataflow, graph operations and XLA instructions.",
    "cost": "Time and peak memory of a gradient and of an update: eager, graph and XLA.",
    "theorem": "The policy gradient theorem where the truth is known: a linear regulator.",
    "ancestors": "13 published actor updates in their own frameworks: which of ours each is.",
    "questions": "What people asked in public about this gradient: 22 experiments, 22 answers.",
    "exploration": "Noise seen: its paths, the states that it reaches, what is learned with it.",
    "presets": "What each published system reaches here, in what time; TD3 and DDPG, 5 seeds each.",
    "scaling": "Two workers against one: speed, bytes sent, and what follows for a hundred.",
    "benchmark": "Speed and learning: updates a second of each strategy, 5 seeds on Pendulum-v1.",
}
"""Name -> one line."""

LONG = ("presets",)
"""Studies of half an hour, which run by their own name only."""

EXTRA_OF = {"tf_keras": "comparisons", "torch": "comparisons"}
"""Package -> the extra of this project that installs it."""


def get_study(name: str):
    """Return the study's module.

    Raises ValueError, listing the known ones, for an unknown name; and, with the command that
    installs it, if a package that it needs is missing.
    """
    if name not in STUDIES:
        known = ", ".join(STUDIES)
        raise ValueError(f"unknown study {name!r}; the known ones are: {known}, all")
    study = import_module(f"comparisons.{name}")
    missing = [package for package in getattr(study, "REQUIRES", ()) if not find_spec(package)]
    if missing:
        extra = EXTRA_OF[missing[0]]
        raise ValueError(
            f"study {name!r} needs {', '.join(missing)}; install with: pip install -e '.[{extra}]'"
        )
    return study
