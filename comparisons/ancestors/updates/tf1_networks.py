"""What the TensorFlow 1 systems share: the variables of four networks, and placeholders."""

from typing import NamedTuple

import numpy as np
import tensorflow as tf

from comparisons.ancestors import tf1
from comparisons.ancestors.tf1 import v1
from comparisons.ancestors.updates.problem import Networks
from ddpg_tf.batch import Batch


class Placeholders(NamedTuple):
    """The symbols for a batch of transitions."""

    states: tf.Tensor
    actions: tf.Tensor
    rewards: tf.Tensor
    next_states: tf.Tensor
    terminated: tf.Tensor

    def feed(self, batch: Batch) -> dict:
        """What a session is fed with."""
        return dict(zip(self, in_columns(batch), strict=True))


def placeholders() -> Placeholders:
    """[B, 17], [B, 3], [B, 1], [B, 17] and [B, 1]."""
    states, actions, next_states = (
        tf1.state_placeholder(),
        tf1.action_placeholder(),
        tf1.state_placeholder(),
    )
    return Placeholders(states, actions, column(), next_states, column())


def column(width: int = 1) -> tf.Tensor:
    """The symbol for a number, or `width` numbers, of each transition: [B, width]."""
    return v1.placeholder(tf.float32, [None, width])


def in_columns(batch: Batch) -> tuple[np.ndarray, ...]:
    """s, a, r, s', terminated, with r and terminated as [B, 1]."""
    s, a, r, next_s, terminated, _ = batch
    return s, a, r[:, None], next_s, terminated[:, None]


def variables(start: Networks) -> Networks:
    """Variables of the current graph for each network."""
    return Networks(*map(tf1.variables, start))


def soft_updates(online: list, target: list, tau: float) -> list[tf.Operation]:
    """The operations that move a target towards its online network."""
    return [
        v1.assign(late, tf.multiply(now, tau) + tf.multiply(late, 1.0 - tau))
        for now, late in zip(online, target, strict=True)
    ]
