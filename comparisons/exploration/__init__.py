"""Exploration noise at work: its paths, the states that it reaches, and what is learned with it.

`noises.py` holds the noises, three of them common mistakes or surprises, with their theory;
`trials.py` tries them on Pendulum-v1.
"""

from comparisons.exploration.claims import CLAIMS, values
from comparisons.exploration.figures import figures
from comparisons.exploration.measure import run

TITLE = "Noise at work"

__all__ = ["CLAIMS", "TITLE", "figures", "run", "values"]
