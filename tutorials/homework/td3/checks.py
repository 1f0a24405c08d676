"""The checks that you see: each tries one small case and says what is off.

Each function is the check of the question of its name.
"""

from typing import Any

import numpy as np
from checking import CHECKS, check, expect_array, expect_numbers, form_only, question

__all__ = ["CHECKS", "check"]


@question
def biases(answer: Any) -> None:
    got = answer(np.array([[1.0, 3.0]]), np.array([[5.0, -1.0]]))
    expect_numbers(got, [3.0, -1.0, -1.0], "one run: the first critic chooses action 1", shape=(3,))


@form_only
def price(answer: Any) -> None:
    expect_numbers(answer, None, "price", shape=(2,))


@question
def td3_targets(answer: Any) -> None:
    nobody, rewards = np.array([False, False]), np.array([1.0, 2.0])
    first, second = np.array([[10.0], [4.0]]), np.array([[2.0], [8.0]])
    got = answer(rewards, nobody, first, second, 0.5)
    expect_array(got, [2.0, 4.0], "the smaller of the two critics, sample by sample", shape=(2,))


@question
def smoothed_actions(answer: Any) -> None:
    low, high = np.array([-2.0]), np.array([2.0])
    got = answer(np.array([[0.0]]), np.array([[1.0]]), 0.1, 0.5, low, high)
    expect_array(got, [[0.2]], "noise of 0.1 half ranges, where half a range is 2")


@question
def schedule(answer: Any) -> None:
    got = expect_array(answer(4, 2), None, "4 updates with delay 2", shape=(4, 4))
    assert got.dtype == bool, f"expected booleans, got {got.dtype}"
    assert got[:, 0].all(), "the first critic learns in every update"


@form_only
def optimizer_steps(answer: Any) -> None:
    expect_numbers(answer, None, "optimizer_steps", shape=(2,))


@form_only
def order(answer: Any) -> None:
    assert isinstance(answer, list), "order: a list of letters"
    letters = sorted(map(str, answer))
    assert letters == list("ABCDE"), f"each letter from A to E once; got {answer}"
