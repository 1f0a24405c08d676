"""The interface that all strategies share.

A strategy answers one question: what is the gradient of -mean Q(s, mu(s)) with respect to the
actor's weights? It keeps no state, so one instance can serve any number of agents.
"""

from abc import ABC, abstractmethod
from collections.abc import Callable
from typing import ClassVar

import keras
import tensorflow as tf

from ddpg_tf.strategies.action_gradient import ActionGradientTransform
from ddpg_tf.strategies.fence import apply_gradients, require_optimizer
from ddpg_tf.strategies.tensors import Actor, Critic, require_usable
from ddpg_tf.validation import kind_of


class Strategy(ABC):
    """One way to write the actor update.

    Shapes, with B the batch size:
        actor         observations [B, obs_dim] -> actions [B, act_dim], in the environment's units
        critic        [observations, actions]   -> Q [B, 1] or [B]

    action_gradient_transform: a function of (dq_da, actions) that changes dQ/da before the chain
    rule is completed; `transforms.py` has clipping and inverting gradients.
    apply: how gradients reach an optimiser, see `fence.apply_gradients`. Workers that average
    their gradients, and studies that leave out the fence, pass a function of their own.

    The actor is called in training mode (its batch norm uses the batch and updates its moments);
    the critic is called in inference mode, because an actor update must change nothing in it.
    For the same reason the two have no trainable weights in common, see `tensors.require_apart`.
    """

    name: ClassVar[str]

    def __init__(
        self,
        action_gradient_transform: ActionGradientTransform | None = None,
        apply: Callable = apply_gradients,
    ):
        if not (action_gradient_transform is None or callable(action_gradient_transform)):
            raise TypeError(
                "action_gradient_transform must be a function of (dq_da, actions), such as "
                f"clip_by_norm(1.0); got {kind_of(action_gradient_transform)}"
            )
        self.action_gradient_transform = action_gradient_transform
        self.apply = apply

    @abstractmethod
    def loss_and_gradients(
        self, actor: Actor, critic: Critic, observations: tf.Tensor
    ) -> tuple[tf.Tensor, list[tf.Tensor]]:
        """-mean Q(s, mu(s)), a scalar, and its gradients, one for each of the actor's weights."""

    def gradients(self, actor: Actor, critic: Critic, observations: tf.Tensor) -> list[tf.Tensor]:
        """The gradients of -mean Q, aligned with `actor.trainable_variables`.

        observations: [B, obs_dim].
        Raises ValueError if the critic's output is neither [B, 1] nor [B], if the actor's is not
        [B, act_dim], if no gradient flows from Q back to the actor, if the two share trainable
        weights, or if there is no batch of observations; TypeError for what is no actor or critic.
        """
        require_usable(actor, critic, observations)
        return self.loss_and_gradients(actor, critic, observations)[1]

    def update(
        self,
        actor: Actor,
        critic: Critic,
        optimizer: keras.optimizers.Optimizer,
        observations: tf.Tensor,
    ) -> tf.Tensor:
        """Take one optimiser step on the actor alone; the result is -mean Q before that step.

        observations: [B, obs_dim]. Raises as `gradients` does, and for what is no optimiser.
        """
        require_usable(actor, critic, observations)
        require_optimizer(optimizer)
        loss, gradients = self.loss_and_gradients(actor, critic, observations)
        self.apply(optimizer, gradients, actor.trainable_variables)
        return loss

    def check(self, actor: Actor, batch_size: int, act_dim: int) -> None:
        """Raise ValueError if this strategy cannot do batches of that size. Most can do any."""
        del actor, batch_size, act_dim
