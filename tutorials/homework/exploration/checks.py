"""The checks that you see: each tries one small case and says what is off.

Each function is the check of the question of its name.
"""

from typing import Any

import numpy as np
from checking import CHECKS, check, expect_array, expect_numbers, form_only, question

__all__ = ["CHECKS", "check"]


@question
def ou_path(answer: Any) -> None:
    kicks = np.array([[1.0], [0.0]])
    got = expect_array(answer(kicks, 0.5, 2.0, 0.25), None, "two steps", shape=(2, 1))
    assert np.isclose(got[0, 0], 1.0), f"one kick n = 1: sigma sqrt(dt) n = 1, got {got[0, 0]}"
    expect_array(got, [[1.0], [0.875]], "no kick in the second step: the spring pulls back")


@question
def ou_deviation(answer: Any) -> None:
    got = answer(1.0, 0.5, 1.0)
    expect_array(got, 0.5, "theta dt = 1: nothing is remembered, only sigma sqrt(dt) n is left")


@form_only
def memory(answer: Any) -> None:
    expect_numbers(answer, None, "memory", shape=(2,))


@question
def annealed(answer: Any) -> None:
    expect_array(answer(0, 1.0, 0.2, 100), 1.0, "at step 0: start")
    expect_array(answer(50, 1.0, 0.2, 100), 0.6, "half of the way")
    expect_array(answer(100, 1.0, 0.2, 100), 0.2, "at step `steps`: floor")


@question
def noisy_actions(answer: Any) -> None:
    low, high = np.array([-1.0]), np.array([3.0])
    got = answer(np.array([[1.0]]), np.array([[0.5]]), low, high)
    expect_array(got, [[2.0]], "half a unit of noise, where half the range is 2")


@question
def action_distance(answer: Any) -> None:
    got = answer(np.array([[0.0, 0.0]]), np.array([[3.0, -3.0]]))
    expect_array(got, 3.0, "two components, each 3 apart")


@form_only
def adapted(answer: Any) -> None:
    number = expect_array(answer(1.0, 0.1, 0.2, 1.01), None, "adapted", shape=())
    assert number > 0, f"a scale is positive; got {number}"
