"""What defects of published code do to learning: agents with one of them, beside agents without.

Read `agents.py` first: a class of a few lines for each defect. `catalogue.py` says in which systems
each was found and where in their code, and on which problem it is tried here.
"""

from comparisons.defects.claims import CLAIMS, values
from comparisons.defects.figures import figures
from comparisons.defects.measure import run

TITLE = "Defects of published code, one at a time"

__all__ = ["CLAIMS", "TITLE", "figures", "run", "values"]
