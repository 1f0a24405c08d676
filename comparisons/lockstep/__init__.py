"""Whole trainings in lockstep: when the bits first differ from mean_q's, and what becomes of it.

Each strategy trains an agent of its own on the real environment, from the same seed: at a batch
size that is a power of two and at one that is not, with and without the fence that keeps the
compiler from mixing gradient and optimiser; and, for scale, mean_q from another seed.
"""

from comparisons.lockstep.claims import CLAIMS, values
from comparisons.lockstep.figures import figures
from comparisons.lockstep.measure import run

TITLE = "Whole trainings, bit for bit"

__all__ = ["CLAIMS", "TITLE", "figures", "run", "values"]
