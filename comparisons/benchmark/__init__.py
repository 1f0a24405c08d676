"""How fast the learner is and how well it learns.

Speeds are compared within one run, in turns, because machines differ and are noisy: the ratio of
two speeds means more than either. The speed of a plain matrix product says what machine it was.
"""

from comparisons.benchmark.claims import CLAIMS, values
from comparisons.benchmark.figures import figures
from comparisons.benchmark.measure import run

TITLE = "Speed and learning"

__all__ = ["CLAIMS", "TITLE", "figures", "run", "values"]
