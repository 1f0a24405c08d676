"""The deterministic policy gradient theorem, checked where the truth is known.

    dJ/dtheta = 1 / (1 - gamma)  E_s [ dQ(s, a)/da at a = mu(s)  *  dmu(s)/dtheta ]

with s from the discounted state distribution of mu itself (Silver et al. 2014, theorem 1; it is
written there with the distribution's mass 1 / (1 - gamma) kept inside). On a linear-quadratic
regulator J, Q and the distribution are known in closed form, and the gradient depends on the
states' second moment alone, so that 2n states stand for the whole distribution.
"""

import numpy as np

from comparisons.theorem.bias import critic_errors, replayed_states
from comparisons.theorem.models import ascent_direction, linear_actor, quadratic_critic
from comparisons.theorem.plots import critic_figure, exact_figure, states_figure
from comparisons.theorem.regulator import discounted_states, example, sigma_points
from ddpg_tf.strategies import STRATEGIES


def run(quick, track) -> dict:
    """Return gradients against the true derivative, and what biases them."""
    regulator, K = example()
    actor = linear_actor(K)
    critic = quadratic_critic(regulator.q_matrix(K), len(regulator.A))
    true, scale = regulator.gradient(K), 1 / (1 - regulator.gamma)
    states = sigma_points(regulator.state_moment(K))
    errors = {
        name: relative_error(scale * ascent_direction(name, actor, critic, states), true)
        for name in track(STRATEGIES, "exact states")
    }
    generator = np.random.default_rng(0)
    counts = [2**power for power in (range(4, 12, 2) if quick else range(4, 15, 2))]
    sampled = []
    for count in track(counts, "sampled states"):
        drawn = [discounted_states(regulator, K, count, generator) for _ in range(32)]
        gradients = [scale * ascent_direction("mean_q", actor, critic, x) for x in drawn]
        sampled.append(root_mean_square([relative_error(g, true) for g in gradients]))
    return {
        "gamma": regulator.gamma,
        "gain": K.tolist(),
        "return": regulator.expected_return(K),
        "best_return": regulator.expected_return(regulator.optimal_gain()),
        "true_gradient": true.tolist(),
        "exact_states": len(states),
        "errors": errors,
        "difference_quotient_error": relative_error(regulator.difference_quotient(K), true),
        "sampled": {"counts": counts, "errors": sampled, "slope": slope(counts, sampled)},
        "critic": critic_errors(regulator, K, np.geomspace(0.01, 1, 7).tolist(), generator),
        "states": replayed_states(
            regulator, K, np.linspace(0, 1, 11).tolist(), np.linspace(0, 1, 11).tolist()
        ),
    }


def relative_error(estimate, true) -> float:
    """Return |estimate - true| / |true|, Euclidean norms over all elements."""
    return float(np.linalg.norm(estimate - true) / np.linalg.norm(true))


def root_mean_square(values) -> float:
    """Return the root of the mean square."""
    return float(np.sqrt(np.mean(np.square(values))))


def slope(counts, errors) -> float:
    """Return the exponent of errors ~ counts^exponent, by least squares in logarithms."""
    return float(np.polyfit(np.log(counts), np.log(errors), 1)[0])


def figures(data: dict) -> dict:
    """Return three figures: the theorem, a wrong critic, states of another policy."""
    return {
        "exact": exact_figure(data),
        "critic": critic_figure(data["critic"]),
        "states": states_figure(data["states"]),
    }


def finding(data: dict) -> str:
    """Return what was seen."""
    return "\n\n".join([theorem_holds(data), wrong_critic(data["critic"]), replay(data["states"])])


def theorem_holds(data: dict) -> str:
    """Say how close the strategies come to the derivative of the true return."""
    worst_name = max(data["errors"], key=data["errors"].get)
    worst = data["errors"][worst_name]
    verdict = "is" if worst < 1e-10 else "is not"
    sampled = data["sampled"]
    return (
        f"A linear-quadratic regulator of {len(data['gain'][0])} states and {len(data['gain'])} "
        f"actions, discount {data['gamma']}, a linear policy with return {data['return']:.3f} (the "
        f"best is {data['best_return']:.3f}). With the exact critic and {data['exact_states']} "
        "states that have the second moment of the policy's discounted states, the gradient of "
        f"every strategy {verdict} the derivative of the true return: the largest "
        f"relative error is {worst:.1e} in float64 ({worst_name}). "
        f"Central differences of the return itself are {data['difference_quotient_error']:.1e} "
        f"from it. With sampled states instead, the error is {sampled['errors'][0]:.2f} for "
        f"{sampled['counts'][0]} states and {sampled['errors'][-1]:.4f} for "
        f"{sampled['counts'][-1]:,}; it falls as N to the power {sampled['slope']:.2f} (-0.5 is "
        "the rate of a mean of independent samples)."
    )


def wrong_critic(critic: dict) -> str:
    """Say which errors of the critic turn the gradient."""
    sentences = []
    for kind, row in critic.items():
        error, turned, size = row["value_errors"][-1], row["angles"][-1], row["sizes"][-1]
        effect = (
            "leaves the gradient as it is"
            if turned < 1e-6 and abs(size - 1) < 1e-6
            else f"turns the gradient by {turned:.1f} degrees and scales it by {size:.2f}"
        )
        if turned > 90:
            effect += ": a small step along it lowers the true return"
        what = "A" if kind == "compatible critic" else "A critic that is wrong in"
        sentences.append(f"{what} {kind}, off by {error:.0%} of the spread of Q, {effect}.")
    return (
        "What counts is dQ/da at the policy's own actions, not Q. " + " ".join(sentences)
        if critic["states only"]["angles"][-1] < 1e-6
        else " ".join(sentences)
    )


def replay(states: dict) -> str:
    """Say what states of another policy do to the gradient."""
    older, noisy = states["older"], states["noisy"]
    angles = [
        angle
        for policy in (older, noisy)
        for weighting in ("discounted", "alike")
        for angle in policy[weighting]["angles"]
    ]
    climbs = "still climbs" if max(angles) < 90 else "may descend"
    optimum = (
        "it vanishes there too: a linear policy can be best in every state at once, so that the "
        "weighting of the states does not move the optimum"
        if states["at_the_optimum"] < 1e-8
        else "it does not vanish there"
    )
    return (
        "The theorem wants the target policy's own states, discounted. The same policy's states "
        "with every step counted alike, as replay does, turn the gradient by "
        f"{older['alike']['angles'][0]:.1f} degrees. Discounted states of a policy that acts with "
        f"{1 - older['settings'][-1]:.0%} of the gain turn it by "
        f"{older['discounted']['angles'][-1]:.1f} degrees, and counted alike by "
        f"{older['alike']['angles'][-1]:.1f}; states explored with action noise of standard "
        f"deviation {noisy['settings'][-1]:g} turn it by {noisy['discounted']['angles'][-1]:.1f} "
        f"and {noisy['alike']['angles'][-1]:.1f} degrees. The largest angle seen is "
        f"{max(angles):.1f} degrees: a small step along that gradient {climbs} the true return. At "
        f"the optimal gain the largest gradient from such states is "
        f"{states['at_the_optimum']:.1e} of the true one at the tested gain: {optimum}."
    )
