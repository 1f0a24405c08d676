"""A loss that has the right gradient and no meaning.

    surrogate(theta)  =  -1/N  sum_i  < dQ/da_i , mu(s_i; theta) >,     dQ/da held constant

Its value is of no interest. But it is linear in the actions, with -dQ/da / N for a slope, so its
derivative with respect to theta is minus the policy gradient. dQ/da must be a constant, or the
product rule would add a term: `action_gradient` sees to that, and `stop_gradient` says it again
where it matters.

Useful where an optimiser accepts only a loss. Where it accepts a vector no surrogate is needed:
PyTorch's `actions.backward(gradient=-dq_da / N)` is `output_gradients`.
"""

import tensorflow as tf

from ddpg_tf.strategies.action_gradient import action_gradient
from ddpg_tf.strategies.base import Strategy
from ddpg_tf.strategies.tensors import Actor, Critic, connected, policy_actions, weights_of


class Surrogate(Strategy):
    """The gradient of `-mean(sum(stop_gradient(dq_da) * actions))`."""

    name = "surrogate"

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
            inner_products = tf.reduce_sum(tf.stop_gradient(dq_da) * actions, axis=-1)
            surrogate = -tf.reduce_mean(inner_products)
        return -tf.reduce_mean(q), connected(tape.gradient(surrogate, theta), theta)
