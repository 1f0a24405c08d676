"""keras-rl on Keras 2: `get_updates` for the actor, a compiled critic, targets beside them.

As published, a target's soft update is one more update of the function that trains its network,
and nothing orders the two. Here it is a function of its own, called after the step or before it.
"""

import numpy as np
import tensorflow as tf
import tf_keras
from tf_keras.src import backend

from comparisons.ancestors.keras_rl import networks
from comparisons.ancestors.problem import OBSERVATION_DIM, Problem
from comparisons.ancestors.tf1 import v1
from comparisons.ancestors.updates.problem import Networks, Transitions
from ddpg_tf.batch import Batch

GAMMA, TAU, CLIP = 0.99, 1e-3, 1.0


def keras_rl(
    start: Networks,
    transitions: Transitions,
    targets_a_step_behind: bool = False,
    halved: bool = False,
    delta_clip: float = np.inf,
) -> list[Networks]:
    """One critic step, one actor step, and the targets after or before each.

    targets_a_step_behind: True if a target follows the weights from before the step, as it may in
    the published code. halved: True as published, for half the squared error. delta_clip: the error
    beyond which the loss goes on as its tangent; infinite in keras-rl's example.
    """
    factor = 0.5 if halved else 1.0
    with tf.Graph().as_default(), v1.Session() as session:
        backend.set_session(session)
        try:
            agent = Agent(start, factor, delta_clip)
            updates = []
            for batch in transitions:
                agent.update(batch, targets_a_step_behind)
                updates.append(agent.networks())
        finally:
            backend.set_session(None)
    return updates


class Agent:
    """Two Keras models, their targets, and the functions that train them."""

    def __init__(self, start: Networks, factor: float, delta_clip: float):
        self.actor, self.critic = networks(Problem(start.actor, start.critic))
        self.target_actor, self.target_critic = networks(Problem(start.actor, start.critic))

        def clipped_error(y_true, y_pred):
            return backend.mean(factor * huber_loss(y_true, y_pred, delta_clip), axis=-1)

        self.critic.compile(optimizer=adam(), loss=clipped_error)
        states = tf_keras.Input((OBSERVATION_DIM,))
        loss = -backend.mean(self.critic([states, self.actor(states)]))
        updates = adam().get_updates(params=self.actor.trainable_weights, loss=loss)
        self.train_actor = backend.function([states], [loss], updates=updates)
        self.move_actor = soft_update(self.target_actor, self.actor)
        self.move_critic = soft_update(self.target_critic, self.critic)
        for model, weights in zip(self.models(), start, strict=True):
            model.set_weights(weights)

    def update(self, batch: Batch, targets_first: bool) -> None:
        """One update of all four networks."""
        s, a, r, next_s, terminated, _ = batch
        next_a = self.target_actor.predict_on_batch(next_s)
        next_q = self.target_critic.predict_on_batch([next_s, next_a]).flatten()
        targets = (r + GAMMA * next_q * (1 - terminated)).reshape(len(r), 1)
        steps = [
            (lambda: self.critic.train_on_batch([s, a], targets), self.move_critic),
            (lambda: self.train_actor([s]), self.move_actor),
        ]
        for train, move in steps:
            for function in (move, train) if targets_first else (train, move):
                function()

    def models(self) -> tuple:
        """The four models, in the order of `Networks`."""
        return self.actor, self.critic, self.target_actor, self.target_critic

    def networks(self) -> Networks:
        """The weights as they are now."""
        return Networks(*(model.get_weights() for model in self.models()))


def adam():
    """Adam as in keras-rl's example, with Keras 2.3.1's epsilon and its clipping of one norm."""
    return tf_keras.optimizers.legacy.Adam(1e-3, epsilon=1e-7, global_clipnorm=CLIP)


def huber_loss(y_true: tf.Tensor, y_pred: tf.Tensor, clip: float) -> tf.Tensor:
    """The squared error, and beyond `clip` its tangent."""
    error = backend.abs(y_true - y_pred)
    if np.isinf(clip):
        return backend.square(error)
    return tf.where(error < clip, backend.square(error), clip * (2 * error - clip))


def soft_update(target, source):
    """A function without arguments that moves all weights of `target` once."""
    pairs = zip(target.weights, source.weights, strict=True)
    operation = tf.group(*[v1.assign(late, TAU * now + (1.0 - TAU) * late) for late, now in pairs])
    return lambda: backend.get_session().run(operation)
