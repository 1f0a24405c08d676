"""Lillicrap et al. 2015, algorithm 1 by hand: NumPy alone, no automatic differentiation."""

import numpy as np

from comparisons.ancestors.adam import Adam
from comparisons.ancestors.lillicrap import backward, forward, policy_gradient
from comparisons.ancestors.problem import Weights
from comparisons.ancestors.updates.problem import Networks, Transitions, moved

GAMMA, TAU, L2, EPSILON = 0.99, 1e-3, 1e-2, 1e-8
"""The paper's numbers, section 7, and an epsilon, which it does not give."""


def lillicrap(start: Networks, transitions: Transitions) -> list[Networks]:
    """The paper's inner loop; the weight decay of the critic is L2 times the sum of squares."""
    theta_mu, theta_q, target_mu, target_q = start
    adam_mu = Adam(theta_mu, 1e-4, EPSILON, form="paper")
    adam_q = Adam(theta_q, 1e-3, EPSILON, form="paper")
    updates = []
    for s, a, r, next_s, terminated, _ in transitions:
        next_a = np.tanh(forward(target_mu, next_s)[-1])
        next_q = forward(target_q, np.concatenate([next_s, next_a], axis=1))[-1]
        y = r[:, None] + GAMMA * (1 - terminated[:, None]) * next_q
        theta_q = adam_q.step(theta_q, critic_gradient(theta_q, s, a, y, L2))
        theta_mu = adam_mu.step(theta_mu, policy_gradient(theta_mu, theta_q, s))
        target_mu, target_q = moved(target_mu, theta_mu, TAU), moved(target_q, theta_q, TAU)
        updates.append(Networks(theta_mu, theta_q, target_mu, target_q))
    return updates


def critic_gradient(
    theta: Weights, s: np.ndarray, a: np.ndarray, y: np.ndarray, l2: float
) -> Weights:
    """The gradient of 1/N sum (y - Q)^2 + l2 |W|^2, where W are the kernels without the biases."""
    layers = forward(theta, np.concatenate([s, a], axis=1))
    gradients, _ = backward(theta, layers, 2 * (layers[-1] - y) / np.float32(len(y)))
    pairs = zip(gradients, theta, strict=True)
    return [g + 2 * l2 * weight if weight.ndim == 2 else g for g, weight in pairs]
