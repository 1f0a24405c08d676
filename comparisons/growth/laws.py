"""The law that times follow over sizes: a power of the size, with or without a fixed part."""

from typing import NamedTuple

import numpy as np

EXPONENTS = np.concatenate([np.arange(-300, -4), np.arange(5, 301)]) / 100
"""Exponents that are tried beside a fixed part; without those near 0, which would be fixed too."""

RESAMPLES = 200
"""Draws of the rounds, with replacement, that the exponent's error is estimated from."""


class Law(NamedTuple):
    """seconds = fixed + factor (size / unit)^exponent; unit: the largest of the sizes.

    error: the standard error of the exponent, estimated by drawing the rounds anew (bootstrap).
    """

    fixed: float
    factor: float
    exponent: float
    unit: float
    error: float = 0.0

    def seconds(self, sizes: np.ndarray) -> np.ndarray:
        """What the law says for these sizes [n]."""
        return self.fixed + self.factor * (np.asarray(sizes) / self.unit) ** self.exponent


def law_of(sizes: list[float], rounds: list[list[float]], has_fixed_part: bool) -> Law:
    """The law of times over sizes [n].

    rounds: the seconds of each round, [rounds, n]; the law is that of their medians.
    has_fixed_part: whether a part of the time does not depend on the size.
    """
    fit = power_beside_fixed if has_fixed_part else power
    sizes, rounds = np.array(sizes, float), np.array(rounds, float)
    generator = np.random.default_rng(0)
    drawn = generator.integers(len(rounds), size=(RESAMPLES, len(rounds)))
    exponents = [fit(sizes, np.median(rounds[rows], axis=0)).exponent for rows in drawn]
    law = fit(sizes, np.median(rounds, axis=0))
    return law._replace(error=float(np.std(exponents)))


def power(sizes: np.ndarray, seconds: np.ndarray) -> Law:
    """The line through logarithms, by least squares."""
    unit = sizes.max()
    exponent, height = np.polyfit(np.log(sizes / unit), np.log(seconds), 1)
    return Law(0.0, float(np.exp(height)), float(exponent), float(unit))


def power_beside_fixed(sizes: np.ndarray, seconds: np.ndarray) -> Law:
    """The law with the least squares of relative errors; neither part is negative.

    For each exponent the two factors are a linear problem, solved for all exponents at once.
    """
    unit = sizes.max()
    # 1 = fixed / seconds + factor (size / unit)^exponent / seconds, for each size
    constant = 1 / seconds
    growing = (sizes / unit) ** EXPONENTS[:, np.newaxis] / seconds
    cc, cg, gg = constant @ constant, growing @ constant, (growing**2).sum(axis=1)
    c, g = constant.sum(), growing.sum(axis=1)
    determinant = cc * gg - cg**2
    fixed, factor = (c * gg - g * cg) / determinant, (g * cc - c * cg) / determinant
    # where the best has a negative part, the best without that part
    alone = fixed < 0
    fixed, factor = np.where(alone, 0, fixed), np.where(alone, g / gg, factor)
    flat = factor < 0
    fixed, factor = np.where(flat, c / cc, fixed), np.where(flat, 0, factor)
    errors = 1 - fixed[:, np.newaxis] * constant - factor[:, np.newaxis] * growing
    best = int((errors**2).sum(axis=1).argmin())
    return Law(float(fixed[best]), float(factor[best]), float(EXPONENTS[best]), float(unit))
