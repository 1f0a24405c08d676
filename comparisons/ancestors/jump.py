"""Where two trainings that differ by rounding alone part at one step.

A ReLU unit is open or shut. If its input is nearly zero for some observation, rounding decides,
and the gradient of that observation changes by a finite amount: a jump, not a slow growth.
"""

import numpy as np

from comparisons.ancestors.lillicrap import forward
from comparisons.ancestors.problem import Problem, Update, Weights, flat

JUMP = 1e-3
"""Relative distance of two gradients that rounding alone does not reach in one step."""


def first_jump(
    problem: Problem,
    batches: np.ndarray,
    theirs: list[Update],
    ours: list[Update],
    factor: float,
) -> dict | None:
    """The first step at which the gradients are JUMP apart, or None.

    step: counted from 1. before, after: the gradients' relative distance at the step before and at
    this one. gates: how many ReLU units are open for an observation of the batch in one of the two
    trainings and shut in the other (tanh actors only, else None).
    """
    before = 0.0
    for index, (their, our) in enumerate(zip(theirs, ours, strict=True)):
        reference = np.float32(factor) * flat(our.gradients)
        gap = np.linalg.norm(flat(their.gradients) - reference) / np.linalg.norm(reference)
        if gap > JUMP and index > 0:
            states = [
                gates(problem, run[index - 1].weights, batches[index]) for run in (theirs, ours)
            ]
            differing = None if problem.heads != "tanh" else int(np.sum(states[0] != states[1]))
            return {
                "step": index + 1,
                "before": float(before),
                "after": float(gap),
                "gates": differing,
            }
        before = gap
    return None


def gates(problem: Problem, theta: Weights, observations: np.ndarray) -> np.ndarray:
    """Which hidden units of actor and critic are open, for each observation."""
    actor = forward(theta, observations)
    inputs = np.concatenate([observations, np.tanh(actor[-1])], axis=1)
    critic = forward(problem.critic, inputs)
    return np.concatenate([flat([layer > 0]) for layer in (*actor[1:-1], *critic[1:-1])])
