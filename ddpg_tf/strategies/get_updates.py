"""Keras 2's symbolic way, alive in Keras 3.

    loss    =  -mean Q(s, mu(s))
    updates =  optimizer.get_updates(params, loss)       a list of operations, nothing has run yet
    train   =  function([states], [loss], updates)       a callable: feed, fetch, and run them

Where Keras 3 no longer has these three, `keras2.py` rebuilds them. The loss is that of `mean_q`,
and so is the mathematics; but no tape is involved.

In public code: keras-rl's `DDPGAgent`, on Keras 2.
"""

import keras
import tensorflow as tf

from ddpg_tf.strategies.action_gradient import transform_in_backward_pass
from ddpg_tf.strategies.base import Strategy
from ddpg_tf.strategies.fence import require_optimizer
from ddpg_tf.strategies.keras2 import SymbolicGraph, SymbolicOptimizer, symbolic_gradients
from ddpg_tf.strategies.tensors import (
    Actor,
    Critic,
    policy_actions,
    q_values,
    require_usable,
    weights_of,
)


class GetUpdates(Strategy):
    """`tf.gradients` of -mean Q in a graph, turned into update operations and run by `function`.

    As a strategy keeps no state, each eager call builds its graph again, which costs more than
    running it. To build it once, as Keras 2 did, call the strategy inside a `tf.function` or use
    `SymbolicGraph` yourself.
    """

    name = "get_updates"

    def loss_and_gradients(
        self, actor: Actor, critic: Critic, observations: tf.Tensor
    ) -> tuple[tf.Tensor, list[tf.Tensor]]:
        observations = tf.convert_to_tensor(observations)
        with SymbolicGraph() as graph:
            states = graph.placeholder(observations)
            loss = self.loss(actor, critic, states)
            gradients = symbolic_gradients(loss, weights_of(actor))
            evaluate = graph.function([states], [loss, *gradients], graph.layer_updates())
        loss, *gradients = evaluate([observations])
        return loss, gradients

    def update(
        self,
        actor: Actor,
        critic: Critic,
        optimizer: keras.optimizers.Optimizer,
        observations: tf.Tensor,
    ) -> tf.Tensor:
        require_usable(actor, critic, observations)
        require_optimizer(optimizer)
        observations = tf.convert_to_tensor(observations)
        optimizer = SymbolicOptimizer(optimizer, actor.trainable_variables, self.apply)
        with SymbolicGraph() as graph:
            states = graph.placeholder(observations)
            loss = self.loss(actor, critic, states)
            updates = graph.layer_updates()
            updates += optimizer.get_updates(actor.trainable_variables, loss)
            train = graph.function([states], [loss], updates)
        return train([observations])[0]

    def loss(self, actor: Actor, critic: Critic, states: tf.Tensor) -> tf.Tensor:
        """The symbol of -mean Q(s, mu(s)), a scalar."""
        actions = policy_actions(actor, states)
        actions = transform_in_backward_pass(self.action_gradient_transform, actions)
        return -tf.reduce_mean(q_values(critic, states, actions))
