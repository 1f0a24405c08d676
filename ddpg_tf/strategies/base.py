"""The interface that every actor update shares, and the three small steps they are made of.

A strategy answers one question: what is the gradient of -mean Q(s, mu(s)) with respect to the
actor's weights? It keeps no state, so one instance can serve any number of agents.
"""

from abc import ABC, abstractmethod
from collections.abc import Callable
from typing import ClassVar

import keras
import tensorflow as tf

from ddpg_tf.strategies.fence import fence

ActionGradientTransform = Callable[[tf.Tensor, tf.Tensor], tf.Tensor]
"""(dq_da [B, act_dim], actions [B, act_dim]) -> what is used in dq_da's place, [B, act_dim]."""


class Strategy(ABC):
    """One way to write the actor update.

    Shapes, with B the batch size:
        actor         observations [B, obs_dim] -> actions [B, act_dim], in the environment's units
        critic        [observations, actions]   -> Q [B, 1] or [B]

    `action_gradient_transform(dq_da, actions)`, if given, replaces dQ/da before the chain rule
    is completed: see `transforms.py` for clipping and for inverting gradients.

    The actor is called in training mode (its batch norm uses the batch and learns its moments);
    the critic is called in inference mode, because an actor update must change nothing in it.
    """

    name: ClassVar[str]

    def __init__(self, action_gradient_transform: ActionGradientTransform | None = None):
        self.action_gradient_transform = action_gradient_transform

    @abstractmethod
    def loss_and_gradients(self, actor, critic, observations):
        """Return -mean Q(s, mu(s)), a scalar, and its gradients, one for each actor weight."""

    def check(self, actor, batch_size: int, act_dim: int) -> None:
        """Raise ValueError if this strategy cannot do batches of that size. Most can do any."""
        del actor, batch_size, act_dim

    def gradients(self, actor, critic, observations) -> list[tf.Tensor]:
        """Return the gradients of -mean Q, aligned with `actor.trainable_variables`.

        observations: [B, obs_dim].
        Raises ValueError if the critic's output is neither [B, 1] nor [B], if the actor's is not
        [B, act_dim], or if no gradient flows from Q back to the actor.
        """
        return self.loss_and_gradients(actor, critic, observations)[1]

    def update(self, actor, critic, optimizer, observations) -> tf.Tensor:
        """Take one optimiser step on the actor alone; return -mean Q as it was before the step.

        observations: [B, obs_dim]. Raises ValueError as `gradients` does.
        """
        loss, gradients = self.loss_and_gradients(actor, critic, observations)
        optimizer.apply(fence(gradients), actor.trainable_variables)
        return loss

    def action_gradient(self, critic, observations, actions):
        """Return Q, as the critic gives it, and the transformed dQ/da, [B, act_dim].

        The tape differentiates the sum of Q over the batch. As row i of Q depends on row i of the
        actions alone, row i of that gradient is dQ(s_i, a_i)/da_i: no 1/N has entered yet.
        """
        actions = tf.stop_gradient(actions)
        with tf.GradientTape(watch_accessed_variables=False) as tape:
            tape.watch(actions)
            q = q_values(critic, observations, actions)
        dq_da = tape.gradient(q, actions)
        if dq_da is None:
            raise ValueError(NO_GRADIENT)
        if self.action_gradient_transform is not None:
            dq_da = self.transformed(dq_da, actions)
        return q, dq_da

    def transformed(self, dq_da, actions):
        """Return `action_gradient_transform` of dQ/da, [B, act_dim], fenced off before and after.

        A norm, say, is a sum of products: unfenced, XLA would contract it in one way here and in
        another there.
        """
        transformed = self.action_gradient_transform(*fence([dq_da, actions]))
        return fence([transformed])[0]

    def transform_on_the_way_back(self, actions):
        """Return the actions unchanged, but let dQ/da be transformed when it flows back here.

        For the strategies that never hold dQ/da in their hands: they differentiate -mean Q, so
        what arrives at the actions is -dQ/da / N.
        """
        if self.action_gradient_transform is None:
            return actions

        @tf.custom_gradient
        def identity(actions):
            def backward(upstream):
                n = batch_size(actions)
                return -self.transformed(-upstream * n, actions) / n

            return tf.identity(actions), backward

        return identity(actions)


NO_GRADIENT = (
    "no gradient flows from Q to the actor: the critic must use the actions that it is given "
    "(critic([observations, actions])), and the actor's output must depend on its weights"
)


def weights_of(actor) -> list[tf.Variable]:
    """Return the TensorFlow variables behind `actor.trainable_variables`."""
    return tf_variables(actor.trainable_variables)


def tf_variables(variables) -> list[tf.Variable]:
    """Return the TensorFlow variables behind Keras variables; others pass as they are."""
    return [
        variable.value if isinstance(variable, keras.Variable) else variable
        for variable in variables
    ]


def policy_actions(actor, observations) -> tf.Tensor:
    """Return mu(s), [B, act_dim]; a Keras actor runs in training mode."""
    is_keras = isinstance(actor, keras.Layer)
    actions = actor(observations, training=True) if is_keras else actor(observations)
    if actions.shape.rank != 2:
        raise ValueError(f"the actor returned shape {actions.shape}; expected [B, act_dim]")
    return actions


def q_values(critic, observations, actions) -> tf.Tensor:
    """Return Q(s, a) in the critic's own shape, [B, 1] or [B]; a Keras critic infers only."""
    is_keras = isinstance(critic, keras.Layer)
    inputs = [observations, actions]
    q = critic(inputs, training=False) if is_keras else critic(inputs)
    if q.shape.rank not in (1, 2) or (q.shape.rank == 2 and q.shape[1] != 1):
        raise ValueError(f"the critic returned shape {q.shape}; expected [B, 1] or [B]")
    return q


def batch_size(tensor: tf.Tensor) -> tf.Tensor:
    """Return N, the length of the first axis, as a scalar of the tensor's own dtype."""
    return tf.cast(tf.shape(tensor)[0], tensor.dtype)


def connected(gradients, weights) -> list[tf.Tensor]:
    """Return the gradients with zeros for weights that the output does not depend on.

    Raises ValueError if it depends on none of them.
    """
    if all(gradient is None for gradient in gradients):
        raise ValueError(NO_GRADIENT)
    return [
        tf.zeros_like(weight) if gradient is None else gradient
        for gradient, weight in zip(gradients, weights, strict=True)
    ]
