"""What is measured: learning curves, the final agents' episodes, and the processor's time."""

import json
import os
import tempfile
from collections.abc import Iterator
from itertools import product
from pathlib import Path
from statistics import fmean

from comparisons.runs import Trial, completed, config_of, random_returns
from comparisons.study import Track
from ddpg_tf.training.history import read_metrics

ENVIRONMENTS = ("HalfCheetah-v5", "Hopper-v5", "Walker2d-v5")

ALGORITHMS = ("ddpg", "td3")

SEEDS = 5

EPISODES = 20
"""Episodes that the final agent plays; `ddpg-tf evaluate` plays as many by default."""

LATE = 10
"""Evaluations that the end of a curve is made of: the last 100,000 steps."""

COMMAND = (
    "ddpg-tf train --env-id {env_id} --algorithm {algorithm} --total-steps 300000 "
    "--warmup-steps 10000 --batch-size 256 --eval-every 10000"
)
"""Adam with 1e-3, noise of 0.1, networks of 256-256 (our defaults too), batches of 256, 10,000
random steps. The updates come in blocks of 50, one a step."""

QUICK = (
    "--total-steps 300 --warmup-steps 250 --hidden-sizes 8 --eval-every 100 --eval-episodes 1 "
    "--max-episode-steps 50 --jit-compile False"
)
"""Options that make any run a matter of a second."""

RUNS = Path("runs/mujoco")
"""Where the runs are, so that one that was cut off goes on."""

FINISHED = Path(__file__).with_name("finished")
"""Where the result of each run is kept, so that it is made once, on whatever machine."""


def run(quick: bool, track: Track) -> dict:
    """The runs of every environment and algorithm, the first seed of each before the second.

    Raises ValueError, with the command that installs it, if an environment is missing.
    """
    if quick:
        with tempfile.TemporaryDirectory() as folder:
            return measured(True, Path(folder) / "runs", Path(folder) / "finished", track)
    return measured(False, RUNS, FINISHED, track)


def measured(quick: bool, runs: Path, finished: Path, track: Track) -> dict:
    """As `run`; runs, finished: the folders for the runs and for their results."""
    tasks = list(product(ENVIRONMENTS[: 1 if quick else None], ALGORITHMS))
    members = {
        (env_id, algorithm): {"command": command(env_id, algorithm, quick), "runs": []}
        for env_id, algorithm in tasks
    }
    random = {
        env_id: float(random_returns(env_id, 1 if quick else EPISODES).mean())
        for env_id in track(ENVIRONMENTS[: 1 if quick else None], "random actions")
    }
    trials = [
        Trial(
            f"{members[task]['command']} --seed {seed}",
            runs / task[0] / f"{task[1]}-s{seed}",
            1 if quick else EPISODES,
        )
        for seed in range(1 if quick else SEEDS)
        for task in tasks
    ]
    results = each_made_once(trials, finished, together=1 if quick else 2)
    for trial, result in zip(track(trials, "training"), results, strict=True):
        config = config_of(trial.command)
        members[config.env_id, config.algorithm]["runs"].append({"seed": config.seed} | result)
    return {
        "members": {
            env_id: {algorithm: members[env_id, algorithm] for algorithm in ALGORITHMS}
            for env_id in random
        },
        "random_returns": random,
    }


def command(env_id: str, algorithm: str, quick: bool) -> str:
    """The line that trains; a seed is still to be added."""
    line = COMMAND.format(env_id=env_id, algorithm=algorithm)
    return f"{line} {QUICK}" if quick else line


def each_made_once(trials: list[Trial], finished: Path, together: int) -> Iterator[dict]:
    """The result of each trial, in order: read where it is kept, else made and kept.

    together: how many runs are made at a time.
    """
    missing = [trial for trial in trials if kept(trial, finished) is None]
    with completed(missing, together) as results:
        for trial in trials:
            # as it was at the start: `results` has one for each that was missing then
            if trial in missing:
                result = in_short(next(results)) | {"q_bias": late_q_bias(trial.run_dir)}
                keep(trial, finished, result)
            else:
                result = kept(trial, finished)
            yield result


def in_short(result: dict) -> dict:
    """What `complete` returns, without the lengths of the episodes; seconds: all of the run's.

    seconds is None if they are not known of the whole run, as after a kill.
    """
    seconds = result["seconds"]
    return {
        "steps": result["steps"],
        "eval_returns": result["eval_returns"],
        "returns": result["returns"],
        "seconds": None if None in seconds else sum(seconds),
    }


def late_q_bias(run_dir: Path) -> float:
    """By how much Q was too high, the mean over the last evaluations (`q_bias` in metrics.csv)."""
    return fmean(row["q_bias"] for row in read_metrics(run_dir)[-LATE:])


def kept(trial: Trial, finished: Path) -> dict | None:
    """The result of a trial of the same command that was made before."""
    file = file_of(trial, finished)
    if not file.is_file():
        return None
    found = json.loads(file.read_text())
    return found["result"] if found["command"] == trial.command else None


def keep(trial: Trial, finished: Path, result: dict) -> None:
    """Write a result beside the command that made it."""
    file = file_of(trial, finished)
    file.parent.mkdir(parents=True, exist_ok=True)
    # written aside first: a file that is there is whole
    unfinished = file.with_suffix(".unfinished")
    unfinished.write_text(json.dumps({"command": trial.command, "result": result}, indent=1) + "\n")
    os.replace(unfinished, file)


def file_of(trial: Trial, finished: Path) -> Path:
    """Where the result of a trial is kept."""
    return finished / f"{trial.run_dir.parent.name}-{trial.run_dir.name}.json"
