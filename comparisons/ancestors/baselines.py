"""OpenAI Baselines: TensorFlow 1 for the gradient, MPI and NumPy for the step.

Each worker flattens the gradient of its own batch to one vector; the vectors are added over the
workers and divided by their number; MpiAdam steps in NumPy, and the new vector is written back.
Here the batch is dealt to two workers, half to each, and they run one after the other.
"""

import numpy as np
import tensorflow as tf

from comparisons.ancestors import tf1
from comparisons.ancestors.adam import Adam
from comparisons.ancestors.problem import Problem, Update, Weights, flat
from comparisons.ancestors.tf1 import v1

WORKERS = 2


def baselines(
    problem: Problem, batches: np.ndarray, learning_rate: float, clip_norm: float | None = None
) -> list[Update]:
    """One update for each batch.

    clip_norm: the largest norm of one weight's gradient, enforced by each worker before the
    average; none by default, as published.
    """
    with tf.Graph().as_default(), v1.Session() as session:
        states, theta = tf1.state_placeholder(), tf1.variables(problem.actor)
        actions = tf1.actor_network(states, theta)
        q = tf1.critic_network(states, actions, tf1.variables(problem.critic))
        gradient = flat_gradient(-tf.reduce_mean(q), theta, clip_norm)
        assign, new_theta = assign_from_flat(theta)
        session.run(v1.global_variables_initializer())

        vector = flat(problem.actor)
        adam = Adam([vector], learning_rate, epsilon=1e-8, form="hat")
        updates = []
        for observations in batches:
            halves = np.split(observations, WORKERS)
            average = all_reduce([session.run(gradient, {states: half}) for half in halves])
            (vector,) = adam.step([vector], [average])
            session.run(assign, {new_theta: vector})
            updates.append(Update(unflatten(average, problem.actor), session.run(theta)))
    return updates


def flat_gradient(loss: tf.Tensor, theta: list, clip_norm: float | None):
    """The symbol of the gradient as one vector, each weight's part clipped on its own."""
    gradients = tf.gradients(loss, theta)
    if clip_norm is not None:
        gradients = [tf.clip_by_norm(gradient, clip_norm) for gradient in gradients]
    return tf.concat([tf.reshape(gradient, [-1]) for gradient in gradients], axis=0)


def assign_from_flat(theta: list):
    """The operation that writes a vector into the variables, and its placeholder."""
    sizes = [int(np.prod(weight.shape)) for weight in theta]
    vector = v1.placeholder(tf.float32, [sum(sizes)])
    parts = zip(theta, tf.split(vector, sizes), strict=True)
    return tf.group(*[v1.assign(w, tf.reshape(part, w.shape)) for w, part in parts]), vector


def all_reduce(vectors: list[np.ndarray]) -> np.ndarray:
    """The mean over workers, as MPI's sum and a division make it."""
    return np.sum(vectors, axis=0, dtype=np.float32) / np.float32(len(vectors))


def unflatten(vector: np.ndarray, like: Weights) -> Weights:
    """The vector cut into the shapes of `like`."""
    ends = np.cumsum([weight.size for weight in like])[:-1]
    return [
        part.reshape(weight.shape)
        for part, weight in zip(np.split(vector, ends), like, strict=True)
    ]
