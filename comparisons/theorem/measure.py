"""What is measured: gradients on a regulator whose true gradient is known."""

import numpy as np

from comparisons.study import Track
from comparisons.theorem.bias import critic_errors, replayed_states
from comparisons.theorem.models import ascent_direction, linear_actor, quadratic_critic
from comparisons.theorem.regulator import discounted_states, example, sigma_points
from ddpg_tf.strategies import STRATEGIES


def run(quick: bool, track: Track) -> dict:
    """Compare gradients with the true derivative of the return, and measure what biases them."""
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


def relative_error(estimate: np.ndarray, true: np.ndarray) -> float:
    """|estimate - true| / |true|, Euclidean norms over all elements."""
    return float(np.linalg.norm(estimate - true) / np.linalg.norm(true))


def root_mean_square(values: list[float]) -> float:
    """The root of the mean of the squares."""
    return float(np.sqrt(np.mean(np.square(values))))


def slope(counts: list[int], errors: list[float]) -> float:
    """The exponent of errors ~ counts^exponent, by least squares in logarithms."""
    return float(np.polyfit(np.log(counts), np.log(errors), 1)[0])
