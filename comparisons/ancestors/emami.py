"""Patrick Emami 2016: TensorFlow 1, two networks that meet only in the program that feeds them.

The session is called three times: for mu(s), for dQ/da at it, and for the training operation, which
is fed dQ/da through a placeholder. Here the critic's side and the actor's share one session.
"""

import numpy as np
import tensorflow as tf

from comparisons.ancestors import tf1
from comparisons.ancestors.problem import Problem, Update
from comparisons.ancestors.tf1 import v1


def emami(problem: Problem, batches: np.ndarray, learning_rate: float) -> list[Update]:
    """One update for each batch: chain rule by `grad_ys`, then divided by N."""
    with tf.Graph().as_default(), v1.Session() as session:
        states, theta = tf1.state_placeholder(), tf1.variables(problem.actor)
        policy = tf1.actor_network(states, theta)
        fed_dq_da = tf1.action_placeholder()
        summed = tf.gradients(policy, theta, -fed_dq_da)
        n = batches.shape[1]
        gradients = [gradient / n for gradient in summed]
        train = tf1.adam(learning_rate).apply_gradients(zip(gradients, theta, strict=True))

        actions = tf1.action_placeholder()
        q = tf1.critic_network(states, actions, tf1.variables(problem.critic))
        dq_da = tf.gradients(q, actions)[0]

        session.run(v1.global_variables_initializer())
        updates = []
        for observations in batches:
            policy_actions = session.run(policy, {states: observations})
            slope = session.run(dq_da, {states: observations, actions: policy_actions})
            fed = {states: observations, fed_dq_da: slope}
            descended, _ = session.run([gradients, train], fed)
            updates.append(Update(descended, session.run(theta)))
    return updates
