"""The checks that you see: each tries one small case and says what is off.

Each function is the check of the question of its name. Those of questions that are taken over from
the other homeworks are in files of their own.
"""

from importlib import import_module
from typing import Any

import numpy as np
from checking import CHECKS, check, expect_array, form_only, measure, question

__all__ = ["CHECKS", "check"]

for part in ("exploration", "gradient", "replay", "td3"):
    import_module(f"{part}_checks")


@question
def make_actor(answer: Any) -> None:
    got = measure(answer, middle_action)
    expect_array(got, [[2.0, 0.25]], "all weights zero, bounds -1 to 5 and 0 to 0.5: the middle")


def middle_action(answer: Any) -> np.ndarray:
    """What an actor does whose weights are all zero."""
    actor = answer(3, np.float32([-1.0, 0.0]), np.float32([5.0, 0.5]))
    actor.set_weights([np.zeros_like(weights) for weights in actor.get_weights()])
    return np.asarray(actor(np.ones((1, 3), np.float32)))


@form_only
def update(answer: Any) -> None:
    assert callable(answer), "update: a function"


@question
def Agent(answer: Any) -> None:  # noqa: N802 -- the name that is asked for
    acted, explored = measure(answer, first_actions)
    expect_array(acted, None, "act, of two observations", shape=(2, 1))
    expect_array(explored, None, "explore, of one observation", shape=(1,))


def first_actions(answer: Any) -> list[np.ndarray]:
    """What a new agent does."""
    agent = answer(3, np.float32([-2.0]), np.float32([2.0]), 0)
    observations = np.ones((2, 3), np.float32)
    return [np.asarray(agent.act(observations)), np.asarray(agent.explore(observations[0]))]
