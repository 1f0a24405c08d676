"""What a wrong critic, and what states of another policy, do to the gradient."""

import numpy as np
from numpy import ndarray
from numpy.random import Generator

from comparisons.theorem.models import ascent_direction, linear_actor, quadratic_critic
from comparisons.theorem.regulator import Regulator, sigma_points

EXPLORATION = 0.3
"""Standard deviation of the action noise under which a critic's value error is measured."""

KINDS = ("states only", "state times action", "action times action")
"""Which block of the quadratic form is wrong."""


def gradient_at(regulator: Regulator, K: ndarray, H: ndarray, moment: ndarray) -> ndarray:
    """mean_q's estimate of dJ/dK, [m, n], from states with that mean of x x', [n, n]."""
    actor, critic = linear_actor(K), quadratic_critic(H, len(regulator.A))
    return ascent_direction("mean_q", actor, critic, sigma_points(moment)) / (1 - regulator.gamma)


def critic_errors(
    regulator: Regulator, K: ndarray, levels: list[float], generator: Generator
) -> dict:
    """Kind -> value errors, angles and sizes of the gradient as the critic's error grows.

    levels: relative value errors, std(Q wrong - Q) / std(Q) over the target policy's discounted
    states and its actions with noise.
    """
    H, moment = regulator.q_matrix(K), regulator.state_moment(K)
    true = regulator.gradient(K)
    n = len(regulator.A)
    rows = {}
    for kind in KINDS:
        error = error_form(kind, n, len(H), generator)
        error *= spread(H, K, moment) / spread(error, K, moment)
        gradients = [gradient_at(regulator, K, H + level * error, moment) for level in levels]
        rows[kind] = {"value_errors": list(levels)} | compared(gradients, true)
    wrong = compatible_form(H, K)
    value_error = spread(wrong - H, K, moment) / spread(H, K, moment)
    gradients = [gradient_at(regulator, K, wrong, moment)]
    rows["compatible critic"] = {"value_errors": [value_error]} | compared(gradients, true)
    return rows


def error_form(kind: str, n: int, size: int, generator: Generator) -> ndarray:
    """A random symmetric [size, size] that is zero outside the block named by `kind`."""
    error = generator.standard_normal((size, size))
    error = error + error.T
    is_state = np.arange(size) < n
    states_involved = is_state[:, None].astype(int) + is_state[None, :]
    wanted = {"states only": 2, "state times action": 1, "action times action": 0}[kind]
    return np.where(states_involved == wanted, error, 0.0)


def spread(form: ndarray, K: ndarray, moment: ndarray) -> float:
    """The standard deviation of z'(form) z, z = (x, K x + noise) Gaussian with mean 0."""
    covariance = np.block([[moment, moment @ K.T], [K @ moment, K @ moment @ K.T]])
    n = len(moment)
    covariance[n:, n:] += EXPLORATION**2 * np.eye(len(K))
    product = form @ covariance
    return float(np.sqrt(2 * np.trace(product @ product)))


def compatible_form(H: ndarray, K: ndarray) -> ndarray:
    """The form of a critic that knows dQ/da at the policy's actions and nothing else.

    Q(x, u) = (u - K x)' G x with G x = dQ/da at u = K x (Silver et al. 2014, theorem 3): no value
    of the state, no curvature in the action.
    """
    n = K.shape[1]
    G = -2 * (H[n:, :n] + H[n:, n:] @ K)
    form = np.zeros_like(H)
    form[n:, :n], form[:n, n:] = -G / 2, -G.T / 2
    form[:n, :n] = (K.T @ G + G.T @ K) / 2
    return form


def replayed_states(
    regulator: Regulator, K: ndarray, mixtures: list[float], noises: list[float]
) -> dict:
    """Name -> settings, angles and sizes of the gradient from states of other policies.

    mixtures: the behaviour is (1 - mixture) K x.
    noises: the behaviour is K x + noise N(0, noise^2).
    Both with the behaviour's states discounted, as the theorem wants the target policy's, and with
    every step of an endless episode counted alike, as replay does.
    """
    H, true = regulator.q_matrix(K), regulator.gradient(K)
    policies = {
        "older": (mixtures, [((1 - mixture) * K, None) for mixture in mixtures]),
        "noisy": (noises, [(K, noise**2 * np.eye(len(K))) for noise in noises]),
    }
    best = regulator.optimal_gain()
    best_H = regulator.q_matrix(best)
    rows, at_best = {}, []
    for name, (settings, behaviours) in policies.items():
        rows[name] = {"settings": list(settings)}
        for weighting, gamma in (("discounted", regulator.gamma), ("alike", 1.0)):
            moments = [regulator.state_moment(gain, gamma, noise) for gain, noise in behaviours]
            gradients = [gradient_at(regulator, K, H, moment) for moment in moments]
            rows[name][weighting] = compared(gradients, true)
            at_best += [gradient_at(regulator, best, best_H, moment) for moment in moments]
    largest = max(np.linalg.norm(gradient) for gradient in at_best)
    rows["at_the_optimum"] = float(largest / np.linalg.norm(true))
    return rows


def compared(gradients: list[ndarray], true: ndarray) -> dict:
    """The angles, in degrees, and sizes of the gradients relative to the true one."""
    return {
        "angles": [angle(gradient, true) for gradient in gradients],
        "sizes": [float(np.linalg.norm(g) / np.linalg.norm(true)) for g in gradients],
    }


def angle(left: ndarray, right: ndarray) -> float:
    """The angle between two matrices as vectors, in degrees, exact near zero too."""
    left, right = left / np.linalg.norm(left), right / np.linalg.norm(right)
    halves = np.linalg.norm(left - right), np.linalg.norm(left + right)
    return float(np.degrees(2 * np.arctan2(*halves)))
