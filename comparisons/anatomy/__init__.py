"""What each way of writing the actor's gradient really builds, before and after the compiler.

Three measurements on the gradient alone, without optimiser: where -1/N enters the backward pass
(`chain`), how many operations TensorFlow's graph has, and what XLA makes of it (`programs`).
"""

from comparisons.anatomy.claims import CLAIMS, values
from comparisons.anatomy.figures import figures
from comparisons.anatomy.measure import run

TITLE = "What each way builds"

__all__ = ["CLAIMS", "TITLE", "figures", "run", "values"]
