"""What the finding asserts, and the numbers that it names."""

from itertools import combinations

import numpy as np

from comparisons.study import Claim, table_rows

RIGHT = ("gaussian", "ou", "annealed")
"""The noises that are made as they should be, and are large enough within an episode."""


def values(data: dict) -> dict:
    """The numbers that the finding derives from the data, by noise where there is one for each."""
    noises = data["noises"]
    std = {name: noise["measured"]["standard_deviation"] for name, noise in noises.items()}
    theory = {name: noise["theory"]["standard_deviation"] for name, noise in noises.items()}
    returns = {name: last_returns(noise) for name, noise in noises.items()}
    mean_return = {name: float(np.mean(last)) for name, last in returns.items()}
    ranking = sorted(mean_return, key=mean_return.get, reverse=True)
    training = noises["none"]["training"]
    return {
        "rows": table_rows(row(noise) for noise in noises.values()),
        "largest_error": max(abs(std[name] / theory[name] - 1) for name in std if theory[name]),
        "memory": noises["small_dt"]["measured"]["correlation_time"],
        "shrunk": std["small_dt"] / std["missing_root"],
        "lean": noises["uniform"]["measured"]["mean"] / std["uniform"],
        "coverage": {name: float(np.mean(noise["coverage"])) for name, noise in noises.items()},
        "returns": returns,
        "mean_return": mean_return,
        "ranking": ranking,
        "best": noises[ranking[0]]["label"],
        "best_return": mean_return[ranking[0]],
        "none_rank": ranking.index("none") + 1,
        "number": len(ranking),
        "learning_steps": training[0]["steps"][-1],
        "seeds": len(training),
    }


def row(noise: dict) -> list[str]:
    """A noise's measurements beside its theory, as cells of the table."""
    pairs = [
        f"{noise['measured'][key]:.{digits}f}, {noise['theory'][key]:.{digits}f}"
        for key, digits in (("mean", 3), ("standard_deviation", 3), ("correlation_time", 1))
    ]
    last = last_returns(noise)
    return [
        noise["label"],
        *pairs,
        f"{noise['episode_rms']:.3f}",
        f"{np.mean(noise['coverage']):.0%}",
        f"{np.mean(last):.0f} ({min(last):.0f} to {max(last):.0f})",
    ]


def last_returns(noise: dict) -> list[float]:
    """The last evaluation's return of each training."""
    return [training["returns"][-1] for training in noise["training"]]


def overlap(one: list[float], other: list[float]) -> bool:
    """Whether neither of two groups lies wholly above the other."""
    return min(one) <= max(other) and min(other) <= max(one)


CLAIMS = [
    Claim(
        "the stationary standard deviations agree with theory",
        lambda largest_error: largest_error < 0.1,
    ),
    Claim(
        "with a small dt, noise remembers for longer than an episode",
        lambda memory, episode_steps: memory > episode_steps,
    ),
    Claim(
        "from zero, it stays smaller over an episode",
        lambda noises: noises["small_dt"]["episode_rms"] < 0.7 * noises["ou"]["episode_rms"],
    ),
    Claim("without the root it is ten times smaller", lambda shrunk: abs(shrunk / 10 - 1) < 0.02),
    Claim("uniform numbers push one way", lambda lean: lean > 3),
    Claim(
        "most states are visited with OU noise, fewest without noise",
        lambda coverage: (
            max(coverage, key=coverage.get) == "ou" and min(coverage, key=coverage.get) == "none"
        ),
        in_quick_runs=False,
    ),
    Claim(
        "OU noise visits more than Gaussian noise of the same size, and longer memory not more yet",
        lambda coverage: coverage["ou"] > max(coverage["gaussian"], coverage["small_dt"]),
        in_quick_runs=False,
    ),
    Claim(
        "the three best returns are learned with right noise, the worst with uniform numbers",
        lambda ranking: set(ranking[:3]) == set(RIGHT) and ranking[-1] == "uniform",
        in_quick_runs=False,
    ),
    Claim(
        "every seed of the best is above all of the worst",
        lambda returns, ranking: min(returns[ranking[0]]) > max(returns["uniform"]),
        in_quick_runs=False,
    ),
    Claim(
        "the seeds of Gaussian, OU and annealed noise overlap",
        lambda returns: all(
            overlap(returns[one], returns[other]) for one, other in combinations(RIGHT, 2)
        ),
        in_quick_runs=False,
    ),
    Claim(
        "only mistaken noises are worse than none",
        lambda ranking: ranking[-3:] == ["none", "missing_root", "uniform"],
        in_quick_runs=False,
    ),
]
