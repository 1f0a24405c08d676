"""The hidden tests of homework 4: for each question the answer by hand, and what people do wrong.

References are loops over single numbers: another way than the solutions'.
"""

# ruff: noqa: D103 -- each function is the test of the question of its name
import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from tutorials.homework.judging import Mistake, NotRight, judge, judge_value


def biases(answer: Any) -> None:
    def reference(q1, q2):
        sums = [0.0, 0.0, 0.0]
        for first, second in zip(q1.tolist(), q2.tolist(), strict=True):
            chosen = first.index(max(first))
            single, double = first[chosen], second[chosen]
            for index, value in enumerate([single, double, min(single, double)]):
                sums[index] += value
        return [total / len(q1) for total in sums]

    def both_choose(q1, q2):
        """In the double estimate the second critic judges the first one's choice, not its own."""
        return [q1.max(1).mean(), q2.max(1).mean(), np.minimum(q1.max(1), q2.max(1)).mean()]

    def minimum_before_choice(q1, q2):
        """The first critic chooses the action; the minimum is taken at that action only."""
        single, double, _ = reference(q1, q2)
        return [single, double, np.minimum(q1, q2).max(1).mean()]

    def maximum_for_minimum(q1, q2):
        """The clipped estimate believes the smaller of the two."""
        single, double, _ = reference(q1, q2)
        return [single, double, -reference(q1, q2)[2] + single + double]

    def over_the_runs(q1, q2):
        """The action should be chosen in each run; you chose across the runs."""
        return reference(q1.T, q2.T)

    def minimum_of_means(q1, q2):
        """The smaller one is taken in each run, before the mean."""
        single, double, _ = reference(q1, q2)
        return [single, double, min(single, double)]

    generator = np.random.default_rng(41)
    cases = [tuple(generator.normal(size=(2, runs, n))) for runs, n in [(5, 2), (60, 7), (30, 1)]]
    mistakes = [both_choose, minimum_before_choice, maximum_for_minimum]
    judge("biases", answer, reference, [*mistakes, over_the_runs, minimum_of_means], cases)


def price(answer: Any, spread: float, gamma: float) -> None:
    # E[min] as an integral over a fine grid: min = x means that the other one is above x
    x = np.linspace(-8, 8, 4001)
    density = np.exp(-(x**2) / 2) / math.sqrt(2 * math.pi)
    above = np.array([0.5 * math.erfc(value / math.sqrt(2)) for value in x])
    one = spread * float(np.sum(x * 2 * density * above) * (x[1] - x[0]))
    error = 0.0
    for _ in range(20_000):
        error = gamma * (error + one)
    wrong = {
        "sign": ([-one, -error], "The smaller of two is below their mean."),
        "not_discounted": (
            [one, error / gamma],
            "The next state's error enters the target discounted, and so does the first one.",
        ),
        "one_target_only": ([one, one], "The next state's value is off as well, and so on."),
        "discounted_once": ([one, gamma * one], "The next state's value is off as well."),
        "swapped": ([error, one], "The two numbers are in the wrong order."),
    }
    judge_value("price", answer, [one, error], wrong)


def td3_targets(answer: Any) -> None:
    def with_value(value, mask=lambda t: 1.0 - t):
        def compute(rewards, terminated, next_q1, next_q2, gamma):
            targets = []
            for i, reward in enumerate(rewards):
                next_value = value(float(next_q1[i, 0]), float(next_q2[i, 0]))
                targets.append(reward + gamma * mask(terminated[i]) * next_value)
            return np.array(targets)

        return compute

    reference = with_value(min)

    def maximum(*case):
        """The larger critic is believed. Which error is the second critic there to prevent?"""
        return with_value(max)(*case)

    def mean_of_critics(*case):
        """The mean of two critics is as high as one of them, on average."""
        return with_value(lambda a, b: (a + b) / 2)(*case)

    def first_critic_only(*case):
        """The second critic does not enter: this is DDPG's target."""
        return with_value(lambda a, b: a)(*case)

    def second_critic_only(*case):
        """The first critic does not enter."""
        return with_value(lambda a, b: b)(*case)

    def no_terminal_mask(*case):
        """Nothing follows a termination, and yet the next value counts."""
        return with_value(min, lambda t: 1.0)(*case)

    def mask_inverted(*case):
        """The next value counts only where the task ended."""
        return with_value(min, lambda t: t)(*case)

    def minimum_over_the_batch(rewards, terminated, next_q1, next_q2, gamma):
        """The minimum is taken over the batch as well: each transition has a minimum of its own."""
        return rewards + gamma * ~terminated * min(next_q1.min(), next_q2.min())

    def no_discount(rewards, terminated, next_q1, next_q2, gamma):
        """The discount factor is missing."""
        return reference(rewards, terminated, next_q1, next_q2, 1.0)

    def reward_masked(rewards, terminated, next_q1, next_q2, gamma):
        """The last reward of an episode was earned; only what comes after it is missing."""
        return reference(rewards, terminated, next_q1, next_q2, gamma) * ~terminated

    def broadcast_to_a_square(rewards, terminated, next_q1, next_q2, gamma):
        """The result is [B, B]: a column and a row were combined."""
        return rewards + gamma * ~terminated * np.minimum(next_q1, next_q2)

    def column(*case):
        """The result is a column [B, 1]; the targets must be [B]."""
        return reference(*case)[:, None]

    generator = np.random.default_rng(42)
    cases = [
        (
            generator.normal(size=batch),
            generator.random(batch) < 0.4,
            generator.normal(size=(batch, 1)),
            generator.normal(size=(batch, 1)),
            gamma,
        )
        for batch, gamma in [(16, 0.9), (37, 0.99)]
    ]
    mistakes = [maximum, mean_of_critics, first_critic_only, second_critic_only, no_terminal_mask]
    mistakes += [mask_inverted, minimum_over_the_batch, no_discount, reward_masked]
    judge("td3_targets", answer, reference, [*mistakes, broadcast_to_a_square, column], cases)


def smoothed_actions(answer: Any) -> None:
    def within(x, low, high):
        return min(max(x, low), high)

    def with_formula(formula):
        def compute(actions, normals, sigma, clip, low, high):
            result = np.empty_like(actions)
            for i, j in np.ndindex(actions.shape):
                bounds = (high[j] - low[j]) / 2, low[j], high[j]
                result[i, j] = formula(actions[i, j], normals[i, j], sigma, clip, *bounds)
            return result

        return compute

    reference = with_formula(
        lambda a, n, sigma, c, half, low, high: within(
            a + half * within(sigma * n, -c, c), low, high
        )
    )

    def noise_not_clipped(*case):
        """A large random number moves the action too far: the noise itself must be clipped, too."""
        return with_formula(
            lambda a, n, sigma, c, half, low, high: within(a + half * sigma * n, low, high)
        )(*case)

    def action_not_clipped(*case):
        """Some results lie outside the bounds."""
        return with_formula(
            lambda a, n, sigma, c, half, low, high: a + half * within(sigma * n, -c, c)
        )(*case)

    def not_scaled(*case):
        """Noise and its clip are in units of half a range."""
        return with_formula(
            lambda a, n, sigma, c, half, low, high: within(a + within(sigma * n, -c, c), low, high)
        )(*case)

    def clip_not_scaled(*case):
        """The clip, too, is in units of half a range: clip first, then scale."""
        return with_formula(
            lambda a, n, sigma, c, half, low, high: within(
                a + within(half * sigma * n, -c, c), low, high
            )
        )(*case)

    def clipped_before_sigma(*case):
        """The clip is for sigma times n, not for n."""
        return with_formula(
            lambda a, n, sigma, c, half, low, high: within(
                a + half * sigma * within(n, -c, c), low, high
            )
        )(*case)

    def whole_range(*case):
        """The noise is twice as large as it should be: half of which range?"""
        return with_formula(
            lambda a, n, sigma, c, half, low, high: within(
                a + 2 * half * within(sigma * n, -c, c), low, high
            )
        )(*case)

    def upper_bound_as_range(*case):
        """Half the range is not the upper bound, unless the range is symmetric."""
        return with_formula(
            lambda a, n, sigma, c, half, low, high: within(
                a + high * within(sigma * n, -c, c), low, high
            )
        )(*case)

    def no_noise(actions, *rest):
        """The action has not changed."""
        return actions

    generator = np.random.default_rng(43)
    low, high = np.array([-2.0, 0.0, -0.3]), np.array([1.0, 5.0, 0.6])
    cases = [
        (
            generator.uniform(low, high, (batch, 3)),
            generator.normal(size=(batch, 3)),
            sigma,
            clip,
            low,
            high,
        )
        for batch, sigma, clip in [(50, 0.2, 0.3), (30, 0.7, 0.5)]
    ]
    mistakes = [noise_not_clipped, action_not_clipped, not_scaled, clip_not_scaled]
    mistakes += [clipped_before_sigma, whole_range, upper_bound_as_range, no_noise]
    judge("smoothed_actions", answer, reference, mistakes, cases)


def schedule(answer: Any) -> None:
    def reference(updates, delay):
        rows, left = [], delay
        for _ in range(updates):
            left -= 1
            rows.append([True, True, left == 0, left == 0])
            left = left or delay
        return np.array(rows, bool).reshape(updates, 4)

    def column(late, targets):
        always = np.ones(len(late), bool)
        return np.stack([always, always, late, targets], axis=1)

    def counted_from_zero(updates, delay):
        """The first update is number 1."""
        late = np.arange(updates) % delay == 0
        return column(late, late)

    def targets_every_time(updates, delay):
        """The targets should wait as the actor does."""
        late = np.arange(1, updates + 1) % delay == 0
        return column(late, np.ones(updates, bool))

    def no_delay(updates, delay):
        """Nobody waits."""
        return np.ones((updates, 4), bool)

    def actor_between(updates, delay):
        """It is the other way round: in those updates where the actor should learn, it rests."""
        late = np.arange(1, updates + 1) % delay != 0
        return column(late, late)

    def targets_with_critics_only(updates, delay):
        """Actor and targets learn in the same updates."""
        late = np.arange(1, updates + 1) % delay == 0
        return column(late, ~late)

    def one_critic_at_a_time(updates, delay):
        """Both critics learn in every update."""
        rows = reference(updates, delay)
        numbers = np.arange(updates)
        rows[:, 0], rows[:, 1] = numbers % 2 == 0, numbers % 2 == 1
        return rows

    cases = [(7, 2), (12, 3), (5, 1), (3, 5)]
    mistakes = [counted_from_zero, targets_every_time, no_delay, actor_between]
    mistakes += [targets_with_critics_only, one_critic_at_a_time]
    judge("schedule", answer, reference, mistakes, cases)


def optimizer_steps(answer: Any, updates: int, delay: int) -> None:
    count = sum(1 for update in range(1, updates + 1) if update % delay == 0)
    wrong = {
        "one_critic": ([updates, count], "There are two critics."),
        "no_delay": ([2 * updates, updates], "The actor waits."),
        "swapped": ([count, 2 * updates], "The two numbers are in the wrong order."),
    }
    if updates % delay:
        advice = "The actor takes no fraction of a step for a delay that is not complete."
        wrong["not_whole"] = ([2 * updates, updates / delay], advice)
    judge_value("optimizer_steps", answer, [2 * updates, count], wrong, atol=0)


def order(answer: Any, right: Sequence[str]) -> None:
    if not isinstance(answer, (list, tuple)) or sorted(map(str, answer)) != sorted(right):
        raise NotRight("order: a list with each of the letters once")
    sample, noise, target, critics, actor = (list(answer).index(letter) for letter in right)
    if critics < target:
        raise Mistake("[critics_before_target] What do the critics learn from?")
    if actor < critics:
        raise Mistake("[actor_first] The actor climbs critics that have just learnt.")
    if not sample < noise < target:
        raise Mistake("[target_before_its_parts] What must be known before the target is formed?")
    if list(answer) != list(right):
        raise NotRight("order is not right")
