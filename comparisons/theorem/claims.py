"""What the finding asserts, and the numbers that it names."""

from comparisons.study import Claim

VANISHES = 1e-6
"""Degrees, or a share of a gradient's length: smaller ones are rounding."""


def values(data: dict) -> dict:
    """The numbers that the finding derives from the data.

    The last and largest error of each kind of wrong critic, the states farthest from the target
    policy's own, and the largest angle of all.
    """
    errors, sampled, states = data["errors"], data["sampled"], data["states"]
    older, noisy = states["older"], states["noisy"]
    worst = {kind: {k: row[k][-1] for k in row} for kind, row in data["critic"].items()}
    rows = [policy[weighting] for policy in (older, noisy) for weighting in ("discounted", "alike")]
    return {
        "state_size": len(data["gain"][0]),
        "action_size": len(data["gain"]),
        "largest_error": max(errors.values()),
        "least_exact": max(errors, key=errors.get),
        "first_count": sampled["counts"][0],
        "last_count": sampled["counts"][-1],
        "first_sampled_error": sampled["errors"][0],
        "last_sampled_error": sampled["errors"][-1],
        "slope": sampled["slope"],
        "states_only": worst["states only"],
        "state_times_action": worst["state times action"],
        "action_times_action": worst["action times action"],
        "compatible": worst["compatible critic"],
        "own_discounted": max(older["discounted"]["angles"][0], noisy["discounted"]["angles"][0]),
        "own_alike": older["alike"]["angles"][0],
        "weakest_gain": 1 - older["settings"][-1],
        "weakest_discounted": older["discounted"]["angles"][-1],
        "weakest_alike": older["alike"]["angles"][-1],
        "largest_noise": noisy["settings"][-1],
        "noisiest_discounted": noisy["discounted"]["angles"][-1],
        "noisiest_alike": noisy["alike"]["angles"][-1],
        "largest_angle": max(angle for row in rows for angle in row["angles"]),
        "at_the_optimum": states["at_the_optimum"],
    }


def is_true_gradient(row: dict) -> bool:
    """Whether a critic's gradient has direction and length of the true one."""
    return row["angles"] < VANISHES and abs(row["sizes"] - 1) < VANISHES


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
        lambda slope: -0.65 < slope < -0.35,
    ),
    Claim(
        "an error in the states alone, as large as the spread of Q, does not change the gradient",
        lambda states_only: states_only["value_errors"] >= 1 and is_true_gradient(states_only),
    ),
    Claim(
        "an error in the terms of states times actions turns the gradient",
        lambda state_times_action: state_times_action["angles"] > 10,
    ),
    Claim(
        "a step along the gradient of a critic that is wrong in the actions' square lowers the "
        "return",
        lambda action_times_action: action_times_action["angles"] > 90,
        in_quick_runs=False,  # the critic's error is random, and another one there
    ),
    Claim(
        "a compatible critic is wrong about Q and gives the true gradient",
        lambda compatible: compatible["value_errors"] > 0.1 and is_true_gradient(compatible),
    ),
    Claim(
        "the policy's own states, discounted, give the true gradient",
        lambda own_discounted: own_discounted < VANISHES,
    ),
    Claim(
        "the policy's own states turn the gradient if every step counts alike",
        lambda own_alike: own_alike > 1,
    ),
    Claim(
        "a step along any gradient from other states raises the return",
        lambda largest_angle: largest_angle < 90,
    ),
    Claim(
        "at the optimal gain the gradients from all these states vanish",
        lambda at_the_optimum: at_the_optimum < 1e-8,
    ),
]
