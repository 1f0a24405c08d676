"""What the finding asserts, and the numbers that it names."""

from comparisons.study import Claim


def values(data: dict) -> dict:
    """The numbers that the finding derives from the data."""
    runs = data["runs"]
    returns = [run["return"] for run in runs]
    steps_per_second = [run["steps_per_second"] for run in runs]
    return {
        "seeds": len(runs),
        "spread": spread(data["updates_per_second"]),
        "lowest_return": min(returns),
        "highest_return": max(returns),
        "slowest": min(steps_per_second),
        "fastest": max(steps_per_second),
    }


def spread(speeds: dict[str, float]) -> float:
    """How much faster the fastest strategy is than the slowest, as a share."""
    return max(speeds.values()) / min(speeds.values()) - 1


CLAIMS = [
    Claim("all strategies are about as fast", lambda spread: spread < 0.1, in_quick_runs=False),
    Claim(
        "every seed learns to swing the pendulum up",
        lambda lowest_return: lowest_return > -250,
        in_quick_runs=False,
    ),
]
