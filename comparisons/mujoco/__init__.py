"""What DDPG and TD3 reach on MuJoCo's tasks in 300,000 steps: five seeds, curves, time.

What is trained is what the commands below the table say. A run takes from a quarter to half an hour
of a core, so each result is kept in `measure.FINISHED` as soon as it is there, and is not made
again; a run that was cut off goes on from its last checkpoint in `measure.RUNS`.
"""

from comparisons.mujoco.claims import CLAIMS, values
from comparisons.mujoco.figures import figures
from comparisons.mujoco.measure import run

TITLE = "Learning on MuJoCo's tasks"

__all__ = ["CLAIMS", "REQUIRES", "TITLE", "figures", "run", "values"]

REQUIRES = ("mujoco",)
