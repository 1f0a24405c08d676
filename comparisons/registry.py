"""The studies by name, in reading order.

A study is a package `comparisons.NAME` of this layout:

    __init__.py   the question, in its docstring, and the page's TITLE; gathers `run`, `figures`,
                  `values`, `CLAIMS`
    measure.py    run(quick, track) -> dict: measures, in seconds if `quick`
    figures.py    figures(data) -> dict, and a function for each figure
    finding.md    the prose, with placeholders for the numbers
    claims.py     values(data) -> dict, and CLAIMS: what the prose asserts, as conditions

and of as many modules more as measuring needs. `comparisons.study` says what each part is for.
`REQUIRES`, if `__init__.py` has one, names packages beyond the required ones that `run` needs.
"""

from collections.abc import Iterable
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path

from comparisons.study import Study

STUDIES = {
    "equivalence": "All six strategies against mean_q: where bits agree, and how far they differ.",
    "lockstep": "Whole trainings: the update at which bits first differ, and what becomes of it.",
    "anatomy": "What each strategy builds: its dataflow, graph operations and XLA instructions.",
    "cost": "Time and peak memory of a gradient and of an update: eager, graph and XLA.",
    "theorem": "The policy gradient theorem where the truth is known: a linear regulator.",
    "ancestors": "12 published updates in their own frameworks beside ours; 13 of the actor alone.",
    "defects": "Eight defects of published code, one at a time: what each does to learning.",
    "questions": "What people asked in public about this gradient: 31 experiments, 31 answers.",
    "exploration": "Noise at work: its paths, the states that it reaches, what is learned with it.",
    "n_step": "Returns of 1, 3 and 5 steps: learning with dense and sparse reward; tilted targets.",
    "presets": "What each published system reaches here, in what time; TD3 and DDPG, 5 seeds each.",
    "mujoco": "DDPG and TD3 on HalfCheetah, Hopper and Walker2d: 300,000 steps, 5 seeds each.",
    "scaling": "Two workers against one: speed, bytes sent, and what follows for a hundred.",
    "growth": "The law that speed follows over buffer, width, batch, environments and workers.",
    "peers": "Speed beside SBX, Stable-Baselines3 and the keras.io way, and beside the machine's.",
    "benchmark": "Speed and learning: updates per second of each strategy, 5 seeds on Pendulum-v1.",
}
"""Name -> one line."""

LONG = ("presets", "mujoco", "peers")
"""Studies of half an hour or more, which run by their own name only."""

EXTRA_OF = {
    "tf_keras": "comparisons",
    "torch": "comparisons",
    "stable_baselines3": "peers",
    "sbx": "peers",
    "mujoco": "mujoco",
}
"""Package -> the extra of this project that installs it."""


def require_known(names: Iterable[str]) -> None:
    """Raise ValueError, listing the known ones, for a name that is no study's."""
    for name in names:
        if name not in STUDIES:
            known = ", ".join(STUDIES)
            raise ValueError(f"unknown study {name!r}; the known ones are: {known}, all")


def get_study(name: str) -> Study:
    """Gather a study from its package. Raises ValueError, listing the known ones, for others."""
    require_known([name])
    return gathered(name)


def gathered(name: str) -> Study:
    """Gather a study from its package, whether it stands in `STUDIES` or not yet."""
    package = import_module(f"comparisons.{name}")
    return Study(
        name=name,
        title=package.TITLE,
        run=package.run,
        figures=package.figures,
        values=package.values,
        claims=package.CLAIMS,
        template=Path(package.__file__).with_name("finding.md").read_text(encoding="utf-8"),
        requires=getattr(package, "REQUIRES", ()),
    )


def check_requirements(study: Study) -> None:
    """Raise ValueError, with the command that installs it, if a package it needs is missing."""
    missing = [package for package in study.requires if not find_spec(package)]
    if missing:
        extra = EXTRA_OF[missing[0]]
        raise ValueError(
            f"study {study.name!r} needs {', '.join(missing)}; "
            f"install with: pip install -e '.[{extra}]'"
        )
