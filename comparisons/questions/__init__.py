"""Questions that people asked in public about this gradient, each answered by an experiment.

A question has three parts: a function of `measure.QUESTIONS` in one of the modules of experiments
(`mean_or_sum.py`, `chain_rule.py`, ...), which measures; a template in `answers/`, whose name is
the question's number and the function's name; and claims in `claims.py`. `finding.md` orders the
answers by theme.
"""

from comparisons.questions.claims import CLAIMS, values
from comparisons.questions.figures import figures
from comparisons.questions.measure import run

TITLE = "Questions that people asked"

__all__ = ["CLAIMS", "TITLE", "figures", "run", "values"]
