"""A process that measures how far one gradient raises its own peak memory.

python -m comparisons.cost.peak STRATEGY MODE BATCH_SIZE WIDTH        prints MiB
"""

import resource
import sys


def peak_mib() -> float:
    """The largest resident memory that this process has had, in MiB."""
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak / 2**20 if sys.platform == "darwin" else peak / 2**10


def main(strategy: str, mode: str, batch_size: int, width: int) -> float:
    """The rise in MiB from a gradient of a small batch to one of `batch_size`."""
    from comparisons.cost.problem import Problem
    from comparisons.cost.timing import in_mode

    problem = Problem(width)
    gradient = in_mode(mode, problem.gradient(strategy))
    small, large = problem.observations(8), problem.observations(batch_size)
    gradient(small)
    before = peak_mib()
    gradient(large)
    return peak_mib() - before


if __name__ == "__main__":
    print(main(sys.argv[1], sys.argv[2], int(sys.argv[3]), int(sys.argv[4])))
