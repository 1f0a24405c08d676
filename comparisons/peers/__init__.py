"""How fast this project is beside others that people train with, and how close to the machine.

Every program runs in a process of its own, and all are timed in the same way: by the environment
that they train in. They take turns, so that a busy machine slows all of them alike. What is
measured is kept in `runs/peers`, so that a study that was interrupted goes on.
"""

from comparisons.peers.claims import CLAIMS, values
from comparisons.peers.figures import figures
from comparisons.peers.measure import run

TITLE = "Speed beside other libraries"
REQUIRES = ("stable_baselines3", "sbx", "mujoco")

__all__ = ["CLAIMS", "REQUIRES", "TITLE", "figures", "run", "values"]
