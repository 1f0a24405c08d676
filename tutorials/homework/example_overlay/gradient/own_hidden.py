"""The hidden tests of these questions: the answer another way, and what people do wrong."""

# ruff: noqa: D103 -- each function is the test of the question of its name
from typing import Any

import numpy as np

from tutorials.homework.judging import judge, judge_value


def first_difference(answer: Any) -> None:
    def reference(left, right):
        pairs = zip(left.flat, right.flat, strict=True)
        differ = [a.tobytes() != b.tobytes() for a, b in pairs]
        return differ.index(True) if True in differ else -1

    def values_for_bits(left, right):
        """0.0 equals -0.0, and a NaN equals nothing, yet bits are asked for."""
        differ = (left != right).ravel()
        return int(np.argmax(differ)) if differ.any() else -1

    def close_for_equal(left, right):
        """Numbers that are merely close count as the same."""
        differ = ~np.isclose(left, right, equal_nan=True).ravel()
        return int(np.argmax(differ)) if differ.any() else -1

    def zero_for_none(left, right):
        """Where no bit differs, 0 would be the first pair."""
        return max(reference(left, right), 0)

    one = np.float32([[1.5, 0.0, np.nan], [2.0, -3.0, 4.0]])
    near, zero = one.copy(), one.copy()
    near[1, 1] = np.nextafter(one[1, 1], np.float32(0))
    zero[0, 1] = -0.0
    cases = [(one, one.copy()), (one, near), (one, zero), (zero, near), (near, one + 1)]
    mistakes = [values_for_bits, close_for_equal, zero_for_none]
    judge("first_difference", answer, reference, mistakes, cases)


def harmless_factors(answer: Any) -> None:
    wrong = {
        "whole_numbers": ([3, 8, 10], "To multiply by 3 rounds. Which factors do not?"),
        "below_one": ([0.1, 0.25, 0.5], "0.1 is no float32; it is rounded itself."),
        "even_numbers": ([8, 10], "10 is 5 times 2, and the 5 rounds."),
    }
    judge_value("harmless_factors", answer, [0.25, 0.5, 8.0], wrong)
