"""The checks that you see: each tries one small case and says what is off.

Each function is the check of the question of its name.
"""

from typing import Any

import numpy as np
from checking import CHECKS, check, expect_array, expect_numbers, form_only, question

__all__ = ["CHECKS", "check"]


@question
def slots_by_age(answer: Any) -> None:
    expect_array(answer(4, 3), [0, 1, 2], "3 transitions in 4 slots: nothing is overwritten yet")
    slots = expect_array(answer(4, 5), None, "5 transitions in 4 slots")
    assert sorted(slots) == [0, 1, 2, 3], f"a full buffer has all its slots filled; got {slots}"
    assert slots[-1] == 0, f"the fifth transition, the newest, is in slot 0; got {slots}"


@question
def sample_slots(answer: Any) -> None:
    slots = expect_array(answer(np.random.default_rng(0), 5, 200, 3), None, "3 batches of 200")
    assert slots.shape == (3, 200), f"shape {slots.shape}, expected (updates, batch_size)"
    assert slots.dtype.kind in "iu", f"slots are integers; got {slots.dtype}"
    assert slots.min() >= 0 and slots.max() < 5, f"slots 0 to 4 are filled; got up to {slots.max()}"


@form_only
def value_of_running(answer: Any) -> None:
    expect_numbers(answer, None, "value_of_running", shape=(2,))


@question
def bellman_targets(answer: Any) -> None:
    nobody, rewards = np.array([False, False]), np.array([1.0, 2.0])
    values = np.array([[10.0], [20.0]])
    got = answer(rewards, nobody, nobody, values, 0.5)
    expect_array(got, [6.0, 12.0], "nothing ended: r + gamma V", shape=(2,))
    ended = np.array([True, False])
    got = answer(rewards, ended, nobody, values, 0.5)
    expect_array(got, [1.0, 12.0], "the first of two transitions terminated")


@question
def critic_gradient(answer: Any) -> None:
    one, still = np.ones((1, 1)), np.array([True])
    got = answer(np.array([3.0]), one, np.array([1.0]), still, one, 0.9)
    expect_array(got, [4.0], "w = 3, x = 1, y = r = 1: L = (1 - w)^2", shape=(1,))


@question
def soft_update(answer: Any) -> None:
    target, online = [np.array([0.0, 4.0])], [np.array([8.0, 4.0])]
    got = answer(target, online, 0.25)
    assert len(got) == 1, f"one array went in, {len(got)} came out"
    expect_array(got[0], [2.0, 4.0], "a quarter of the way from [0, 4] to [8, 4]")


@form_only
def half_life(answer: Any) -> None:
    number = expect_array(answer, None, "half_life", shape=())
    assert number > 0, f"a positive number of updates; got {number}"
