"""The loss -mean Q, differentiated.

    loss(theta)  =  -1/N  sum_i  Q(s_i, mu(s_i; theta))

One tape from the weights through actor *and* critic to the loss. The chain rule is still there:
backpropagation applies it, and on its way passes through dQ/da at a = mu(s) and then through
da/dtheta, the very factors that `output_gradients` writes out. Only the place of 1/N differs: here
it enters at the top, with the mean, there at the bottom.

In public code: Chris Yoon, "OurDDPG" of Scott Fujimoto's TD3, Spinning Up, OpenAI Baselines.
"""

import tensorflow as tf

from ddpg_tf.strategies.action_gradient import transform_in_backward_pass
from ddpg_tf.strategies.base import Strategy
from ddpg_tf.strategies.tensors import (
    Actor,
    Critic,
    connected,
    policy_actions,
    q_values,
    weights_of,
)


class MeanQ(Strategy):
    """The gradient of `-reduce_mean(Q(s, mu(s)))` with respect to the actor's weights alone."""

    name = "mean_q"

    def loss_and_gradients(
        self, actor: Actor, critic: Critic, observations: tf.Tensor
    ) -> tuple[tf.Tensor, list[tf.Tensor]]:
        observations = tf.convert_to_tensor(observations)
        theta = weights_of(actor)
        with tf.GradientTape(watch_accessed_variables=False) as tape:
            tape.watch(theta)
            actions = policy_actions(actor, observations)
            actions = transform_in_backward_pass(self.action_gradient_transform, actions)
            loss = -tf.reduce_mean(q_values(critic, observations, actions))
        return loss, connected(tape.gradient(loss, theta), theta)
