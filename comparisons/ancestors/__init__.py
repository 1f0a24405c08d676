"""The systems that people learned DDPG from: is their actor update ours?

Each system's update is written afresh in its own framework and style, one short file for each way
to write it, and is given the weights and batches that ours is given. Read `problem.py` for what
they share, `systems.py` for the list, then any of the files that it names.
"""

from comparisons.ancestors.claims import CLAIMS, values
from comparisons.ancestors.figures import figures
from comparisons.ancestors.measure import run

__all__ = ["CLAIMS", "figures", "run", "values"]
