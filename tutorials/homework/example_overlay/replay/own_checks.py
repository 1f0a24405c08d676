"""The checks that students see of these questions."""

from typing import Any

from checking import check, expect_array, question

__all__ = ["check"]


@question
def age_of_slot(answer: Any) -> None:
    expect_array(answer(4, 5, 0), 0, "5 transitions in 4 slots: the newest is in slot 0")


@question
def updates_until(answer: Any) -> None:
    expect_array(answer(0.5, 0.7), 2, "half of what is left, each time: 1/2, then 3/4")
