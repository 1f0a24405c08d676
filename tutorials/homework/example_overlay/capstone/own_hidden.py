"""The hidden tests of these questions: the answer another way, and what people do wrong."""

# ruff: noqa: D103 -- each function is the test of the question of its name
from typing import Any

import numpy as np

from tutorials.homework.judging import judge


def noisy_actions(answer: Any) -> None:
    def fold(x, low, high):
        while not low <= x <= high:
            x = 2 * high - x if x > high else 2 * low - x
        return x

    def reference(actions, noise, low, high):
        one = np.vectorize(lambda a, n, low, high: fold(a + n * (high - low) / 2, low, high))
        return one(actions, noise, low, high)

    def clipped(*case):
        """What is outside is put on the bound; it should bounce off it."""
        return np.vectorize(lambda a, n, low, high: np.clip(a + n * (high - low) / 2, low, high))(
            *case
        )

    def folded_once(*case):
        """A large noise is folded at one bound, and then sticks out over the other one."""

        def once(x, low, high):
            return 2 * high - x if x > high else 2 * low - x if x < low else x

        return np.vectorize(lambda a, n, low, high: once(a + n * (high - low) / 2, low, high))(
            *case
        )

    def comes_in_on_the_other_side(*case):
        """What leaves over one bound comes in at the other; it should come back where it left."""

        def around(x, low, high):
            return low + (x - low) % (high - low)

        return np.vectorize(lambda a, n, low, high: around(a + n * (high - low) / 2, low, high))(
            *case
        )

    def not_scaled(*case):
        """The noise is in units of half a range, and was added unscaled."""
        return np.vectorize(lambda a, n, low, high: fold(a + n, low, high))(*case)

    generator = np.random.default_rng(54)
    low, high = np.array([-2.0, 0.0, -0.3]), np.array([1.0, 5.0, 0.6])
    cases = [
        (generator.uniform(low, high, (batch, 3)), 2 * generator.normal(size=(batch, 3)), low, high)
        for batch in (2, 40)
    ]
    mistakes = [clipped, folded_once, comes_in_on_the_other_side, not_scaled]
    judge("noisy_actions", answer, reference, mistakes, cases)


def first_reached(answer: Any) -> None:
    def reference(returns, window, mark):
        last: list[float] = []
        for count, value in enumerate(returns, start=1):
            last = [*last, value][-window:]
            if len(last) == window and sum(last) >= window * mark:
                return count
        return -1

    def one_good_return(returns, window, mark):
        """One return may be luck: it is the mean of the last ones that counts."""
        return reference(returns, 1, mark)

    def before_the_window_is_full(returns, window, mark):
        """The mean of fewer than `window` returns says less."""
        means = [np.mean(returns[max(0, n - window) : n]) for n in range(1, len(returns) + 1)]
        return next((n for n, mean in enumerate(means, start=1) if mean >= mark), -1)

    def counted_from_zero(returns, window, mark):
        """The first evaluation is number 1."""
        count = reference(returns, window, mark)
        return count - 1 if count > 0 else -1

    def start_of_the_window(returns, window, mark):
        """At the window's first evaluation nobody knows what comes after it."""
        count = reference(returns, window, mark)
        return count - window + 1 if count > 0 else -1

    def above(returns, window, mark):
        """A mean of exactly `mark` has reached it."""
        return reference(returns, window, mark + 1e-9)

    generator = np.random.default_rng(55)
    rising = np.sort(generator.integers(-1200, -100, 12)).astype(float)
    uneven = np.array([-200.0, -1000.0, -300.0, -500.0, -200.0, -200.0])
    cases = [(rising, window, -600.0) for window in (1, 2, 4)]
    cases += [(uneven, 2, mark) for mark in (-400.0, -200.0, -100.0)]
    cases += [(uneven[:1], 2, -400.0)]
    mistakes = [one_good_return, before_the_window_is_full, counted_from_zero]
    judge("first_reached", answer, reference, [*mistakes, start_of_the_window, above], cases)
