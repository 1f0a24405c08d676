"""n-step returns at work: n = 1, 3 and 5 on a task with dense and one with sparse reward.

`regulator.py` computes what n steps of somebody else's actions do to a target where the truth is
known, `measure.py` trains.
"""

from comparisons.n_step.claims import CLAIMS, values
from comparisons.n_step.figures import figures
from comparisons.n_step.measure import run

TITLE = "Returns of one, three and five steps"

__all__ = ["CLAIMS", "TITLE", "figures", "run", "values"]
