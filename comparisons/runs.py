"""Training runs that a study needs, each a line of the command line in a directory of its own.

A study of many hours is interrupted now and then. Begun again, it reads the runs that are complete,
goes on with those that are not, and makes the rest.
"""

import csv
import os
import shlex
import shutil
import time
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from multiprocessing import get_context
from pathlib import Path
from typing import NamedTuple

import gymnasium as gym
import numpy as np

from ddpg_tf import DDPG, DDPGConfig, resume
from ddpg_tf.cli.main import parse
from ddpg_tf.cli.seeds import state_of
from ddpg_tf.environments.evaluation import episodes_of
from ddpg_tf.environments.make import environment_for, make_environment
from ddpg_tf.run_files import resumable_checkpoints
from ddpg_tf.startup import import_tensorflow_quietly
from ddpg_tf.training.history import read_metrics
from ddpg_tf.training.loop import TrainingRun

TIMES = "seconds.csv"
"""In a run's directory: the processor's seconds from one evaluation to the next, a row each."""

EPISODES = "episodes_{}_after_{}.csv"
"""In a run's directory: so many episodes of the final agent, after so many steps; the return and
length of each."""


class Trial(NamedTuple):
    """A run to be made, and how its final agent is judged.

    command: a line of the command line. run_dir: where the run is. episodes: how many the final
    agent plays. agent_class: a class in place of the one that the command's algorithm names; such a
    run cannot go on after an interruption, and begins anew.
    """

    command: str
    run_dir: Path
    episodes: int
    agent_class: type[DDPG] | None = None


class Stopwatch:
    """A callback that writes down the processor's time from one evaluation to the next.

    That is the time of all threads together, which does not depend on what else the machine does.
    Evaluations, checkpoints and compiling are part of it; TensorFlow's import is not.
    """

    def __init__(self, run_dir: Path):
        self.file = run_dir / TIMES
        self.last = time.process_time()

    def __call__(self, progress) -> None:
        if progress.row is None:
            return
        now = time.process_time()
        with self.file.open("a", newline="") as file:
            csv.writer(file).writerow([progress.step, round(now - self.last, 1)])
        self.last = now


def config_of(command: str) -> DDPGConfig:
    """The config that a line of the command line makes."""
    _, *arguments = shlex.split(command)
    return parse(arguments).config


@contextmanager
def completed(trials: Iterable[Trial], together: int) -> Iterator[Iterator[dict]]:
    """Yield what `complete` returns for each trial, in order.

    together: how many run at a time, for one run alone does not keep two cores busy.
    """
    if together == 1:
        yield map(complete, trials)
        return
    with ProcessPoolExecutor(together, get_context("spawn"), import_tensorflow_quietly) as pool:
        try:
            yield pool.map(complete, trials)
        finally:
            # after an error or an interruption: those that wait are not begun
            pool.shutdown(cancel_futures=True)


def complete(trial: Trial) -> dict:
    """Bring a run to its end, if it is not there; its curve, and the final agent's episodes."""
    bring_to_its_end(trial)
    found = curve(trial.run_dir)
    return found | final_episodes(trial.run_dir, trial.episodes, found["steps"][-1])


def bring_to_its_end(trial: Trial) -> None:
    """Begin a run, or go on with it. Raises ValueError for a directory with another config's."""
    config, run_dir = config_of(trial.command), trial.run_dir
    state = state_of(run_dir, config)
    if state == "complete":
        return
    if state == "unfinished" and trial.agent_class is None and resumable_checkpoints(run_dir):
        resume(run_dir, config.total_steps, callbacks=[Stopwatch(run_dir)])
        return
    # what was cut off before anything was saved is of no use
    shutil.rmtree(run_dir, ignore_errors=True)
    watch = Stopwatch(run_dir)
    with TrainingRun(config, trial.agent_class) as run:
        run.record_to(run_dir)
        for progress in run:
            run.tell([watch], progress)


def curve(run_dir: Path) -> dict:
    """The evaluations of a run: their steps, their mean returns, the seconds before each.

    Seconds are None where they are unknown: in a run that was killed right after an evaluation, or
    that `ddpg-tf train` made.
    """
    rows = read_metrics(run_dir)
    times = run_dir / TIMES
    lines = times.read_text().splitlines() if times.is_file() else []
    # a step that comes twice was made again after an interruption: the later one counts
    seconds = {int(step): float(elapsed) for step, elapsed in csv.reader(lines)}
    return {
        "steps": [int(row["step"]) for row in rows],
        "eval_returns": [row["eval_return_mean"] for row in rows],
        "seconds": [seconds.get(int(row["step"])) for row in rows],
    }


def final_episodes(run_dir: Path, episodes: int, steps: int) -> dict:
    """Returns and lengths of a complete run's agent, as `ddpg-tf evaluate` plays it, from a file.

    Where the file is missing the episodes are played.
    """
    file = run_dir / EPISODES.format(episodes, steps)
    if not file.is_file():
        agent = DDPG.load(run_dir)
        with environment_for(agent.config) as environment:
            rows = played(agent.policy(), environment, episodes)
        # written aside first: a file that is there is whole
        unfinished = file.with_suffix(".unfinished")
        np.savetxt(unfinished, rows, fmt=["%.17g", "%d"], delimiter=",")
        os.replace(unfinished, file)
    returns, lengths = np.loadtxt(file, delimiter=",", ndmin=2).T
    return {"returns": returns.tolist(), "lengths": lengths.astype(int).tolist()}


def random_returns(env_id: str, episodes: int) -> np.ndarray:
    """The returns [episodes] of uniformly random actions over the same episodes."""
    with make_environment(env_id) as environment:
        space = environment.action_space
        space.seed(0)
        return played(lambda observation: space.sample(), environment, episodes)[:, 0]


def played(policy: Callable, environment: gym.Env, episodes: int) -> np.ndarray:
    """Return and length of each episode, [episodes, 2]."""
    return np.array(
        [
            (episode.total, len(episode.rewards))
            for episode in episodes_of(policy, environment, episodes, seed=0)
        ]
    )
