"""All six strategies against mean_q: where they agree, to which bit, and two surprises.

`grid.py` compares the strategies with mean_q in many conditions. `cancellation.py` and
`dead_bias.py` look at the two places where rounding is all there is.
"""

from comparisons.equivalence.claims import CLAIMS, values
from comparisons.equivalence.figures import figures
from comparisons.equivalence.measure import run

TITLE = "Equal to the bit, and where not"

__all__ = ["CLAIMS", "TITLE", "figures", "run", "values"]
