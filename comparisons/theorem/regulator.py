"""A linear-quadratic regulator, solved exactly, in NumPy float64.

    x' = A x + B u + w,    w ~ N(0, W),    x_0 ~ N(0, S0),    reward = -(x'M x + u'R u)
    policy  u = K x,       J(K) = E sum_t gamma^t reward_t

Every quantity of the deterministic policy gradient theorem is known here: Q of a linear policy is
a quadratic form, the discounted distribution of its states is Gaussian.
Bradtke 1993; Fazel et al. 2018, arXiv 1801.05039, lemma 1 without noise and discount.
"""

from dataclasses import dataclass

import numpy as np
from numpy import ndarray
from numpy.random import Generator


@dataclass(frozen=True)
class Regulator:
    """A, W, S0, M: [n, n]; B: [n, m]; R: [m, m]; gamma: discount of a step. Units: none."""

    A: ndarray
    B: ndarray
    W: ndarray
    S0: ndarray
    M: ndarray
    R: ndarray
    gamma: float

    def closed_loop(self, K: ndarray) -> ndarray:
        """The matrix of a step under the policy, A + B K, [n, n]."""
        return self.A + self.B @ K

    def cost_matrix(self, K: ndarray) -> ndarray:
        """P, [n, n], with V(x) = -(x'P x) - constant, P = M + K'R K + gamma F'P F."""
        F = self.closed_loop(K)
        return solve_lyapunov(np.sqrt(self.gamma) * F.T, self.M + K.T @ self.R @ K)

    def expected_return(self, K: ndarray) -> float:
        """J(K) = -tr(P S0) - gamma / (1 - gamma) tr(P W)."""
        P = self.cost_matrix(K)
        return -float(np.trace(P @ self.S0) + self.gamma / (1 - self.gamma) * np.trace(P @ self.W))

    def q_matrix(self, K: ndarray) -> ndarray:
        """H, [n + m, n + m], with Q(x, u) = -(z'H z) - constant with z = (x, u)."""
        P = self.cost_matrix(K)
        AB = np.hstack([self.A, self.B])
        H = self.gamma * AB.T @ P @ AB
        n = len(self.A)
        H[:n, :n] += self.M
        H[n:, n:] += self.R
        return H

    def state_moment(
        self, K: ndarray, gamma: float | None = None, noise: ndarray | None = None
    ) -> ndarray:
        """(1 - gamma) sum_t gamma^t E[x_t x_t'], [n, n], the mean over discounted states.

        gamma: the discount of the average if it is not the regulator's; 1 is the average over all
        time. noise: the covariance of noise on the actions, [m, m]; none if not given.
        """
        gamma = self.gamma if gamma is None else gamma
        W = self.W if noise is None else self.W + self.B @ noise @ self.B.T
        F = self.closed_loop(K)
        return solve_lyapunov(np.sqrt(gamma) * F, (1 - gamma) * self.S0 + gamma * W)

    def gradient(self, K: ndarray) -> ndarray:
        """dJ/dK, [m, n], by differentiating J = -<P, S> in closed form, without Q."""
        P = self.cost_matrix(K)
        S = self.state_moment(K) / (1 - self.gamma)
        E = (self.R + self.gamma * self.B.T @ P @ self.B) @ K + self.gamma * self.B.T @ P @ self.A
        return -2 * E @ S

    def difference_quotient(self, K: ndarray, step: float = 1e-5) -> ndarray:
        """dJ/dK, [m, n], by central differences of J."""
        slopes = np.zeros_like(K)
        for index in np.ndindex(K.shape):
            move = np.zeros_like(K)
            move[index] = step
            difference = self.expected_return(K + move) - self.expected_return(K - move)
            slopes[index] = difference / (2 * step)
        return slopes

    def optimal_gain(self, iterations: int = 2_000) -> ndarray:
        """The K of the largest J, [m, n], by iterating Riccati's equation."""
        P = self.M
        for _ in range(iterations):
            BP = self.gamma * self.B.T @ P
            K = -np.linalg.solve(self.R + BP @ self.B, BP @ self.A)
            F = self.closed_loop(K)
            P = self.M + K.T @ self.R @ K + self.gamma * F.T @ P @ F
        return K


def solve_lyapunov(F: ndarray, C: ndarray) -> ndarray:
    """Solve X = C + F X F', [n, n]. Raises ValueError if the sum does not converge."""
    if np.abs(np.linalg.eigvals(F)).max() >= 1:
        raise ValueError("the policy is unstable: its discounted sums diverge")
    n = len(F)
    X = np.linalg.solve(np.eye(n * n) - np.kron(F, F), C.ravel()).reshape(n, n)
    return (X + X.T) / 2


def example() -> tuple[Regulator, ndarray]:
    """A regulator of three states and two actions, and a stable gain that is not optimal."""
    regulator = Regulator(
        A=np.array([[0.95, 0.1, 0.0], [0.0, 0.85, 0.2], [-0.05, 0.0, 0.8]]),
        B=np.array([[0.0, 0.1], [0.3, 0.0], [0.1, 0.4]]),
        W=np.diag([0.01, 0.02, 0.03]),
        S0=np.array([[1.0, 0.3, 0.0], [0.3, 0.5, 0.0], [0.0, 0.0, 0.4]]),
        M=np.diag([1.0, 0.5, 0.2]),
        R=np.array([[0.3, 0.05], [0.05, 0.2]]),
        gamma=0.95,
    )
    gain = np.array([[-0.5, -0.2, 0.1], [0.3, 0.1, -0.4]])
    return regulator, gain


def sigma_points(moment: ndarray) -> ndarray:
    """2n states, [2n, n], whose mean is 0 and whose mean of x x' is `moment`, [n, n]."""
    n = len(moment)
    columns = np.linalg.cholesky(n * moment).T
    return np.concatenate([columns, -columns])


def discounted_states(
    regulator: Regulator, K: ndarray, count: int, generator: Generator
) -> ndarray:
    """Draw states from the discounted distribution, [count, n], by running the policy.

    Each is x_T of an episode of its own, T geometric: P(T = t) = (1 - gamma) gamma^t.
    """
    n = len(regulator.A)
    F, noise = regulator.closed_loop(K), np.linalg.cholesky(regulator.W)
    states = generator.standard_normal((count, n)) @ np.linalg.cholesky(regulator.S0).T
    left = generator.geometric(1 - regulator.gamma, count) - 1
    while left.any():
        running = left > 0
        moved = states[running] @ F.T + generator.standard_normal((running.sum(), n)) @ noise.T
        states[running] = moved
        left[running] -= 1
    return states
