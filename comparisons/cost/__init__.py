"""What each strategy costs: time and peak memory of a gradient and of a whole update.

Times are ratios to `mean_q` measured in turns within one run: the machine's speed and its other
work cancel. `jacobian`, for small networks only, is measured apart.
"""

from comparisons.cost.claims import CLAIMS, values
from comparisons.cost.figures import figures
from comparisons.cost.measure import run

TITLE = "What a gradient costs"

__all__ = ["CLAIMS", "TITLE", "figures", "run", "values"]
