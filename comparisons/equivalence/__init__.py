"""All six strategies against mean_q: where they agree, to which bit, and two surprises.

`grid.py` holds the strategies against each other in many conditions. `cancellation.py` and
`dead_bias.py` look at the two places where rounding is all there is. `figures.py` draws.
"""

from comparisons.equivalence.cancellation import measure_cancellation
from comparisons.equivalence.dead_bias import measure_dead_bias
from comparisons.equivalence.figures import draw_cancellation, draw_dead_bias, draw_heat_map
from comparisons.equivalence.finding import cancellation_text, dead_bias_text, grid_text
from comparisons.equivalence.grid import measure_grid


def run(quick, track) -> dict:
    """Return the records of the grid, of the cancellation and of the bias before a batch norm."""
    return {
        "grid": measure_grid(quick, track),
        "cancellation": measure_cancellation(quick, track),
        "dead_bias": measure_dead_bias(quick, track),
    }


def figures(data: dict):
    """Return a heat map for each dtype and a figure for each surprise."""
    dtypes = dict.fromkeys(record["dtype"] for record in data["grid"])
    maps = {f"heat_map_{dtype}": draw_heat_map(data["grid"], dtype) for dtype in dtypes}
    return maps | {
        "cancellation": draw_cancellation(data["cancellation"]),
        "bias_before_batch_norm": draw_dead_bias(data["dead_bias"]),
    }


def finding(data: dict) -> str:
    """Return what was seen."""
    texts = (
        grid_text(data["grid"]),
        cancellation_text(data["cancellation"]),
        dead_bias_text(data["dead_bias"]),
    )
    return "\n\n".join(texts)
