"""Adam in NumPy, in the two forms that are in use.

    "paper"   theta -= lr * m_hat / (sqrt(v_hat) + epsilon)        Kingma and Ba 2015, Algorithm 1;
                                                                   PyTorch
    "hat"     theta -= lr_t * m / (sqrt(v) + epsilon),             the end of their section 2;
              lr_t = lr * sqrt(1 - beta_2^t) / (1 - beta_1^t)      TensorFlow, Keras, MpiAdam

They differ only in what epsilon is added to: the "hat" form's is epsilon / sqrt(1 - beta_2^t) in
the paper's place, 32 times as large in the first step and the same in the long run.
"""

import numpy as np

from comparisons.ancestors.problem import Weights

BETA_1, BETA_2 = 0.9, 0.999


class Adam:
    """The state of one optimiser for arrays of float32."""

    def __init__(self, weights: Weights, learning_rate: float, epsilon: float, form: str):
        self.learning_rate, self.epsilon, self.form = learning_rate, epsilon, form
        self.first = [np.zeros_like(weight) for weight in weights]
        self.second = [np.zeros_like(weight) for weight in weights]
        self.steps = 0

    def step(self, weights: Weights, gradients: Weights) -> Weights:
        """The weights one step down the gradients."""
        self.steps += 1
        self.first = [
            BETA_1 * m + (1 - BETA_1) * g for m, g in zip(self.first, gradients, strict=True)
        ]
        self.second = [
            BETA_2 * v + (1 - BETA_2) * g * g for v, g in zip(self.second, gradients, strict=True)
        ]
        moments = zip(weights, self.first, self.second, strict=True)
        return [theta - self.learning_rate * self.direction(m, v) for theta, m, v in moments]

    def direction(self, m: np.ndarray, v: np.ndarray) -> np.ndarray:
        """The step in units of the learning rate."""
        correction_1, correction_2 = 1 - BETA_1**self.steps, 1 - BETA_2**self.steps
        if self.form == "paper":
            return m / correction_1 / (np.sqrt(v / correction_2) + self.epsilon)
        return correction_2**0.5 / correction_1 * m / (np.sqrt(v) + self.epsilon)
