"""Patrick Emami 2016: TensorFlow 1, one call of the session for each little thing.

Batch norm, which his code never trains, is left out.
"""

import numpy as np
import tensorflow as tf

from comparisons.ancestors import tf1
from comparisons.ancestors.tf1 import v1
from comparisons.ancestors.updates.problem import Networks, Transitions
from comparisons.ancestors.updates.tf1_networks import column, soft_updates, variables

GAMMA, TAU = 0.99, 1e-3


def emami(start: Networks, transitions: Transitions) -> list[Networks]:
    """Targets are made by a loop in Python, dQ/da is fetched and fed."""
    with tf.Graph().as_default(), v1.Session() as session:
        theta = variables(start)
        states, actions, dq_da, targets = (
            tf1.state_placeholder(),
            tf1.action_placeholder(),
            tf1.action_placeholder(),
            column(),
        )
        n = transitions.batches.rewards.shape[1]

        policy = tf1.actor_network(states, theta.actor)
        target_policy = tf1.actor_network(states, theta.target_actor)
        gradients = [g / n for g in tf.gradients(policy, theta.actor, -dq_da)]
        train_actor = tf1.adam(1e-4).apply_gradients(zip(gradients, theta.actor, strict=True))

        q = tf1.critic_network(states, actions, theta.critic)
        target_q = tf1.critic_network(states, actions, theta.target_critic)
        # no list of variables, and no need of one: the targets are fed
        train_critic = tf1.adam(1e-3).minimize(tf.reduce_mean(tf.square(targets - q)))
        slope = tf.gradients(q, actions)[0]
        follow = soft_updates(theta.actor, theta.target_actor, TAU)
        follow += soft_updates(theta.critic, theta.target_critic, TAU)

        session.run(v1.global_variables_initializer())
        updates = []
        for s, a, r, s2, t, _ in transitions:
            a2 = session.run(target_policy, {states: s2})
            next_q = session.run(target_q, {states: s2, actions: a2})
            y = [r[k] if t[k] else r[k] + GAMMA * next_q[k, 0] for k in range(n)]
            session.run(train_critic, {states: s, actions: a, targets: np.reshape(y, (n, 1))})
            fetched = session.run(slope, {states: s, actions: session.run(policy, {states: s})})
            session.run(train_actor, {states: s, dq_da: fetched})
            session.run(follow)
            updates.append(Networks(*session.run(tuple(theta))))
    return updates
