"""Alexander Hoereth 2017: TensorFlow 1, all four networks and both optimisers in one graph.

One call of the session does everything. As published nothing orders what it does; here the critic
steps first, then the actor, then the targets. Batch norm is left out.
"""

import tensorflow as tf

from comparisons.ancestors import tf1
from comparisons.ancestors.tf1 import v1
from comparisons.ancestors.updates.problem import Networks, Transitions
from comparisons.ancestors.updates.tf1_networks import (
    Placeholders,
    placeholders,
    soft_updates,
    variables,
)

GAMMA, TAU, DECAY = 0.99, 1e-3, 1e-2


def hoereth(
    start: Networks,
    transitions: Transitions,
    trains_targets: bool = False,
    summed: bool = False,
) -> list[Networks]:
    """Both choices are True as published.

    trains_targets: whether the critic's optimiser has no list of variables; then it takes all that
    its loss depends on, and the loss holds the targets, with the target networks in them. summed:
    whether the actor's gradient is left undivided by N.
    """
    with tf.Graph().as_default(), v1.Session() as session:
        fed, theta = placeholders(), variables(start)
        steps = [train_critic(fed, theta, None if trains_targets else theta.critic)]
        n = 1 if summed else transitions.batches.rewards.shape[1]
        with tf.control_dependencies(steps):
            steps.append(train_actor(fed, theta, n))
        with tf.control_dependencies(steps):
            steps += soft_updates(theta.critic, theta.target_critic, TAU)
            steps += soft_updates(theta.actor, theta.target_actor, TAU)
        session.run(v1.global_variables_initializer())
        updates = []
        for batch in transitions:
            session.run(steps, fed.feed(batch))
            updates.append(Networks(*session.run(tuple(theta))))
    return updates


def train_critic(fed: Placeholders, theta: Networks, trained: list | None) -> tf.Operation:
    """The critic's step: squared error, and half the sum of squares of all its weights."""
    next_actions = tf1.actor_network(fed.next_states, theta.target_actor)
    next_q = tf1.critic_network(fed.next_states, next_actions, theta.target_critic)
    targets = tf.where(fed.terminated > 0, fed.rewards, fed.rewards + GAMMA * next_q)
    q = tf1.critic_network(fed.states, fed.actions, theta.critic)
    loss = tf.reduce_mean(tf.math.squared_difference(targets, q))
    loss += DECAY * tf.add_n([tf.nn.l2_loss(weight) for weight in theta.critic])
    return tf1.adam(1e-3).minimize(loss, var_list=trained)


def train_actor(fed: Placeholders, theta: Networks, n: int) -> tf.Operation:
    """The actor's step, with the critic drawn on top of it."""
    actions = tf1.actor_network(fed.states, theta.actor)
    (dq_da,) = tf.gradients(tf1.critic_network(fed.states, actions, theta.critic), actions)
    gradients = [g / n for g in tf.gradients(actions, theta.actor, -tf.stop_gradient(dq_da))]
    return tf1.adam(1e-4).apply_gradients(zip(gradients, theta.actor, strict=True))
