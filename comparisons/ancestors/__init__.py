"""The systems that people learned DDPG from: is their update ours?

Each system is written afresh in its own framework and style and given the weights and batches that
ours is given. `updates/` compares whole updates: critic, actor and targets, with what the published
code got wrong and without. The files here compare the actor's gradient by itself, one short file
for each way to write it. Read `problem.py` for what they share, `systems.py` for the list, then any
of the files that it names.
"""

from comparisons.ancestors.claims import CLAIMS, values
from comparisons.ancestors.figures import figures
from comparisons.ancestors.measure import run

TITLE = "Published updates beside ours"

__all__ = ["CLAIMS", "TITLE", "figures", "run", "values"]
