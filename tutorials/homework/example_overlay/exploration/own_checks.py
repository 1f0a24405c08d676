"""The checks that students see of these questions."""

from typing import Any

from checking import check, expect_array, question

__all__ = ["check"]


@question
def ou_variance(answer: Any) -> None:
    expect_array(answer(0.5, 2.0, 0.25, 1), 1.0, "one kick: sigma squared times dt")


@question
def halved(answer: Any) -> None:
    expect_array(answer(0, 1.0, 0.2, 10), 1.0, "at step 0: start")
    expect_array(answer(10, 1.0, 0.2, 10), 0.5, "after `every` steps: a half")
