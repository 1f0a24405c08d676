"""What both sides are given: four networks that start alike, and batches of transitions."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from comparisons.ancestors.problem import (
    ACTION_DIM,
    OBSERVATION_DIM,
    Weights,
    draw_weights,
    mean_critic,
)
from ddpg_tf.batch import Batch

LOUDER = 100
"""Factor on the last layer of a critic."""


class Networks(NamedTuple):
    """The weights of the four networks.

    Actions have bounds of 1, so that a tanh needs no scaling and a critic that sees actions in half
    ranges, as ours does, sees what an ancestor's does. TD3's two critics stand one after the other.
    """

    actor: Weights
    critic: Weights
    target_actor: Weights
    target_critic: Weights


@dataclass(frozen=True)
class Transitions:
    """Batches of B transitions, one for each of K updates."""

    batches: Batch
    """Arrays [K, B, ...]."""
    noise: np.ndarray | None = None
    """What TD3 adds to the target actions, before it is clipped: [K, B, 3]."""

    def __iter__(self) -> Iterator[Batch]:
        """The batches, one after the other."""
        return (
            self.batches.map(lambda rows, update=update: rows[update])
            for update in range(len(self.batches.rewards))
        )


def draw_networks(
    hidden: int, critics: int = 1, q_outputs: int = 1, dtype: type = np.float32, seed: int = 0
) -> Networks:
    """Networks with the paper's initial weights, but for the critics' last; targets are copies.

    The critics' last layers are LOUDER times as large, so that values are nearly as large as the
    rewards: with the paper's they are almost zero, and what is wrong with a target would not show.
    critics: 2 for TD3. q_outputs: of each critic; more than one for Lau's.
    """
    rng = np.random.default_rng(seed)
    actor = draw_weights(rng, [OBSERVATION_DIM, hidden, hidden, ACTION_DIM])
    critic = []
    for _ in range(critics):
        *rest, kernel, bias = draw_weights(
            rng, [OBSERVATION_DIM + ACTION_DIM, hidden, hidden, q_outputs]
        )
        critic += [*rest, np.float32(LOUDER) * kernel, np.float32(LOUDER) * bias]
    actor, critic = ([w.astype(dtype) for w in weights] for weights in (actor, critic))
    return Networks(actor, critic, actor, critic)


def draw_batches(count: int, size: int, dtype: type = np.float32, seed: int = 1) -> Batch:
    """`count` batches of made-up transitions, of which one in ten ends its task.

    Observations are standard normal, and the next ones a tenth of a standard deviation away;
    actions are uniform in [-1, 1], rewards in [-2, 0].
    """
    rng = np.random.default_rng(seed)
    rows = count, size
    observations = rng.standard_normal((*rows, OBSERVATION_DIM))
    batch = Batch(
        observations=observations,
        actions=rng.uniform(-1, 1, (*rows, ACTION_DIM)),
        rewards=rng.uniform(-2, 0, rows),
        next_observations=observations + 0.1 * rng.standard_normal(observations.shape),
        terminated=rng.random(rows) < 0.1,
    )
    # float64 begins with the same numbers
    return batch.map(lambda rows: rows.astype(np.float32).astype(dtype))


def one_q(networks: Networks) -> Networks:
    """The same networks, where critics of several outputs have one, the mean of those."""
    if networks.critic[-1].size == 1:
        return networks
    return networks._replace(
        critic=mean_critic(networks.critic), target_critic=mean_critic(networks.target_critic)
    )


def other_target_actor(networks: Networks) -> Networks:
    """As in Yoon's code: the target actor is another random network."""
    other = draw_networks(networks.actor[0].shape[1], seed=7)
    return networks._replace(target_actor=other.actor)


def other_targets(networks: Networks) -> Networks:
    """As in Hoereth's script, where no copy is made: both targets are other random networks."""
    other = draw_networks(networks.actor[0].shape[1], seed=7)
    return networks._replace(target_actor=other.actor, target_critic=other.critic)


def softly_updated_targets(networks: Networks) -> Networks:
    """As in Emami's code: other random networks, moved by tau = 1e-3 where a copy was meant."""
    other = other_targets(networks)
    return networks._replace(
        target_actor=moved(other.target_actor, networks.actor, 1e-3),
        target_critic=moved(other.target_critic, networks.critic, 1e-3),
    )


def moved(target: Weights, online: Weights, tau: float) -> Weights:
    """tau theta + (1 - tau) theta', for every weight."""
    tau = np.asarray(tau, target[0].dtype)
    return [tau * now + (1 - tau) * late for late, now in zip(target, online, strict=True)]
