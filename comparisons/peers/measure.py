"""What is measured: every program, in turns, by the clock in its environment."""

import json
import os
import sys
import tempfile
import time
from collections.abc import Mapping
from functools import partial
from itertools import product
from pathlib import Path
from typing import Any, NamedTuple

from comparisons.cost.memory import LAUNCHER
from comparisons.peer_programs.setting import SIZES, Setting
from comparisons.peers.kept import ROOT, Kept
from comparisons.study import Track
from ddpg_tf.sandbox.processes import run as run_process

PROGRAMS = {
    "ddpg-tf DDPG": ("ours", "ddpg"),
    "SBX DDPG": ("sbx", "ddpg"),
    "SB3 DDPG": ("stable_baselines3", "ddpg"),
    "keras.io DDPG": ("keras_io", "ddpg"),
    "ddpg-tf TD3": ("ours", "td3"),
    "SBX TD3": ("sbx", "td3"),
    "SB3 TD3": ("stable_baselines3", "td3"),
}
"""Name -> module of `peer_programs`, algorithm. In each round they run in this order."""

ALGORITHMS = "ddpg", "td3"

COLUMNS = (
    ("Pendulum-v1", 64, 50),
    ("Pendulum-v1", 64, 1),
    ("HalfCheetah-v5", 256, 50),
    ("HalfCheetah-v5", 256, 1),
)
"""Environment, batch size, block of updates."""

ONE_BY_ONE_ONLY = ("keras.io DDPG",)
"""Programs that have no blocks."""

KEPT = Path("runs/peers")

ALL_CORES = {"OMP_NUM_THREADS": str(os.cpu_count())}
"""TensorFlow and JAX take all cores by themselves; PyTorch would leave out those that share a core
of the processor."""

CORES = {
    "all cores": ALL_CORES,
    "one core": {"TF_NUM_INTRAOP_THREADS": "1", "TF_NUM_INTEROP_THREADS": "1"},
}
"""What the learner's rate is measured with -> variables of the environment."""

MARK = -200.0
"""The mean return of ten episodes of Pendulum-v1 at which it counts as learned."""


class Effort(NamedTuple):
    """How much is measured. setting: fields of every `Setting` that differ from the usual ones.

    rates: algorithm, environment and cores of each learner whose rate is measured. mark_steps: the
    most steps to the mark. memory_steps: those of the run whose memory is measured.
    """

    rounds: int
    columns: tuple
    programs: tuple
    setting: dict
    learners: tuple
    rates: tuple
    seeds: int
    mark_steps: int
    memory_steps: int


WHOLE = Effort(
    rounds=5,
    columns=COLUMNS,
    programs=tuple(PROGRAMS),
    setting={},
    learners=tuple(PROGRAMS),
    rates=tuple(product(ALGORITHMS, SIZES, CORES)),
    seeds=5,
    mark_steps=15_000,
    memory_steps=1_000_000,
)
QUICK = Effort(
    rounds=1,
    columns=COLUMNS[1:2],
    programs=("ddpg-tf DDPG", "keras.io DDPG"),
    setting={"warmup": 100, "first": 120, "last": 220},
    learners=("ddpg-tf DDPG",),
    rates=tuple(product(("ddpg",), SIZES, CORES)),
    seeds=1,
    mark_steps=250,
    memory_steps=2_000,
)


def run(quick: bool, track: Track) -> dict:
    """Measure all; what is kept of an earlier, interrupted study is not measured again."""
    if quick:
        with tempfile.TemporaryDirectory() as folder:
            return measured(QUICK, Kept(Path(folder)), track)
    return measured(WHOLE, Kept(KEPT), track)


def measured(effort: Effort, kept: Kept, track: Track) -> dict:
    """As `run`."""
    columns = [column(effort, *given, kept, track) for given in effort.columns]
    return {
        "rounds": effort.rounds,
        "steps": timed_steps(effort),
        "versions": kept.versions,
        "columns": columns,
        "learning": learning(effort, kept, track),
        "learner": [
            rates(*given, effort.rounds, kept)
            for given in track(effort.rates, "the learner and the machine")
        ],
        "memory": memory(effort.memory_steps, kept, track),
    }


def timed_steps(effort: Effort) -> list[int]:
    """The steps between which the time is taken."""
    usual = Setting("", "", 0, 0, **effort.setting)
    return [usual.first, usual.last]


def column(
    effort: Effort, env_id: str, batch_size: int, block: int, kept: Kept, track: Track
) -> dict:
    """One environment and one block: what each program needed in each round."""
    names = [name for name in effort.programs if block == 1 or name not in ONE_BY_ONE_ONLY]
    settings = {
        name: Setting(env_id, PROGRAMS[name][1], batch_size, block, **effort.setting)
        for name in names
    }
    title = f"{env_id}-{'one by one' if block == 1 else f'blocks of {block}'}"
    rounds = [
        kept.get(f"{title}-round {k}", questions(settings), partial(one_round, settings))
        for k in track(range(effort.rounds), title)
    ]
    return {
        "env_id": env_id,
        "batch_size": batch_size,
        "block": block,
        "programs": {name: [found[name] for found in rounds] for name in names},
    }


def one_round(settings: dict[str, Setting]) -> dict:
    """All programs, one after the other."""
    return {name: launched(name, setting) for name, setting in settings.items()}


def learning(effort: Effort, kept: Kept, track: Track) -> dict:
    """Program -> what each seed needed to the mark on Pendulum-v1, one update a step."""
    found = {name: [] for name in effort.learners}
    for seed in track(range(effort.seeds), "time to learn"):
        for name in effort.learners:
            setting = Setting("Pendulum-v1", PROGRAMS[name][1], 64, 1, mark=MARK, seed=seed)
            setting = setting._replace(last=effort.mark_steps, first=1)
            question = questions({name: setting})
            measure = partial(launched, name, setting)
            found[name].append(kept.get(f"learning-{name}-seed {seed}", question, measure))
    return found


def questions(settings: dict[str, Setting]) -> dict:
    """What is asked, as it is kept."""
    return {name: setting._asdict() for name, setting in settings.items()}


def launched(name: str, setting: Setting) -> dict:
    """Run a program in a process of its own.

    seconds_a_step: part -> seconds, see `peer_programs`. first_update, reached: seconds from the
    start of the process, None if it did not come to that. steps, peak_bytes.
    """
    started = time.time()
    arguments = PROGRAMS[name][0], json.dumps(setting._asdict())
    found = answer_of("comparisons.peer_programs", *arguments)
    since = lambda moment: None if moment is None else moment - started  # noqa: E731
    return {
        "seconds_a_step": found["seconds_a_step"],
        "first_update": since(found["first_update_at"]),
        "reached": since(found["reached_at"]),
        "steps": found["steps"],
        "peak_bytes": found["peak_bytes"],
    }


def memory(steps: int, kept: Kept, track: Track) -> dict:
    """Algorithm -> what a run on HalfCheetah-v5 takes of memory, see `peer_programs/memory.py`."""
    found = {}
    for algorithm in track(ALGORITHMS, "memory"):
        arguments = algorithm, str(steps)
        measure = partial(answer_of, "comparisons.peer_programs.memory", *arguments)
        found[algorithm] = kept.get(f"memory-{algorithm}", {"arguments": arguments}, measure)
    return found


def rates(algorithm: str, env_id: str, cores: str, rounds: int, kept: Kept) -> dict:
    """A learner's rates beside the machine's, see `peer_programs/learner.py`."""
    arguments, threads = (algorithm, env_id, str(rounds)), CORES[cores]
    question = {"arguments": arguments, "threads": threads}
    measure = partial(answer_of, "comparisons.peer_programs.learner", *arguments, threads=threads)
    found = kept.get(f"learner-{algorithm}-{env_id}-{cores}", question, measure)
    return {"algorithm": algorithm, "env_id": env_id, "cores": cores, **found}


def answer_of(module: str, *arguments: str, threads: Mapping[str, str] | None = None) -> Any:
    """What a module prints last, run by itself; on the processor, whatever else there may be.

    threads: variables of its environment that say how many it takes, by default ALL_CORES. Raises
    OSError, with its last line, if it fails.
    """
    # the first process is a small one: Linux counts into a new one's peak what started it
    command = [sys.executable, "-c", LAUNCHER, sys.executable, "-m", module, *arguments]
    on_processor = {"CUDA_VISIBLE_DEVICES": "-1", "JAX_PLATFORMS": "cpu"}
    quiet = {"TF_CPP_MIN_LOG_LEVEL": "3", "KERAS_BACKEND": "tensorflow"}
    threads = ALL_CORES if threads is None else threads
    with tempfile.TemporaryDirectory() as folder:  # Stable-Baselines3 leaves logs there
        settings = {**threads, **on_processor, **quiet, "TMPDIR": folder}
        answer = run_process(command, ROOT, os.environ | settings)
    if answer.returncode:
        last = (answer.stderr.strip() or "no message").splitlines()[-1]
        raise OSError(f"{module} {arguments[0]} failed: {last}")
    return json.loads(answer.stdout.splitlines()[-1])
