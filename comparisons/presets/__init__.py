"""What every preset reaches on its environment and in what time, and two agents against a mark.

What is trained is what the commands in the table say, read by the command line's own parser. The
presets with batch norm are trained without it too, and with target critics that normalise by their
moving moments; hoereth with its notebook's settings and with twice its penalty. TD3 and DDPG must
reach `MARK` on Pendulum-v1 with every seed. A study that is interrupted goes on: the runs lie in
`measure.RUNS`.
"""

from comparisons.presets.claims import CLAIMS, values
from comparisons.presets.figures import figures
from comparisons.presets.measure import run

TITLE = "What published systems reach"

__all__ = ["CLAIMS", "TITLE", "figures", "run", "values"]
