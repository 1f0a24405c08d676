"""What was seen, in words, from the data alone."""

import math

import numpy as np

from comparisons.presets.runs import USUAL

MARK = -170
"""The mean return on Pendulum-v1 that every seed of two agents is held to."""


def finding(data: dict) -> str:
    """Return what was seen."""
    return "\n\n".join(
        [
            f"{reached(data)}.",
            table(data["presets"], data["random_returns"]),
            how_measured(data),
            batch_norm(data),
            f"{sentence_of_marks(data)}.",
            table(data["pendulum"], data["random_returns"]),
            *starts(data["pendulum"]),
            *missed(data),
        ]
    )


def returns_of(studied: dict) -> np.ndarray:
    """Return the seeds' mean returns at the end."""
    return np.array([run["return"] for run in studied["runs"]])


def mean_and_spread(studied: dict) -> str:
    """Return the mean over the seeds and, if there are several, their standard deviation."""
    returns = returns_of(studied)
    spread = f" ± {returns.std(ddof=1):,.0f}" if len(returns) > 1 else ""
    return f"{returns.mean():,.0f}{spread}"


def reached(data: dict) -> str:
    """Say how many presets are better than random actions with every seed."""
    presets, random = data["presets"], data["random_returns"]
    better = [n for n, s in presets.items() if returns_of(s).min() > random[s["env_id"]]]
    count = f"{len(better)} of {len(presets)}"
    if len(better) == len(presets):
        return f"With every seed, {count} presets end above random actions"
    rest = ", ".join(name for name in presets if name not in better)
    return f"With every seed, {count} presets end above random actions; not so {rest}"


def table(members: dict, random: dict) -> str:
    """Return what each reaches, in what time, and the command that does it."""
    lines = [
        "| name | environment | steps | episodes | return | worst to best seed | random actions | "
        "seconds | command |",
        "|---|---|---:|---:|---:|---:|---:|---:|---|",
    ]
    for name, studied in members.items():
        returns = returns_of(studied)
        seconds = np.mean([run["seconds"] for run in studied["runs"]])
        cells = [
            name,
            studied["env_id"],
            f"{studied['total_steps']:,}",
            f"{studied['episodes']}",
            mean_and_spread(studied),
            f"{returns.min():,.0f} to {returns.max():,.0f}",
            f"{random[studied['env_id']]:,.0f}",
            f"{seconds:.0f}",
            f"`{studied['command']} --seed 0`",
        ]
        lines.append(f"| {' | '.join(cells)} |")
    return "\n".join(lines)


def how_measured(data: dict) -> str:
    """Say what the columns are."""
    seeds = {len(studied["runs"]) for studied in data["presets"].values()}
    return (
        "Return: mean of so many episodes without noise at the end of a run (`ddpg-tf evaluate DIR "
        f"--episodes N`), over {max(seeds)} seed{'s' * (max(seeds) > 1)} from 0 on, and their "
        "standard deviation. Seconds: mean of the runs, two at a time, with compiling and "
        "evaluations, without the import of TensorFlow. What a preset takes from its source and "
        "where it departs from it stands in its file in `ddpg_tf/presets`; all runs are far "
        "shorter than the published ones."
    )


def batch_norm(data: dict) -> str:
    """Say what the presets that have batch norm return without it, and with other targets."""

    def compared(group):
        parts = [
            f"{name} returns {mean_and_spread(other)} instead of "
            f"{mean_and_spread(data['presets'][name])}"
            for name, other in data[group].items()
        ]
        return " and ".join(parts)

    return (
        f"Without batch norm (`--normalization none`) {compared('without_batch_norm')}. With batch "
        f"norm, and target critics that normalise next states by their moving moments instead of "
        f"the batch's own, {compared('moving_moments')}: the moments of a batch are noise, which "
        "cancels if both sides of the Bellman error have it (`DDPG.target_values`)."
    )


def sentence_of_marks(data: dict) -> str:
    """Say how many seeds of each agent reach the mark."""
    parts = []
    for name, studied in data["pendulum"].items():
        returns = returns_of(studied)
        parts.append(
            f"{np.sum(returns >= MARK)} of {len(returns)} seeds of {name} "
            f"({returns.min():.1f} to {returns.max():.1f})"
        )
    return f"On Pendulum-v1 a mean return of at least {MARK} is reached by {' and '.join(parts)}"


def starts(agents: dict) -> list[str]:
    """Say what the starting states of only 20 episodes do to a mean, if more were played."""
    if min(studied["episodes"] for studied in agents.values()) <= USUAL:
        return []
    runs = [run for studied in agents.values() for run in studied["runs"]]
    usual = [run["usual_return"] for run in runs]
    deviation = np.mean([run["episode_deviation"] for run in runs])
    difference = np.mean(usual) - np.mean([run["return"] for run in runs])
    return [
        f"How long the pendulum takes depends on where it starts: one policy's episodes have a "
        f"standard deviation of {deviation:.0f}, so that a mean of {USUAL} has a standard error of "
        f"{deviation / math.sqrt(USUAL):.0f}. The first {USUAL} episodes, which `ddpg-tf evaluate` "
        f"plays by default, are {'harder' if difference < 0 else 'easier'} than the rest: on them "
        f"the same policies get {min(usual):.1f} to {max(usual):.1f}, "
        f"{abs(difference):.1f} {'less' if difference < 0 else 'more'} on average."
    ]


def missed(data: dict) -> list[str]:
    """Name the seeds that miss the mark, if there are any, and the best of their evaluations."""
    lines = []
    for name, studied in data["pendulum"].items():
        for run in studied["runs"]:
            if run["return"] < MARK:
                best = max(run["eval_returns"])
                lines.append(
                    f"Seed {run['seed']} of {name} misses it with {run['return']:.1f}; the best "
                    f"evaluation on its way had {best:.1f}."
                )
    return lines
