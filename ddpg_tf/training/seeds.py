"""Runs that differ in their seed alone, as one learning curve. Does not need TensorFlow.

One seed of DDPG says little: the next may learn twice as fast, or not at all. So a group of runs is
shown by its interquartile mean over seeds, the mean of the middle half, with a 95% interval from
the bootstrap (Agarwal et al. 2021, arXiv 2108.13264).
"""

import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from ddpg_tf.config import DDPGConfig
from ddpg_tf.run_files import saved_config
from ddpg_tf.training.history import read_metrics

RESAMPLES = 2_000
"""Draws of the bootstrap."""
MOST_FIELDS = 3
"""Runs that differ in more settings than this are told apart by the names of their directories."""


@dataclass
class Run:
    """One run as it lies on disk: its directory, its config if it has one, its evaluations."""

    directory: Path
    config: DDPGConfig | None
    steps: np.ndarray
    """[n], environment steps at each evaluation."""
    returns: np.ndarray
    """[n], mean return of each evaluation."""


@dataclass
class Curve:
    """The learning curve of a group of runs, at the steps at which all were evaluated."""

    label: str
    runs: list[Run]
    steps: np.ndarray
    """[n]."""
    returns: np.ndarray
    """[seeds, n], mean return of each evaluation."""

    @property
    def middle(self) -> np.ndarray:
        """[n], the interquartile mean over seeds."""
        return interquartile_mean(self.returns)

    @property
    def interval(self) -> np.ndarray:
        """[2, n], the ends of the 95% interval of `middle`; both are the curve if it is alone."""
        return bootstrap_interval(self.returns)


def read_run(directory: Path) -> Run:
    """The run in `directory`. Raises as `read_metrics` and `saved_config` do."""
    rows = read_metrics(directory)
    config = saved_config(directory) if (directory / "config.json").is_file() else None
    steps, returns = (
        np.array([row[name] for row in rows]) for name in ("step", "eval_return_mean")
    )
    return Run(directory, config, steps, returns)


def curves(runs: Sequence[Run]) -> list[Curve]:
    """One curve for each group of runs that differ in their seed alone, in the runs' order.

    Runs without a config, or with config and seed of another, stay by themselves. Raises ValueError
    if the runs of a group have no evaluation at the same step.
    """
    groups: dict[str, list[Run]] = {}
    for run in runs:
        groups.setdefault(settings(run), []).append(run)
    parted = [part for group in groups.values() for part in parted_if_repeated(group)]
    labels = labelled(parted)
    return [curve(label, group) for label, group in zip(labels, parted, strict=True)]


def by_environment(curves: Sequence[Curve]) -> dict[str, list[Curve]]:
    """The curves of each environment, whose returns can be compared; "" for runs without config."""
    found: dict[str, list[Curve]] = {}
    for curve in curves:
        config = curve.runs[0].config
        found.setdefault(config.env_id if config else "", []).append(curve)
    return found


def settings(run: Run) -> str:
    """What two runs must have in common to be seeds of the same: the config without its seed."""
    if run.config is None:
        return str(run.directory)
    return json.dumps({**run.config.to_dict(), "seed": None}, sort_keys=True)


def parted_if_repeated(group: list[Run]) -> list[list[Run]]:
    """The group, or each run by itself if a seed comes twice: then they are not independent."""
    seeds = Counter(run.config.seed for run in group if run.config)
    return [group] if not seeds or max(seeds.values()) == 1 else [[run] for run in group]


def labelled(groups: Sequence[list[Run]]) -> list[str]:
    """A name for each group: the settings in which it differs from another, else its directory."""
    configs = [group[0].config for group in groups]
    if None not in configs:
        values = [config.to_dict() for config in configs if config]
        fields = [name for name in values[0] if len({str(each[name]) for each in values}) > 1]
        fields = [name for name in fields if name != "seed"]
        names = [", ".join(setting(name, each[name]) for name in fields) for each in values]
        if len(groups) == 1 and len(groups[0]) > 1:
            (each,) = values
            return [f"{each['algorithm']}, {each['strategy']}"]
        if len(set(names)) == len(names) and all(names) and len(fields) <= MOST_FIELDS:
            return names
    names = [group[0].directory.name for group in groups]
    if len(set(names)) < len(names):
        names = [str(group[0].directory) for group in groups]
    return names


def setting(name: str, value: object) -> str:
    """A field of a config and its value; an environment needs no introduction."""
    return str(value) if name == "env_id" else f"{name} {value}"


def curve(label: str, runs: list[Run]) -> Curve:
    """The group's curve. Raises ValueError if no step is common to all of its runs."""
    common = [step for step in runs[0].steps if all(step in run.steps for run in runs)]
    if not common:
        raise ValueError(
            f"{str(runs[0].directory)!r} and the other seeds of the same run have no evaluation at "
            "the same step; plot them one by one"
        )
    returns = np.array([run.returns[np.isin(run.steps, common)] for run in runs])
    return Curve(label, runs, np.array(common), returns)


def interquartile_mean(returns: np.ndarray) -> np.ndarray:
    """The mean, over the first axis [seeds, ...], of the middle half of the values.

    Of n values the lowest and the highest n/4, rounded down, are left out: of one to three, none.
    """
    ordered = np.sort(returns, axis=0)
    cut = len(ordered) // 4
    return ordered[cut : len(ordered) - cut].mean(axis=0)


def bootstrap_interval(returns: np.ndarray, share: float = 0.95) -> np.ndarray:
    """[2, n]: the interval that holds `share` of the interquartile means of resampled seeds.

    returns: [seeds, n]. Percentiles of means of what was measured: never below the lowest of them
    or above the highest. The generator's seed is fixed, so that a figure is made again as it was.
    """
    generator = np.random.default_rng(0)
    seeds = len(returns)
    drawn = returns[generator.integers(seeds, size=(RESAMPLES, seeds))]
    middles = interquartile_mean(drawn.swapaxes(0, 1))
    return np.quantile(middles, [(1 - share) / 2, (1 + share) / 2], axis=0)
