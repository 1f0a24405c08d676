"""Both factors of the chain rule, in full.

    dJ/dtheta  =  1/N  sum_i sum_j  dQ/da_ij * da_ij/dtheta

The paper's formula taken at its word: every da_ij/dtheta is computed, [B, act_dim, *weight.shape]
numbers for each weight, and contracted with dQ/da by hand. Nobody trains like this; it is here
because nothing is hidden in it, and to show what reverse mode saves: it needs one backward pass
instead of B * act_dim, and the memory of one gradient instead of B * act_dim.
"""

import math
from collections.abc import Sequence

import tensorflow as tf

from ddpg_tf.strategies.action_gradient import action_gradient
from ddpg_tf.strategies.base import Strategy
from ddpg_tf.strategies.tensors import (
    Actor,
    Critic,
    batch_size,
    connected,
    policy_actions,
    weights_of,
)

MEMORY_LIMIT = 2**29
"""Bytes. A Jacobian larger than this is refused."""


class Jacobian(Strategy):
    """The full Jacobian da/dtheta, contracted with dQ/da.

    For small networks: raises ValueError if da/dtheta would take more than MEMORY_LIMIT.
    """

    name = "jacobian"

    def check(self, actor: Actor, batch_size: int, act_dim: int) -> None:
        """Raise ValueError if da/dtheta would exceed MEMORY_LIMIT."""
        refuse_if_too_large((batch_size, act_dim), weights_of(actor))

    def loss_and_gradients(
        self, actor: Actor, critic: Critic, observations: tf.Tensor
    ) -> tuple[tf.Tensor, list[tf.Tensor]]:
        observations = tf.convert_to_tensor(observations)
        theta = weights_of(actor)
        with tf.GradientTape(watch_accessed_variables=False) as tape:
            tape.watch(theta)
            actions = policy_actions(actor, observations)
        refuse_if_too_large(actions.shape, theta)
        q, dq_da = action_gradient(critic, observations, actions, self.action_gradient_transform)
        n = batch_size(actions)
        gradients = [
            None if da_dtheta is None else -tf.einsum("ij,ij...->...", dq_da, da_dtheta) / n
            for da_dtheta in tape.jacobian(actions, theta)
        ]
        return -tf.reduce_mean(q), connected(gradients, theta)


def refuse_if_too_large(actions_shape: Sequence[int | None], theta: Sequence[tf.Variable]) -> None:
    """Raise ValueError if the Jacobian of actions [B, act_dim] would not fit in MEMORY_LIMIT.

    A batch size that is not known while a graph is traced counts as 1.
    """
    rows = math.prod(length or 1 for length in actions_shape)
    size = rows * sum(math.prod(weight.shape) * weight.dtype.size for weight in theta)
    if size > MEMORY_LIMIT:
        raise ValueError(
            f"the Jacobian of {rows} action components would take {size / 2**30:.1f} GiB "
            f"(limit {MEMORY_LIMIT / 2**30:.1f}); strategy 'jacobian' is for small networks and "
            "batches, every other strategy computes the same product without it"
        )
