"""The chain rule, written out.

    dJ/dtheta  =  1/N  sum_i  dQ/da_i * da_i/dtheta

Two tapes, one for each factor. The first holds da/dtheta, the second gives dQ/da; the factors meet
in `output_gradients`, the vector that reverse-mode differentiation starts from. TensorFlow never
builds the Jacobian da/dtheta: it computes the product from the left, row vector times matrix. The
product is a sum over the batch, hence the division by N; ascent on Q is descent on -Q, hence the
minus.

In public code: Patrick Emami's `tf.gradients(scaled_out, params, -action_gradient)` divided by the
batch size; Ben Lau's and Alexander Hoereth's the same without the division.
"""

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


class OutputGradients(Strategy):
    """dQ/da handed to the actor's tape as `output_gradients`, then divided by the batch size."""

    name = "output_gradients"

    def loss_and_gradients(
        self, actor: Actor, critic: Critic, observations: tf.Tensor
    ) -> tuple[tf.Tensor, list[tf.Tensor]]:
        observations = tf.convert_to_tensor(observations)
        theta = weights_of(actor)
        with tf.GradientTape(watch_accessed_variables=False) as tape:
            tape.watch(theta)
            actions = policy_actions(actor, observations)
        q, dq_da = action_gradient(critic, observations, actions, self.action_gradient_transform)
        summed = tape.gradient(actions, theta, output_gradients=-dq_da)
        n = batch_size(actions)
        return -tf.reduce_mean(q), [gradient / n for gradient in connected(summed, theta)]
