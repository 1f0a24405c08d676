"""How speed grows, or falls, with the size of what is trained, and by which law.

One thing is varied at a time: the replay buffer, the networks' width, the batch, the number of
environments, and of workers.
"""

from comparisons.growth.claims import CLAIMS, values
from comparisons.growth.figures import figures
from comparisons.growth.measure import run

TITLE = "How time grows with size"

__all__ = ["CLAIMS", "TITLE", "figures", "run", "values"]
