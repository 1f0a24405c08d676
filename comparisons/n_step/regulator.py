"""What an n-step target says of an action, where the truth can be computed: a linear regulator.

    s' = s + a,  r = -(s^2 + a^2),  mu(s) = -k s,  actions taken: mu'(s) + noise

The target r_0 + gamma r_1 + ... + gamma^n Q(s_n, mu(s_n)) is to be Q(s_0, a_0), the value of taking
a_0 once and following mu from then on. But r_1 ... r_{n-1} and s_n are those of the actions that
were taken, of an older policy mu' and with noise. One step has none of them.
"""

from collections.abc import Sequence

GAMMA, GAIN, OLD_GAIN, THETA = 0.99, 0.4, 0.1, 0.15
"""Discount, k of the policy and of the older one, theta of Ornstein-Uhlenbeck noise at dt 1.
The best k is near 0.6."""

BEHAVIOURS = {
    "gaussian": (GAIN, 0.0),
    "old": (OLD_GAIN, 0.0),
    "ou": (GAIN, 1 - THETA),
}
"""Who took the actions after the first -> the gain, and the share of one step's noise that is left
in the next: the policy with Gaussian noise, an older policy with it, the policy with
Ornstein-Uhlenbeck noise."""


def value(gain: float) -> float:
    """c of V(s) = -c s^2, the value of following a = -gain s for ever."""
    return (1 + gain**2) / (1 - GAMMA * (1 - gain) ** 2)


def target(state: float, action: float, n: int, gain: float, kept: float) -> float:
    """The n-step target of an action; the steps after the first by a = -gain s plus noise.

    kept: share of a step's noise that is in the next one. New noise, which is of mean zero and does
    not depend on the action, is left out: it shifts all targets alike.
    """
    noise, total, discount = action + GAIN * state, 0.0, 1.0
    for _ in range(n):
        total -= discount * (state**2 + action**2)
        state, noise, discount = state + action, kept * noise, GAMMA * discount
        action = -gain * state + noise
    return total - discount * value(GAIN) * state**2


def slope(n: int, gain: float, kept: float, step: float = 1e-4) -> float:
    """d target / da at s = 1 and a = mu(s), by central differences, exact for a parabola."""
    ends = [target(1.0, -GAIN + side * step, n, gain, kept) for side in (1, -1)]
    return (ends[0] - ends[1]) / (2 * step)


def target_slopes(steps: Sequence[int]) -> dict[str, list[float]]:
    """Behaviour -> for each n, the slope of the target over the true dQ/da, that of n = 1."""
    true = slope(1, GAIN, 0.0)
    return {
        name: [slope(n, gain, kept) / true for n in steps]
        for name, (gain, kept) in BEHAVIOURS.items()
    }
