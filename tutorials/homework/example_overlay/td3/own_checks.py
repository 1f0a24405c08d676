"""The checks that students see of these questions."""

from typing import Any

import numpy as np
from checking import check, expect_array, question

__all__ = ["check"]


@question
def mixed_targets(answer: Any) -> None:
    nobody, rewards = np.array([False, False]), np.array([1.0, 2.0])
    first, second = np.array([[10.0], [4.0]]), np.array([[2.0], [8.0]])
    got = answer(rewards, nobody, first, second, 1.0, 0.5)
    expect_array(got, [2.0, 4.0], "weight 1: the smaller of the two critics alone", shape=(2,))


@question
def actor_updates(answer: Any) -> None:
    expect_array(answer(6, 2, 0), [2, 4, 6], "6 updates with delay 2, from the start")
