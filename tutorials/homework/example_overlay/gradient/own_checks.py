"""The checks that students see of these questions."""

from typing import Any

import numpy as np
from checking import check, expect_array, expect_numbers, form_only, question

__all__ = ["check"]


@question
def first_difference(answer: Any) -> None:
    one = np.float32([[1.0, 2.0], [3.0, 4.0]])
    other = np.float32([[1.0, 2.0], [3.5, 4.0]])
    expect_array(answer(one, other), 2, "the third number differs")


@form_only
def harmless_factors(answer: Any) -> None:
    factors = expect_numbers(answer, None, "harmless_factors")
    assert list(factors) == sorted(set(factors)), "in increasing order, each once"
