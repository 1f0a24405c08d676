"""What is measured: the grid of conditions, and the two surprises."""

from comparisons.equivalence.cancellation import measure_cancellation
from comparisons.equivalence.dead_bias import measure_dead_bias
from comparisons.equivalence.grid import measure_grid
from comparisons.study import Track


def run(quick: bool, track: Track) -> dict:
    """Measure the grid, the cancellation and the bias before a batch norm."""
    return {
        "grid": measure_grid(quick, track),
        "cancellation": measure_cancellation(quick, track),
        "dead_bias": measure_dead_bias(quick, track),
    }
