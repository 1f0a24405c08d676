"""The hidden tests of these questions: the answer another way, and what people do wrong."""

# ruff: noqa: D103 -- each function is the test of the question of its name
from typing import Any

import numpy as np

from tutorials.homework.judging import judge


def mixed_targets(answer: Any) -> None:
    def with_value(value, mask=lambda t: 1.0 - t):
        def compute(rewards, terminated, next_q1, next_q2, weight, gamma):
            return np.array(
                [
                    r + gamma * mask(terminated[i]) * value(next_q1[i, 0], next_q2[i, 0], weight)
                    for i, r in enumerate(rewards)
                ]
            )

        return compute

    def mixed(a, b, weight):
        return weight * min(a, b) + (1 - weight) * max(a, b)

    reference = with_value(mixed)

    def weight_of_the_larger(*case):
        """The weight is that of the smaller critic."""
        return with_value(lambda a, b, weight: mixed(a, b, 1 - weight))(*case)

    def first_and_second(*case):
        """Smaller and larger are mixed, sample by sample, not the first and the second critic."""
        return with_value(lambda a, b, weight: weight * a + (1 - weight) * b)(*case)

    def minimum_alone(*case):
        """This is TD3's target: the larger critic does not enter."""
        return with_value(lambda a, b, weight: min(a, b))(*case)

    def no_terminal_mask(*case):
        """Nothing follows a termination, and yet the next value counts."""
        return with_value(mixed, lambda t: 1.0)(*case)

    generator = np.random.default_rng(52)
    cases = [
        (
            generator.normal(size=batch),
            generator.random(batch) < 0.4,
            generator.normal(size=(batch, 1)),
            generator.normal(size=(batch, 1)),
            weight,
            0.9,
        )
        for batch, weight in [(16, 0.75), (33, 0.2)]
    ]
    mistakes = [weight_of_the_larger, first_and_second, minimum_alone, no_terminal_mask]
    judge("mixed_targets", answer, reference, mistakes, cases)


def actor_updates(answer: Any) -> None:
    def reference(updates, delay, start):
        return np.array([n for n in range(1, updates + 1) if n > start and n % delay == 0], int)

    def counted_from_zero(updates, delay, start):
        """The first update is number 1."""
        return np.array([n for n in range(updates) if n >= start and n % delay == 0], int)

    def start_ignored(updates, delay, start):
        """The critics learn alone at first."""
        return reference(updates, delay, 0)

    def counted_from_the_start(updates, delay, start):
        """The count is of all updates, also of those in which the critics learn alone."""
        return np.arange(start + delay, updates + 1, delay)

    cases = [(12, 2, 5), (20, 3, 4), (7, 3, 0), (5, 2, 9), (9, 1, 3)]
    mistakes = [counted_from_zero, start_ignored, counted_from_the_start]
    judge("actor_updates", answer, reference, mistakes, cases)
