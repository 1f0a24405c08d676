"""The hidden tests of these questions: the answer another way, and what people do wrong."""

# ruff: noqa: D103 -- each function is the test of the question of its name
import math
from typing import Any

import numpy as np

from tutorials.homework.judging import judge


def ou_variance(answer: Any) -> None:
    def reference(theta, sigma, dt, steps):
        variance = 0.0
        for _ in range(steps):
            variance = (1 - theta * dt) ** 2 * variance + sigma**2 * dt
        return variance

    def deviation(*case):
        """This is the standard deviation; its square was asked for."""
        return math.sqrt(reference(*case))

    def in_the_long_run(theta, sigma, dt, steps):
        """That is what it comes to in the end; `steps` must enter."""
        return reference(theta, sigma, dt, 100_000)

    def brownian(theta, sigma, dt, steps):
        """Nothing pulls back in this formula."""
        return sigma**2 * dt * steps

    def not_squared(theta, sigma, dt, steps):
        """The part of the position that is kept enters the variance squared."""
        return sum(sigma**2 * dt * (1 - theta * dt) ** k for k in range(steps))

    cases = [(0.15, 0.2, 0.01, 3), (0.5, 3.0, 0.3, 10), (1.5, 0.7, 0.9, 2)]
    mistakes = [deviation, in_the_long_run, brownian, not_squared]
    judge("ou_variance", answer, reference, mistakes, cases)


def halved(answer: Any) -> None:
    def reference(step, start, floor, every):
        values = []
        for s in np.ravel(step):
            scale = start
            for _ in range(int(s) // every):
                scale = scale / 2
            values.append(max(scale, floor))
        return np.array(values).reshape(np.shape(step))

    def gradually(step, start, floor, every):
        """The scale falls a little in each step; it should stay until it is halved."""
        return np.maximum(start * 0.5 ** (np.asarray(step) / every), floor)

    def no_floor(step, start, floor, every):
        """The scale falls below the floor."""
        return start * 0.5 ** (np.asarray(step) // every)

    def one_step_late(step, start, floor, every):
        """After exactly `every` steps the scale is half as large already."""
        return reference(np.maximum(np.asarray(step) - 1, 0), start, floor, every)

    def to_the_floor(step, start, floor, every):
        """What is halved is the scale, not its distance from the floor."""
        return floor + (start - floor) * 0.5 ** (np.asarray(step) // every)

    cases = [(s, 0.8, 0.1, 100) for s in (0, 1, 99, 100, 101, 250, 5000)]
    cases += [(np.arange(0, 400, 7), 2.0, 0.3, 90)]
    mistakes = [gradually, no_floor, one_step_late, to_the_floor]
    judge("halved", answer, reference, mistakes, cases)
