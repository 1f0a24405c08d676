"""The hidden tests of homework 1: for each question the answer by hand, and what people do wrong.

References are loops over single numbers, or finite differences: another way than the solutions'.
"""

# ruff: noqa: D103 -- each function is the test of the question of its name
import math
from collections.abc import Callable
from typing import Any

import numpy as np

from tutorials.homework.judging import Mistake, NotRight, call, expect_function, judge, judge_value


def slots_by_age(answer: Any) -> None:
    def reference(capacity, added):
        slots = []
        for number in range(added):
            slots = [*slots, number % capacity][-capacity:]
        return np.array(slots, int)

    def slot_order(capacity, added):
        """The slots are right, but in the order of their numbers. Which holds the oldest?"""
        return np.arange(min(capacity, added))

    def newest_first(capacity, added):
        """The order is reversed: the oldest comes first."""
        return reference(capacity, added)[::-1]

    def transition_numbers(capacity, added):
        """These are the numbers of the transitions; in which slots do they lie?"""
        return np.arange(max(0, added - capacity), added)

    def one_off(capacity, added):
        """The order is off by one slot. Where does the next transition go: on top of an old one?"""
        slots = reference(capacity, added)
        return np.roll(slots, -1) if added > capacity else slots

    def empty_slots_too(capacity, added):
        """As long as the buffer is not full, some slots hold nothing and must not be listed."""
        return np.arange(added, added + capacity) % capacity

    cases = [(c, n) for c in (1, 3, 5, 8) for n in (0, 1, 2, 3, 5, 7, 8, 19, 40)]
    mistakes = [slot_order, newest_first, transition_numbers, one_off, empty_slots_too]
    judge("slots_by_age", answer, reference, mistakes, cases)


def sample_slots(answer: Any) -> None:
    """Compare a random sample with the properties of a uniform distribution, not with numbers."""
    expect_function("sample_slots", answer)

    def measured(size, batch_size, updates, seed):
        arguments = (np.random.default_rng(seed), size, batch_size, updates)
        slots = call("sample_slots", answer, arguments)[0]
        if isinstance(slots, (list, tuple)):
            raise NotRight("sample_slots: expected an array, got a list")
        return np.asarray(slots)

    def are_dependent(slots, size):
        """Whether a batch is another one in another order, or moved on by some slots."""
        ordered, moved = np.sort(slots, axis=1), (slots - slots[:, :1]) % size
        return any(len(np.unique(rows, axis=0)) < len(rows) for rows in (ordered, moved))

    def properties(slots, size, other):
        """The first of the properties that fails, or None."""
        counts = np.bincount(slots.ravel(), minlength=size)
        expected = slots.size / size
        chi_squared = ((counts - expected) ** 2 / expected).sum()
        no_row_twice = all(len(set(row)) == len(row) for row in slots)
        all_evenly = all(np.ptp(np.bincount(row, minlength=size)) == 0 for row in slots)
        without_replacement = no_row_twice or all_evenly
        if counts[size - 1] == 0:
            return "last_slot_never"
        if len(slots) > 1 and (slots == slots[0]).all():
            return "one_batch_repeated"
        if without_replacement:
            return "without_replacement"
        if (slots == other).all():
            return "own_randomness"
        if are_dependent(slots, size):
            return "dependent_batches"
        if chi_squared > size + 6 * math.sqrt(2 * size):
            return "not_uniform"
        return None

    hints = {
        "last_slot_never": "The newest slot, size - 1, is never drawn. Is the upper end inclusive?",
        "one_batch_repeated": "All batches are the same one.",
        "without_replacement": "No slot is ever drawn twice in a batch: that is a permutation.",
        "own_randomness": "The draw does not depend on the generator that was passed in.",
        "dependent_batches": "One batch follows from another; each must be drawn independently.",
        "not_uniform": "Some slots are drawn more often than others.",
    }
    for size, batch_size, updates, seed in [(5, 400, 6, 1), (50, 300, 40, 2), (30, 25, 200, 3)]:
        slots = measured(size, batch_size, updates, seed)
        if slots.shape == (batch_size, updates):
            raise Mistake("[axes_swapped] The batches lie in columns; one batch must be one row.")
        if slots.shape != (updates, batch_size) or slots.dtype.kind not in "iu":
            raise NotRight(f"sample_slots: shape {slots.shape}, dtype {slots.dtype}")
        if slots.min() < 0 or slots.max() >= size:
            raise Mistake("[unfilled_slots] A slot was drawn that holds no transition yet.")
        failed = properties(slots, size, measured(size, batch_size, updates, seed + 10))
        if failed:
            raise Mistake(f"[{failed}] {hints[failed]}")


def value_of_running(answer: Any, gamma: float, time_limit: int) -> None:
    true = sum(gamma**k for k in range(20_000))
    learnt = 0.0
    for _ in range(20_000):  # the critic's fixed point, by iteration
        learnt = 1 + gamma * (1 - 1 / time_limit) * learnt
    one_episode = sum(gamma**k for k in range(time_limit))
    wrong = {
        "swapped": ([learnt, true], "The two numbers are in the wrong order."),
        "one_episode": (
            [true, one_episode],
            "The second is the return of one episode from its start; the critic does not see the "
            "clock, and solves the equation in the text.",
        ),
        "no_first_reward": (
            [true - 1, learnt - 1],
            "The reward of the present step is not discounted: the series starts with 1.",
        ),
    }
    judge_value("value_of_running", answer, [true, learnt], wrong)


def bellman_targets(answer: Any) -> None:
    def target(mask):
        def compute(rewards, terminated, truncated, next_values, gamma):
            return np.array(
                [
                    r + gamma * float(next_values[i, 0]) * mask(terminated[i], truncated[i])
                    for i, r in enumerate(rewards)
                ]
            )

        return compute

    reference = target(lambda terminated, truncated: not terminated)
    masks_truncated = named(
        "masks_truncated",
        "An episode that was cut off by the clock had a future. Which of the two flags says so?",
        target(lambda terminated, truncated: not (terminated or truncated)),
    )
    only_truncated = named(
        "masks_only_truncated",
        "The mask follows the wrong flag: after which ending is there no future?",
        target(lambda terminated, truncated: not truncated),
    )
    no_mask = named(
        "no_terminal_mask",
        "Nothing follows a termination, and yet the next value counts.",
        target(lambda terminated, truncated: 1.0),
    )
    inverted = named(
        "mask_inverted",
        "The next value counts only where the task ended.",
        target(lambda terminated, truncated: terminated),
    )

    def reward_masked(rewards, terminated, truncated, next_values, gamma):
        """The last reward of an episode was earned; only what comes after it is missing."""
        return reference(rewards, terminated, truncated, next_values, gamma) * ~terminated

    def reward_discounted(rewards, terminated, truncated, next_values, gamma):
        """The reward of this step is discounted too. What is gamma there for?"""
        targets = reference(rewards, terminated, truncated, next_values, gamma)
        return targets - (1 - gamma) * rewards

    def no_discount(rewards, terminated, truncated, next_values, gamma):
        """The discount factor is missing."""
        return reference(rewards, terminated, truncated, next_values, 1.0)

    def broadcast_to_a_square(rewards, terminated, truncated, next_values, gamma):
        """The result is [B, B]: a column and a row were combined. What shape is next_values?"""
        return rewards + gamma * ~terminated * next_values

    def column(rewards, terminated, truncated, next_values, gamma):
        """The result is a column [B, 1]; the targets must be [B]."""
        return reference(rewards, terminated, truncated, next_values, gamma)[:, None]

    generator = np.random.default_rng(11)
    cases = [
        (
            generator.normal(size=batch),
            generator.random(batch) < 0.4,
            generator.random(batch) < 0.4,
            generator.normal(size=(batch, 1)),
            gamma,
        )
        for batch, gamma in [(16, 0.9), (33, 0.99), (64, 0.5)]
    ]
    mistakes = [masks_truncated, only_truncated, no_mask, inverted, reward_masked]
    mistakes += [reward_discounted, no_discount, broadcast_to_a_square, column]
    judge("bellman_targets", answer, reference, mistakes, cases)


def named(name: str, hint: str, function: Callable) -> Callable:
    """Give a function the name and the hint that a mistake has."""
    function.__name__, function.__doc__ = name, hint
    return function


def critic_gradient(answer: Any) -> None:
    def slope(loss, weights, step=1e-6):
        """Central differences of `loss`, [F], in float64."""
        rows = step * np.eye(len(weights))
        return np.array([(loss(weights + row) - loss(weights - row)) / (2 * step) for row in rows])

    def reference(weights, features, rewards, terminated, next_features, gamma):
        targets = rewards + gamma * ~terminated * (next_features @ weights)
        return slope(lambda w: np.mean((targets - features @ w) ** 2), weights)

    def target_not_constant(weights, features, rewards, terminated, next_features, gamma):
        """The gradient flows through the target as well (a "residual gradient")."""

        def loss(w):
            targets = rewards + gamma * ~terminated * (next_features @ w)
            return np.mean((targets - features @ w) ** 2)

        return slope(loss, weights)

    def sign(*case):
        """The sign is wrong: this is the direction in which the loss falls."""
        return -reference(*case)

    def sum_for_mean(weights, features, *rest):
        """The batch is summed; the loss is a mean."""
        return reference(weights, features, *rest) * len(features)

    def no_factor_two(*case):
        """The derivative of a square has a factor."""
        return reference(*case) / 2

    def no_terminal_mask(weights, features, rewards, terminated, next_features, gamma):
        """After a termination nothing follows: the mask is missing in the target."""
        nobody = np.zeros_like(terminated)
        return reference(weights, features, rewards, nobody, next_features, gamma)

    generator = np.random.default_rng(12)
    cases = [
        (
            generator.normal(size=4),
            generator.normal(size=(batch, 4)),
            generator.normal(size=batch),
            generator.random(batch) < 0.4,
            generator.normal(size=(batch, 4)),
            0.9,
        )
        for batch in (3, 16, 50)
    ]
    mistakes = [target_not_constant, sign, sum_for_mean, no_factor_two, no_terminal_mask]
    judge("critic_gradient", answer, reference, mistakes, cases)


def soft_update(answer: Any) -> None:
    def reference(target, online, tau):
        moved = []
        for late, now in zip(target, online, strict=True):
            pairs = zip(late.ravel(), now.ravel(), strict=True)
            numbers = [a + tau * (b - a) for a, b in pairs]
            moved.append(np.array(numbers).reshape(late.shape))
        return moved

    def roles_swapped(target, online, tau):
        """Most of the result comes from the online network: most should come from the target."""
        return reference(online, target, tau)

    def hard_copy(target, online, tau):
        """The target becomes the online network at once."""
        return list(online)

    def unchanged(target, online, tau):
        """The target did not move."""
        return list(target)

    def does_not_forget(target, online, tau):
        """The weights of the two parts do not add up to one."""
        return [late + tau * now for late, now in zip(target, online, strict=True)]

    generator = np.random.default_rng(13)
    shapes = [(3, 4), (4,), (4, 1)]

    def weights():
        return [generator.normal(size=shape) for shape in shapes]

    cases = [(weights(), weights(), tau) for tau in (0.005, 0.3)]
    mistakes = [roles_swapped, hard_copy, unchanged, does_not_forget]
    judge("soft_update", answer, reference, mistakes, cases, keeps_arguments=True)


def half_life(answer: Any, tau: float) -> None:
    updates, part = 0, 1.0
    while part * (1 - tau) > 0.5:
        updates, part = updates + 1, part * (1 - tau)
    expected = updates + (part - 0.5) / (part * tau)  # between two updates, a straight line
    wrong = {
        "one_over_tau": (1 / tau, "1 / tau is the time to 63 % of the way, not to half."),
        "straight_line": (0.5 / tau, "The steps get smaller as the target comes closer."),
        "small_tau": (
            math.log(2) / tau,
            "ln 2 / tau is the limit for small tau; each update leaves the part 1 - tau, exactly.",
        ),
        "rounded_down": (math.floor(expected), WHOLE_NUMBER),
        "rounded_up": (math.ceil(expected), WHOLE_NUMBER),
    }
    judge_value("half_life", answer, expected, wrong, atol=0.06)


WHOLE_NUMBER = "This is rounded to a whole number; the formula's own number is asked for."
