"""Six ways to write the actor update of a deterministic policy gradient.

They all implement one line of mathematics (Silver et al. 2014, theorem 1; Lillicrap et al.
2015, equation 6): the gradient of the mean Q value with respect to the actor's weights theta,

    grad J  =  1/N  sum_i  dQ(s_i, a)/da |_{a = mu(s_i)}  *  dmu(s_i)/dtheta

Read `base.py` first, then the files in the order of `STRATEGIES`. Each is short and stands alone;
what they share is in `tensors.py` (mu(s), Q(s, a)) and `action_gradient.py` (dQ/da).
"""

from collections.abc import Callable

from ddpg_tf.strategies.action_gradient import ActionGradientTransform
from ddpg_tf.strategies.base import Strategy
from ddpg_tf.strategies.fence import apply_gradients
from ddpg_tf.strategies.get_updates import GetUpdates
from ddpg_tf.strategies.jacobian import Jacobian
from ddpg_tf.strategies.mean_q import MeanQ
from ddpg_tf.strategies.output_gradients import OutputGradients
from ddpg_tf.strategies.surrogate import Surrogate
from ddpg_tf.strategies.target_action import TargetAction

STRATEGIES: dict[str, type[Strategy]] = {
    strategy.name: strategy
    for strategy in (OutputGradients, MeanQ, GetUpdates, Surrogate, TargetAction, Jacobian)
}
"""Name -> class, in teaching order."""


def get_strategy(
    name: str,
    action_gradient_transform: ActionGradientTransform | None = None,
    apply: Callable = apply_gradients,
) -> Strategy:
    """The strategy called `name`; for the other two arguments see `base.Strategy`.

    Raises ValueError, listing the known names, if there is none of that name.
    """
    if not isinstance(name, str) or name not in STRATEGIES:
        known = ", ".join(STRATEGIES)
        raise ValueError(f"unknown strategy {name!r}; the known ones are: {known}")
    return STRATEGIES[name](action_gradient_transform, apply)


__all__ = ["STRATEGIES", "Strategy", "get_strategy"]
