"""What every system is given: the same weights and the same batches, as NumPy arrays."""

from dataclasses import dataclass
from itertools import pairwise
from typing import NamedTuple

import numpy as np

OBSERVATION_DIM, ACTION_DIM = 17, 3
LAST_LAYER = 3e-3
"""Bound of the last layer's weights at the start (Lillicrap et al. 2015, section 7)."""

Weights = list[np.ndarray]
"""Kernel [inputs, outputs] and bias [outputs] of each layer in turn, float32."""


class Update(NamedTuple):
    """One actor update as a system makes it."""

    gradients: Weights
    """What it hands to its optimiser, in the direction of descent."""
    weights: Weights
    """The actor's weights after the step."""


@dataclass(frozen=True)
class Problem:
    """An actor and its critic.

    actor          17 -> hidden -> hidden -> 3, ReLU, then `heads`
    heads          "tanh" for every action, or "torcs": steering tanh, the two pedals sigmoid
    critic         17 + 3 -> hidden -> hidden -> 1, or -> 3 for a system that has one Q per action
                   dimension; the action enters at the first layer, beside the observation
    """

    actor: Weights
    critic: Weights
    heads: str = "tanh"


def make_problem(hidden: int, heads: str = "tanh", q_outputs: int = 1, seed: int = 0) -> Problem:
    """A problem with the paper's initial weights.

    Hidden layers U(+-1/sqrt(fan_in)), biases too; last layers U(+-3e-3).
    """
    rng = np.random.default_rng(seed)
    actor = draw_weights(rng, [OBSERVATION_DIM, hidden, hidden, ACTION_DIM])
    critic = draw_weights(rng, [OBSERVATION_DIM + ACTION_DIM, hidden, hidden, q_outputs])
    return Problem(actor, critic, heads)


def draw_weights(rng: np.random.Generator, sizes: list[int]) -> Weights:
    """The weights of a network with these layer sizes."""
    weights = []
    for fan_in, fan_out in pairwise(sizes):
        bound = LAST_LAYER if len(weights) == 2 * len(sizes) - 4 else fan_in**-0.5
        weights += [
            rng.uniform(-bound, bound, (fan_in, fan_out)),
            rng.uniform(-bound, bound, fan_out),
        ]
    return [weight.astype(np.float32) for weight in weights]


def make_batches(count: int, size: int, seed: int = 1) -> np.ndarray:
    """`count` batches of made-up normal observations, [count, size, 17]."""
    rng = np.random.default_rng(seed)
    return rng.standard_normal((count, size, OBSERVATION_DIM)).astype(np.float32)


def mean_critic(critic: Weights) -> Weights:
    """The critic whose one Q is the mean of the outputs of `critic`."""
    *hidden, kernel, bias = critic
    return [*hidden, kernel.mean(axis=1, keepdims=True), bias.mean(keepdims=True)]


def one_output(critic: Weights, index: int) -> Weights:
    """The critic whose one Q is output `index` of `critic`."""
    *hidden, kernel, bias = critic
    return [*hidden, kernel[:, index : index + 1], bias[index : index + 1]]


def flat(arrays: Weights) -> np.ndarray:
    """All numbers in one vector."""
    return np.concatenate([np.ravel(array) for array in arrays])
