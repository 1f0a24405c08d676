"""OpenAI Baselines: gradients by TensorFlow 1, averaged over workers, steps in NumPy.

Both gradients are fetched by one call of the session, before either step. Here half of each batch
goes to each of two workers, which run one after the other. Layer norm is left out.
"""

import numpy as np
import tensorflow as tf

from comparisons.ancestors import tf1
from comparisons.ancestors.adam import Adam
from comparisons.ancestors.baselines import WORKERS, all_reduce, assign_from_flat, flat_gradient
from comparisons.ancestors.problem import Weights, flat
from comparisons.ancestors.tf1 import v1
from comparisons.ancestors.updates.problem import Networks, Transitions
from comparisons.ancestors.updates.tf1_networks import (
    column,
    in_columns,
    placeholders,
    soft_updates,
    variables,
)

GAMMA, TAU, CRITIC_L2 = 0.99, 0.01, 1e-2


def baselines(start: Networks, transitions: Transitions) -> list[Networks]:
    """Targets fetched, then both gradients, then MpiAdam's two steps, then the targets' own."""
    with tf.Graph().as_default(), v1.Session() as session:
        fed, theta, target_q = placeholders(), variables(start), column()
        next_actions = tf1.actor_network(fed.next_states, theta.target_actor)
        next_q = tf1.critic_network(fed.next_states, next_actions, theta.target_critic)
        bellman = fed.rewards + (1.0 - fed.terminated) * GAMMA * next_q

        q = tf1.critic_network(fed.states, fed.actions, theta.critic)
        q_of_policy = tf1.critic_network(
            fed.states, tf1.actor_network(fed.states, theta.actor), theta.critic
        )
        critic_loss = tf.reduce_mean(tf.square(q - target_q))
        # contrib's l2_regularizer: half the sum of squares
        critic_loss += CRITIC_L2 * tf.add_n([tf.nn.l2_loss(w) for w in theta.critic[::2]])
        gradients = [
            flat_gradient(-tf.reduce_mean(q_of_policy), theta.actor, None),
            flat_gradient(critic_loss, theta.critic, None),
        ]
        optimizers = (
            MpiAdam(theta.actor, start.actor, 1e-4),
            MpiAdam(theta.critic, start.critic, 1e-3),
        )
        follow = soft_updates(theta.actor, theta.target_actor, TAU)
        follow += soft_updates(theta.critic, theta.target_critic, TAU)

        session.run(v1.global_variables_initializer())
        updates = []
        for batch in transitions:
            of_workers = []
            for part in zip(*[np.split(x, WORKERS) for x in in_columns(batch)], strict=True):
                feed = dict(zip(fed, part, strict=True))
                feed[target_q] = session.run(bellman, feed)
                of_workers.append(session.run(gradients, feed))
            for optimizer, vectors in zip(optimizers, zip(*of_workers, strict=True), strict=True):
                optimizer.update(session, list(vectors))
            session.run(follow)
            updates.append(Networks(*session.run(tuple(theta))))
    return updates


class MpiAdam:
    """One vector of all weights, its Adam in NumPy, and the operation that writes it back."""

    def __init__(self, variables: list, weights: Weights, learning_rate: float):
        self.vector = flat(weights)
        self.adam = Adam([self.vector], learning_rate, epsilon=1e-8, form="hat")
        self.assign, self.new_vector = assign_from_flat(variables)

    def update(self, session, gradients: list[np.ndarray]) -> None:
        """One step down the mean of the workers' gradients."""
        (self.vector,) = self.adam.step([self.vector], [all_reduce(gradients)])
        session.run(self.assign, {self.new_vector: self.vector})
