"""The checks that students see of these questions."""

from typing import Any

import numpy as np
from checking import check, expect_array, question

__all__ = ["check"]


@question
def noisy_actions(answer: Any) -> None:
    low, high = np.array([-1.0]), np.array([3.0])
    inside = answer(np.array([[1.0]]), np.array([[0.5]]), low, high)
    expect_array(inside, [[2.0]], "within the bounds: the action, and half of half a range")
    outside = answer(np.array([[2.0]]), np.array([[1.0]]), low, high)
    expect_array(outside, [[2.0]], "4 is 1 above the upper bound 3: back to 1 below it")


@question
def first_reached(answer: Any) -> None:
    returns = np.array([0.0, 10.0, 10.0, 10.0])
    expect_array(answer(returns, 2, 10.0), 3, "the second and the third of four, in a window of 2")
