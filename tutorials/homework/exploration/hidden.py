"""The hidden tests of homework 3: for each question the answer by hand, and what people do wrong.

References are loops over single numbers, or sums of series: another way than the solutions'.
"""

# ruff: noqa: D103 -- each function is the test of the question of its name
import math
from typing import Any

import numpy as np

from tutorials.homework.judging import judge, judge_value


def ou_path(answer: Any) -> None:
    def walk(step):
        def path(normals, theta, sigma, dt):
            result = np.empty_like(normals)
            for j in range(normals.shape[1]):
                x = 0.0
                for t in range(len(normals)):
                    x = step(x, float(normals[t, j]), theta, sigma, dt)
                    result[t, j] = x
            return result

        return path

    reference = walk(
        lambda x, n, theta, sigma, dt: x * (1 - theta * dt) + sigma * math.sqrt(dt) * n
    )

    def dt_without_root(*case):
        """Variances add up, standard deviations do not: how does the kick grow with dt?"""
        return walk(lambda x, n, theta, sigma, dt: x - theta * x * dt + sigma * dt * n)(*case)

    def no_dt(*case):
        """The length of the step does not enter at all."""
        return walk(lambda x, n, theta, sigma, dt: x - theta * x + sigma * n)(*case)

    def no_dt_in_the_kick(*case):
        """The pull grows with dt and the kick does not."""
        return walk(lambda x, n, theta, sigma, dt: x - theta * x * dt + sigma * n)(*case)

    def no_dt_in_the_pull(*case):
        """The kick grows with the step's length and the pull does not."""
        return walk(lambda x, n, theta, sigma, dt: x - theta * x + sigma * math.sqrt(dt) * n)(*case)

    def root_in_the_pull(*case):
        """The pull is a velocity times a time: is that a root?"""
        return walk(lambda x, n, theta, sigma, dt: x + math.sqrt(dt) * (sigma * n - theta * x))(
            *case
        )

    def pushed_away(*case):
        """The spring pushes away from zero: look at the sign of the pull."""
        return walk(lambda x, n, theta, sigma, dt: x + theta * x * dt + sigma * math.sqrt(dt) * n)(
            *case
        )

    def no_state(normals, theta, sigma, dt):
        """Each sample starts from zero again: the process has forgotten where it was."""
        return sigma * math.sqrt(dt) * normals

    def no_pull(normals, theta, sigma, dt):
        """Nothing pulls back to zero: this is Brownian motion."""
        return reference(normals, 0.0, sigma, dt)

    def variance_for_deviation(normals, theta, sigma, dt):
        """sigma sqrt(dt) is the kick's standard deviation, not its variance."""
        return reference(normals, theta, sigma**2 * math.sqrt(dt), dt)

    def positions_before(*case):
        """These are the positions before each step; the first should be after one kick."""
        path = reference(*case)
        return np.concatenate([np.zeros_like(path[:1]), path[:-1]])

    generator = np.random.default_rng(31)
    cases = [
        (generator.standard_normal((steps, act_dim)), theta, sigma, dt)
        for steps, act_dim, theta, sigma, dt in [
            (1, 3, 0.15, 0.2, 0.01),
            (200, 1, 0.3, 0.5, 0.01),
            (50, 2, 0.6, 1.7, 0.3),
        ]
    ]
    mistakes = [dt_without_root, no_dt, no_dt_in_the_kick, no_dt_in_the_pull, root_in_the_pull]
    mistakes += [pushed_away, no_state, no_pull, variance_for_deviation, positions_before]
    judge("ou_path", answer, reference, mistakes, cases)


def ou_deviation(answer: Any) -> None:
    def reference(theta, sigma, dt):
        kept, variance = 1.0, 0.0
        while kept > 1e-12:  # a geometric series: what is left of each kick
            variance += sigma**2 * dt * kept
            kept *= (1 - theta * dt) ** 2
        return math.sqrt(variance)

    def variance_for_deviation(*case):
        """This is the variance."""
        return reference(*case) ** 2

    def small_dt(theta, sigma, dt):
        """That is the limit for small dt; the question asks for any dt."""
        return sigma / math.sqrt(2 * theta)

    def only_sigma(theta, sigma, dt):
        """The pull back to zero must enter too."""
        return sigma

    def one_kick(theta, sigma, dt):
        """This is one step's kick; positions add up many of them."""
        return sigma * math.sqrt(dt)

    def not_squared(theta, sigma, dt):
        """The part of the position that is kept enters the variance squared."""
        return math.sqrt(sigma**2 * dt / (theta * dt))

    cases = [(0.15, 0.2, 0.01), (0.15, 0.2, 1.0), (0.5, 3.0, 0.3), (1.5, 0.7, 0.9)]
    mistakes = [variance_for_deviation, small_dt, only_sigma, one_kick, not_squared]
    judge("ou_deviation", answer, reference, mistakes, cases)


def memory(answer: Any, theta: float, dt: float, lag: int) -> None:
    def correlation(step):
        part = 1.0
        for _ in range(lag):
            part *= 1 - theta * step
        return part

    right = [correlation(dt), correlation(1.0)]
    wrong = {
        "swapped": (right[::-1], "The two numbers are in the wrong order."),
        "continuous_time": (
            [math.exp(-theta * dt * lag), math.exp(-theta * lag)],
            "This is the process in continuous time; the steps have a length.",
        ),
        "lag_in_time": (
            [(1 - theta * dt) ** (lag / dt), correlation(1.0)],
            "The lag is a number of steps, not a time.",
        ),
    }
    decimals = [round(value, 3) for value in right]
    wrong["rounded_to_decimals"] = (
        decimals,
        "A small number has its digits further right: three *significant* ones are asked for.",
    )
    judge_value("memory", answer, right, wrong)


def annealed(answer: Any) -> None:
    def reference(step, start, floor, steps):
        values = [
            floor if s >= steps else (start * (steps - s) + floor * s) / steps
            for s in np.ravel(step)
        ]
        return np.array(values).reshape(np.shape(step))

    def no_floor(step, start, floor, steps):
        """After `steps` steps the line goes on falling."""
        return start + (floor - start) * np.asarray(step) / steps

    def falls_to_zero(step, start, floor, steps):
        """The line aims at zero; it should reach the floor at step `steps`."""
        return np.maximum(start * (1 - np.asarray(step) / steps), floor)

    def never_falls(step, start, floor, steps):
        """The scale stays at its start."""
        return np.full(np.shape(step), start)

    def exponential(step, start, floor, steps):
        """The scale falls exponentially; a straight line was asked for."""
        return start * (floor / start) ** np.minimum(np.asarray(step) / steps, 1)

    def jumps_to_zero(step, start, floor, steps):
        """After the last step the scale should be the floor, not zero."""
        return np.where(np.asarray(step) > steps, 0.0, reference(step, start, floor, steps))

    def floor_of_one(step, start, floor, steps):
        """The scale falls from 1, not from `start`."""
        return reference(step, 1.0, floor, steps)

    cases = [(s, 0.8, 0.1, 1000) for s in (0, 1, 250, 999, 1000, 1001, 5000)]
    cases += [(np.arange(0, 400, 7), 2.0, 0.5, 300)]
    mistakes = [no_floor, falls_to_zero, never_falls, exponential, jumps_to_zero, floor_of_one]
    judge("annealed", answer, reference, mistakes, cases)


def noisy_actions(answer: Any) -> None:
    def within(x, low, high):
        return min(max(x, low), high)

    def reference(actions, noise, low, high):
        one = np.vectorize(lambda a, n, low, high: within(a + n * (high - low) / 2, low, high))
        return one(actions, noise, low, high)

    def not_clipped(*case):
        """Some results lie outside the bounds."""
        return np.vectorize(lambda a, n, low, high: a + n * (high - low) / 2)(*case)

    def not_scaled(*case):
        """The noise is in units of half a range, and was added unscaled."""
        return np.vectorize(lambda a, n, low, high: within(a + n, low, high))(*case)

    def whole_range(*case):
        """The noise is twice as large as it should be: half of which range?"""
        return np.vectorize(lambda a, n, low, high: within(a + n * (high - low), low, high))(*case)

    def upper_bound_as_range(*case):
        """Half the range is not the upper bound, unless the range is symmetric."""
        return np.vectorize(lambda a, n, low, high: within(a + n * high, low, high))(*case)

    def noise_clipped(*case):
        """The noise is kept within the bounds, not the result."""
        return np.vectorize(lambda a, n, low, high: a + within(n * (high - low) / 2, low, high))(
            *case
        )

    def unit_bounds(*case):
        """The result is clipped at -1 and 1; each component has bounds of its own."""
        return np.vectorize(lambda a, n, low, high: within(a + n * (high - low) / 2, -1, 1))(*case)

    def subtracted(*case):
        """The noise is subtracted. Harmless in training, but not what was asked for."""
        return np.vectorize(lambda a, n, low, high: within(a - n * (high - low) / 2, low, high))(
            *case
        )

    generator = np.random.default_rng(32)
    low, high = np.array([-2.0, 0.0, -0.3]), np.array([1.0, 5.0, 0.6])
    cases = [
        (generator.uniform(low, high, (batch, 3)), generator.normal(size=(batch, 3)), low, high)
        for batch in (1, 40)
    ]
    mistakes = [not_clipped, not_scaled, whole_range, upper_bound_as_range, noise_clipped]
    judge("noisy_actions", answer, reference, [*mistakes, unit_bounds, subtracted], cases)


def action_distance(answer: Any) -> None:
    def reference(actions, disturbed):
        squares = [(a - b) ** 2 for a, b in zip(actions.flat, disturbed.flat, strict=True)]
        return math.sqrt(math.fsum(squares) / len(squares))

    def mean_square(*case):
        """The root is missing."""
        return reference(*case) ** 2

    def mean_absolute(actions, disturbed):
        """This is the mean of the absolute differences; squares were asked for."""
        return np.mean(np.abs(actions - disturbed))

    def norm(actions, disturbed):
        """The squares are summed; take their mean."""
        return np.sqrt(np.sum((actions - disturbed) ** 2))

    def sum_over_components(actions, disturbed):
        """The mean is over the components of the action as well, not over the batch alone."""
        return np.sqrt(np.mean(np.sum((actions - disturbed) ** 2, axis=1)))

    def mean_of_norms(actions, disturbed):
        """The root comes last, after the mean over the batch."""
        return np.mean(np.sqrt(np.mean((actions - disturbed) ** 2, axis=1)))

    generator = np.random.default_rng(33)
    cases = [(generator.normal(size=(b, 3)), generator.normal(size=(b, 3))) for b in (1, 8, 50)]
    mistakes = [mean_square, mean_absolute, norm, sum_over_components, mean_of_norms]
    judge("action_distance", answer, reference, mistakes, cases)


def adapted(answer: Any) -> None:
    def reference(scale, distance, wanted, factor):
        too_far = distance - wanted > 0
        return scale * (1 / factor if too_far else factor)

    def wrong_way(scale, distance, wanted, factor):
        """Too large a distance makes the noise still larger."""
        return reference(scale, wanted, distance, factor) if distance != wanted else scale * factor

    def at_equality(scale, distance, wanted, factor):
        """A distance that is exactly the wanted one is not too large."""
        return scale * factor if distance < wanted else scale / factor

    def only_up(scale, distance, wanted, factor):
        """The scale never falls."""
        return scale * factor

    def added(scale, distance, wanted, factor):
        """The scale should be multiplied or divided, so that it stays positive; you added."""
        return scale + (factor - 1) * (1 if distance <= wanted else -1)

    cases = [(0.1, d, 0.2, f) for d in (0.0, 0.1, 0.2, 0.21, 3.0) for f in (1.01, 2.0)]
    judge("adapted", answer, reference, [wrong_way, at_equality, only_up, added], cases)
