"""Lillicrap et al. 2015: the paper's equation by hand, NumPy alone.

Every factor of the chain rule is a line of code. The product is taken from the left, as
reverse-mode differentiation does: Q back to the actions, then the actions back to the weights.
"""

import numpy as np

from comparisons.ancestors.adam import Adam
from comparisons.ancestors.problem import ACTION_DIM, Problem, Update, Weights


def lillicrap(problem: Problem, batches: np.ndarray, learning_rate: float) -> list[Update]:
    """One update for each batch: the mean over N of dQ/da times da/dtheta, negated."""
    theta = problem.actor
    adam = Adam(theta, learning_rate, epsilon=1e-8, form="paper")
    updates = []
    for observations in batches:
        gradients = policy_gradient(theta, problem.critic, observations)
        theta = adam.step(theta, gradients)
        updates.append(Update(gradients, theta))
    return updates


def policy_gradient(theta: Weights, critic: Weights, observations: np.ndarray) -> Weights:
    """The gradient of -mean Q, one array for each actor weight."""
    layers = forward(theta, observations)
    actions = np.tanh(layers[-1])
    dq_da = action_gradient(critic, observations, actions)
    da_dz = 1 - actions**2
    summed, _ = backward(theta, layers, -dq_da * da_dz)
    return [gradient / np.float32(len(observations)) for gradient in summed]


def action_gradient(critic: Weights, observations: np.ndarray, actions: np.ndarray) -> np.ndarray:
    """dQ/da of each row, [B, 3]: the critic's input gradient, actions' columns."""
    layers = forward(critic, np.concatenate([observations, actions], axis=1))
    _, dq_dinput = backward(critic, layers, np.ones_like(layers[-1]))
    return dq_dinput[:, -ACTION_DIM:]


def forward(weights: Weights, x: np.ndarray) -> list[np.ndarray]:
    """What each layer is given, and the output before its activation."""
    layers = [x]
    for kernel, bias in zip(weights[:-2:2], weights[1:-2:2], strict=True):
        layers.append(np.maximum(layers[-1] @ kernel + bias, 0))
    return [*layers, layers[-1] @ weights[-2] + weights[-1]]


def backward(weights: Weights, layers: list[np.ndarray], delta: np.ndarray):
    """The gradients by weights, summed over rows, and by the input, [B, inputs].

    delta: the derivative by the network's output before its activation, [B, outputs].
    """
    gradients = []
    for index in reversed(range(len(weights) // 2)):
        given = layers[index]
        gradients = [given.T @ delta, delta.sum(axis=0), *gradients]
        delta = delta @ weights[2 * index].T
        if index > 0:
            delta = delta * (given > 0)
    return gradients, delta
