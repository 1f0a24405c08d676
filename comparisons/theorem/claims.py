"""What the finding asserts, and the numbers that it names."""

from comparisons.study import Claim

VANISHES = 1e-6
"""Degrees, or a share of a gradient's length: smaller ones are rounding."""


def values(data: dict) -> dict:
    """The numbers that the finding derives from the data."""
    errors, states = data["errors"], data["states"]
    rows = [states[policy][w] for policy in ("older", "noisy") for w in ("discounted", "alike")]
    return {
        "state_size": len(data["gain"][0]),
        "action_size": len(data["gain"]),
        "largest_error": max(errors.values()),
        "least_exact": max(errors, key=errors.get),
        "weakest_gain": 1 - states["older"]["settings"][-1],
        "largest_angle": max(angle for row in rows for angle in row["angles"]),
    }


def is_true_gradient(row: dict) -> bool:
    """Whether a wrong critic's gradients have direction and length of the true one."""
    lengths = [abs(size - 1) for size in row["sizes"]]
    return max(row["angles"] + lengths) < VANISHES


CLAIMS = [
    Claim(
        "every strategy's gradient is the derivative of the true return",
        lambda errors, largest_error: len(errors) == 6 and largest_error < 1e-10,
    ),
    Claim(
        "the derivative agrees with central differences of the return",
        lambda difference_quotient_error: difference_quotient_error < 1e-6,
    ),
    Claim(
        "with sampled states the error falls as that of a mean of independent samples",
        lambda sampled: -0.65 < sampled["slope"] < -0.35,
    ),
    Claim(
        "an error in the states alone, as large as the spread of Q, does not change the gradient",
        lambda critic: (
            critic["states only"]["value_errors"][-1] >= 1
            and is_true_gradient(critic["states only"])
        ),
    ),
    Claim(
        "an error in the terms of states times actions turns the gradient",
        lambda critic: critic["state times action"]["angles"][-1] > 10,
    ),
    Claim(
        "a step along the gradient of a critic that is wrong in the actions' square lowers the "
        "return",
        lambda critic: critic["action times action"]["angles"][-1] > 90,
        in_quick_runs=False,  # the critic's error is random, and another one there
    ),
    Claim(
        "a compatible critic is wrong about Q and gives the true gradient",
        lambda critic: (
            critic["compatible critic"]["value_errors"][-1] > 0.1
            and is_true_gradient(critic["compatible critic"])
        ),
    ),
    Claim(
        "the policy's own states, discounted, give the true gradient",
        lambda states: (
            max(states[p]["discounted"]["angles"][0] for p in ("older", "noisy")) < VANISHES
        ),
    ),
    Claim(
        "the policy's own states turn the gradient if every step counts alike",
        lambda states: states["older"]["alike"]["angles"][0] > 1,
    ),
    Claim(
        "a step along any gradient from other states raises the return",
        lambda largest_angle: largest_angle < 90,
    ),
    Claim(
        "at the optimal gain the gradients from all these states vanish",
        lambda states: states["at_the_optimum"] < 1e-8,
    ),
]
