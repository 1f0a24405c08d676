"""The deterministic policy gradient theorem, checked where the truth is known.

    dJ/dtheta = 1 / (1 - gamma)  E_s [ dQ(s, a)/da at a = mu(s)  *  dmu(s)/dtheta ]

with s from the discounted state distribution of mu itself (Silver et al. 2014, theorem 1; it is
written there with the distribution's mass 1 / (1 - gamma) kept inside). On a linear-quadratic
regulator J, Q and the distribution are known in closed form, and the gradient depends on the
states' second moment alone, so that 2n states stand for the whole distribution.
"""

from comparisons.theorem.claims import CLAIMS, values
from comparisons.theorem.figures import figures
from comparisons.theorem.measure import run

TITLE = "The policy gradient theorem, where the truth is known"

__all__ = ["CLAIMS", "TITLE", "figures", "run", "values"]
