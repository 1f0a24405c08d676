"""Ben Lau 2016: TensorFlow 1 below Keras 1; targets are moved in NumPy.

All three actions by tanh here; his heads are in the comparison of gradients.
"""

import numpy as np
import tensorflow as tf

from comparisons.ancestors import tf1
from comparisons.ancestors.tf1 import v1
from comparisons.ancestors.updates.problem import Networks, Transitions, one_q
from comparisons.ancestors.updates.tf1_networks import column, variables

GAMMA, TAU = 0.99, 1e-3


def lau(
    start: Networks, transitions: Transitions, q_per_action: bool = False, summed: bool = False
) -> list[Networks]:
    """Both choices are True as published.

    q_per_action: whether the critic keeps its three outputs, each with a target of its own; else
    it begins with their mean. summed: whether the actor's gradient is left undivided by N.
    """
    start = start if q_per_action else one_q(start)
    with tf.Graph().as_default(), v1.Session() as session:
        theta = variables(start)
        states, actions, dq_da = (
            tf1.state_placeholder(),
            tf1.action_placeholder(),
            tf1.action_placeholder(),
        )
        y = column(start.critic[-1].size)
        n = transitions.batches.rewards.shape[1]

        policy = tf1.actor_network(states, theta.actor)
        gradients = tf.gradients(policy, theta.actor, -dq_da)
        if not summed:
            gradients = [g / n for g in gradients]
        train_actor = tf1.adam(1e-4).apply_gradients(zip(gradients, theta.actor, strict=True))

        q = tf1.critic_network(states, actions, theta.critic)
        mse = tf.reduce_mean(tf.square(q - y))
        train_critic = tf1.adam(1e-3).minimize(mse, var_list=theta.critic)
        slope = tf.gradients(q, actions)[0]
        target_policy = tf1.actor_network(states, theta.target_actor)
        target_q = tf1.critic_network(states, target_policy, theta.target_critic)

        session.run(v1.global_variables_initializer())
        updates = []
        for s, a, r, s2, t, _ in transitions:
            next_q = session.run(target_q, {states: s2})
            targets = np.where(t[:, None], r[:, None], r[:, None] + GAMMA * next_q)
            session.run(train_critic, {states: s, actions: a, y: targets})
            a_for_grad = session.run(policy, {states: s})
            grads = session.run(slope, {states: s, actions: a_for_grad})
            session.run(train_actor, {states: s, dq_da: grads})
            target_train(session, theta.actor, theta.target_actor)
            target_train(session, theta.critic, theta.target_critic)
            updates.append(one_q(Networks(*session.run(tuple(theta)))))
    return updates


def target_train(session, online: list, target: list) -> None:
    """Fetch the weights of a network and its target, move them, and write them back."""
    weights, target_weights = session.run((online, target))
    for variable, now, late in zip(target, weights, target_weights, strict=True):
        variable.load(TAU * now + (1 - TAU) * late, session)
