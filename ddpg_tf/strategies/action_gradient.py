"""dQ/da, the factor that critic and actor share, and where a transform of it comes in.

A transform is a function (dq_da, actions) -> dq_da', all [B, act_dim]. Most strategies compute
dQ/da themselves and can transform it directly; `mean_q` and `get_updates` differentiate -mean Q in
one piece, so that dQ/da exists only inside backpropagation and must be caught there.
"""

from collections.abc import Callable

import tensorflow as tf

from ddpg_tf.strategies.fence import fence
from ddpg_tf.strategies.tensors import (
    NO_GRADIENT,
    Critic,
    batch_size,
    q_values,
    shape_or_kind,
)

ActionGradientTransform = Callable[[tf.Tensor, tf.Tensor], tf.Tensor]
"""(dq_da [B, act_dim], actions [B, act_dim]) -> what takes dq_da's place, [B, act_dim]."""


def action_gradient(
    critic: Critic,
    observations: tf.Tensor,
    actions: tf.Tensor,
    transform: ActionGradientTransform | None = None,
) -> tuple[tf.Tensor, tf.Tensor]:
    """Q, in the critic's own shape, and dQ/da at these actions, [B, act_dim], transformed.

    The tape differentiates the sum of Q over the batch. As row i of Q depends on row i of the
    actions alone, row i of that gradient is dQ(s_i, a_i)/da_i: no 1/N has entered yet.
    Raises ValueError if Q does not depend on the actions.
    """
    actions = tf.stop_gradient(actions)
    with tf.GradientTape(watch_accessed_variables=False) as tape:
        tape.watch(actions)
        q = q_values(critic, observations, actions)
    dq_da = tape.gradient(q, actions)
    if dq_da is None:
        raise ValueError(NO_GRADIENT)
    return q, dq_da if transform is None else transformed(transform, dq_da, actions)


def transformed(
    transform: ActionGradientTransform, dq_da: tf.Tensor, actions: tf.Tensor
) -> tf.Tensor:
    """`transform` of dQ/da, [B, act_dim], fenced before and after.

    A norm, for instance, is a sum of products, which XLA would contract in one way in one strategy
    and in another way in the next. Raises ValueError if it returns anything else.
    """
    result = transform(*fence([dq_da, actions]))
    if not tf.is_tensor(result) or not dq_da.shape.is_compatible_with(result.shape):
        raise ValueError(
            f"action_gradient_transform returned {shape_or_kind(result)}; expected [B, act_dim], "
            f"like dq_da of shape {dq_da.shape}"
        )
    return fence([result])[0]


def transform_in_backward_pass(
    transform: ActionGradientTransform | None, actions: tf.Tensor
) -> tf.Tensor:
    """The actions unchanged; a gradient that flows back through them is transformed on its way.

    For strategies that differentiate -mean Q: what arrives at the actions is -dQ/da / N.
    """
    if transform is None:
        return actions

    @tf.custom_gradient
    def identity(actions):
        def backward(upstream):
            n = batch_size(actions)
            return -transformed(transform, -upstream * n, actions) / n

        return tf.identity(actions), backward

    return identity(actions)
