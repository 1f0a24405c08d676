"""Two workers against one: what is gained, what is sent, and what follows for a hundred.

Each worker is kept on a core of its own, as if it were a machine; their network is loopback.
"""

from comparisons.scaling.claims import CLAIMS, values
from comparisons.scaling.figures import figures
from comparisons.scaling.measure import run

TITLE = "Two workers against one"

__all__ = ["CLAIMS", "TITLE", "figures", "run", "values"]
