"""The hidden tests of these questions: the answer another way, and what people do wrong."""

# ruff: noqa: D103 -- each function is the test of the question of its name
import math
from typing import Any

from tutorials.homework.judging import judge


def age_of_slot(answer: Any) -> None:
    def reference(capacity, added, slot):
        holds = [None] * capacity
        for number in range(added):
            holds[number % capacity] = number
        return -1 if holds[slot] is None else added - 1 - holds[slot]

    def counted_from_one(capacity, added, slot):
        """The newest has the age 0."""
        age = reference(capacity, added, slot)
        return age + 1 if age >= 0 else -1

    def empty_slots_too(capacity, added, slot):
        """A slot may hold nothing yet."""
        return (added - 1 - slot) % capacity

    def age_of_the_oldest(capacity, added, slot):
        """Counted from the oldest transition; from the newest was asked."""
        age = reference(capacity, added, slot)
        return min(capacity, added) - 1 - age if age >= 0 else -1

    cases = [(c, n, s) for c in (1, 3, 5) for n in (0, 1, 3, 4, 11) for s in range(c)]
    mistakes = [counted_from_one, empty_slots_too, age_of_the_oldest]
    judge("age_of_slot", answer, reference, mistakes, cases)


def updates_until(answer: Any) -> None:
    def reference(tau, part):
        updates, left = 0, 1.0
        while 1 - left < part:
            updates, left = updates + 1, left * (1 - tau)
        return updates

    def small_tau(tau, part):
        """That holds for small tau only: each update leaves exactly the part 1 - tau."""
        return math.ceil(-math.log(1 - part) / tau)

    def straight_line(tau, part):
        """The steps get smaller as the target comes closer."""
        return math.ceil(part / tau)

    def one_too_few(tau, part):
        """After so many updates a little is still missing."""
        return reference(tau, part) - 1

    cases = [(tau, part) for tau in (0.3, 0.11, 0.005) for part in (0.2, 0.45, 0.93)]
    mistakes = [small_tau, straight_line, one_too_few]
    judge("updates_until", answer, reference, mistakes, cases)
