"""What people do wrong in TD3's update, each as a way to make it (`updates.py`)."""

from collections.abc import Callable

import numpy as np

from tutorials.homework.capstone.updates import Way


def of_pairs(y: np.ndarray, q: np.ndarray) -> float:
    """The loss of a row less a column: of each target and each Q."""
    return np.mean((y[:, None] - q[None]) ** 2)


ALWAYS: Callable = lambda count, delay: True  # noqa: E731
NEVER: Callable = lambda count, delay: False  # noqa: E731

MISTAKES = {
    "targets_never_updated": (
        "The target networks never follow: they stay as they were made.",
        Way(follow_due=NEVER),
    ),
    "targets_before_the_actor": (
        "The target networks follow before the actor's step, so they follow an outdated actor.",
        Way(order=("aim", "critics", "follow", "actor")),
    ),
    "targets_first": (
        "The target networks should follow last: after the steps, not before them.",
        Way(order=("follow", "aim", "critics", "actor")),
    ),
    "actor_before_the_critics": (
        "The actor climbs critics that have just learnt; yours moved before them.",
        Way(order=("aim", "actor", "critics", "follow")),
    ),
    "gradient_of_the_wrong_sign": (
        "The actor moves downhill on Q. Which loss is this the gradient of, and which way does an"
        " optimiser go?",
        Way(uphill=-1.0),
    ),
    "actor_never_moves": ("The actor takes no step.", Way(due=NEVER)),
    "no_delay": (
        "Actor and targets take part in every update, not only in every DELAY-th.",
        Way(due=ALWAYS, follow_due=ALWAYS),
    ),
    "actor_not_delayed": ("The actor takes a step in every update.", Way(due=ALWAYS)),
    "targets_not_delayed": (
        "The targets follow in every update; they should wait as the actor does.",
        Way(follow_due=ALWAYS),
    ),
    "counted_from_zero": (
        "Updates are counted from 1: is the count raised before it is looked at?",
        Way(
            due=lambda count, delay: (count - 1) % delay == 0,
            follow_due=lambda count, delay: (count - 1) % delay == 0,
        ),
    ),
    "targets_from_the_online_networks": (
        "The critics chase themselves: from which networks do their targets come?",
        Way(targets_by=""),
    ),
    "no_smoothing": ("The normal numbers have no effect on the targets.", Way(smooth=False)),
    "no_terminal_mask": (
        "Nothing follows a termination, and yet the next value counts.",
        Way(mask=lambda terminated: 1.0),
    ),
    "one_target_critic": (
        "The second target critic does not enter the targets.",
        Way(believed=lambda first, second: first),
    ),
    "one_critic_learns": ("The second critic takes no step.", Way(learn=("critic_0",))),
    "actor_climbs_the_second": ("The actor should climb the first critic.", Way(climbs="critic_1")),
    "broadcast_to_a_square": (
        "The critics' errors are [B, B]: each target was compared with each Q.",
        Way(loss=of_pairs),
    ),
    "sum_for_mean": (
        "The critics' loss is summed over the batch; a mean is asked for.",
        Way(loss=lambda y, q: np.sum((y - q) ** 2)),
    ),
    "target_actor_forgotten": (
        "The target critics follow, the target actor does not.",
        Way(followers=("critic_0", "critic_1")),
    ),
    "target_critics_forgotten": (
        "The target actor follows, the target critics do not.",
        Way(followers=("actor",)),
    ),
    "hard_copy": (
        "The target networks become the online ones at once.",
        Way(tau_of=lambda tau: 1.0),
    ),
    "roles_swapped": (
        "Most of a target network comes from the online one: look at the factors of the two.",
        Way(tau_of=lambda tau: 1 - tau),
    ),
}
"""What people do wrong: name -> hint and way."""
