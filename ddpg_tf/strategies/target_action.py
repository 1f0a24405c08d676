"""Regression towards a better action.

    loss(theta)  =  1/N  sum_i  1/2 || target_i - mu(s_i; theta) ||^2,
    target_i     =  mu(s_i) + dQ/da_i,     held constant

Take one step uphill in action space, then train the actor to be there. The derivative of the square
is -(target - mu) = -dQ/da, so a step down this loss is a step up the policy gradient. In floating
point it is so only approximately: (a + dq_da) - a rounds dq_da to the last place of a + dq_da, and
whatever lies below is lost. The smaller dQ/da is compared with the action, the more is lost. Of the
strategies that a training run can afford, this is the one that is not equal to the bit.

In public code: `trfl.dpg`, and Acme's DDPG and D4PG after it.
"""

import tensorflow as tf

from ddpg_tf.strategies.action_gradient import action_gradient
from ddpg_tf.strategies.base import Strategy
from ddpg_tf.strategies.tensors import Actor, Critic, connected, policy_actions, weights_of


class TargetAction(Strategy):
    """The gradient of `mean(0.5 * ||stop_gradient(actions + dq_da) - actions||^2)`."""

    name = "target_action"

    def loss_and_gradients(
        self, actor: Actor, critic: Critic, observations: tf.Tensor
    ) -> tuple[tf.Tensor, list[tf.Tensor]]:
        observations = tf.convert_to_tensor(observations)
        theta = weights_of(actor)
        with tf.GradientTape(watch_accessed_variables=False) as tape:
            tape.watch(theta)
            actions = policy_actions(actor, observations)
            q, dq_da = action_gradient(
                critic, observations, actions, self.action_gradient_transform
            )
            error = tf.stop_gradient(actions + dq_da) - actions
            loss = tf.reduce_mean(0.5 * tf.reduce_sum(tf.square(error), axis=-1))
        return -tf.reduce_mean(q), connected(tape.gradient(loss, theta), theta)
