"""The actor's gradient in the forms that the threads show, and the first steps it leads to."""

from collections.abc import Callable, Iterator

import keras
import numpy as np
import tensorflow as tf
from numpy.typing import ArrayLike

from ddpg_tf.networks.build import build_actor, build_critic
from ddpg_tf.strategies import get_strategy


def flat(gradients: list) -> np.ndarray:
    """A list of tensors as one vector."""
    return np.concatenate([np.ravel(gradient) for gradient in gradients])


def chained(actor, observations: tf.Tensor, vectors_of: Callable | None) -> list[tf.Tensor]:
    """d/dtheta of <v, mu(s)> / N, one tensor a weight; v = vectors_of(actions), or ones."""
    theta = [variable.value for variable in actor.trainable_variables]
    with tf.GradientTape() as tape:
        actions = actor(observations)
    vectors = None if vectors_of is None else vectors_of(actions)
    n = tf.cast(tf.shape(actions)[0], actions.dtype)
    return [g / n for g in tape.gradient(actions, theta, output_gradients=vectors)]


def two_tapes_summed(actor, critic, observations: tf.Tensor) -> list[tf.Tensor]:
    """The gradients that two tapes give which both run the actor, without a division."""
    theta = [variable.value for variable in actor.trainable_variables]
    with tf.GradientTape() as q_tape:
        actions = actor(observations)
        q_tape.watch(actions)
        q = critic([observations, actions])
    dq_da = q_tape.gradient(q, actions)
    with tf.GradientTape() as tape:
        actions = actor(observations)
    return tape.gradient(actions, theta, output_gradients=-dq_da)


def mean_gradient(actor, critic, observations: tf.Tensor) -> np.ndarray:
    """The gradient of -mean Q, as one vector."""
    return flat(get_strategy("mean_q").gradients(actor, critic, observations))


def symbolic_forms(actor, critic, observations: tf.Tensor) -> Iterator[np.ndarray]:
    """tf.gradients(q, theta) / N and tf.gradients(a, theta, -dq_da), as vectors."""
    theta = [variable.value for variable in actor.trainable_variables]

    @tf.function(autograph=False)
    def both(observations):
        actions = actor(observations)
        q = critic([observations, actions])
        (dq_da,) = tf.gradients(q, actions)
        n = tf.cast(tf.shape(q)[0], q.dtype)
        through_q = [gradient / n for gradient in tf.gradients(q, theta)]
        return through_q, tf.gradients(actions, theta, -dq_da)

    return map(flat, both(observations))


def path(optimizer: keras.Optimizer, gradients: np.ndarray) -> np.ndarray:
    """The weights, which start at zero, after each step: one row a row of `gradients`."""
    weights = keras.Variable(np.zeros(gradients.shape[1], "float32"))
    rows = []
    for gradient in gradients:
        optimizer.apply([tf.constant(gradient)], [weights])
        rows.append(np.array(weights))
    return np.stack(rows)


def step_ratio(optimizer: type, gradient: np.ndarray, factor: float) -> float:
    """How much longer the first step is if the gradient is multiplied by `factor`."""
    steps = [path(optimizer(1e-3), g[None])[-1] for g in (gradient * factor, gradient)]
    return norm_ratio(*steps)


def freshly_initialised() -> tuple[keras.Model, keras.Model]:
    """Lillicrap et al.'s networks for Pendulum, last layers within 3e-3."""
    one = np.ones(1)
    return build_actor(3, -2 * one, 2 * one), build_critic(3, 1)


def rms(values: ArrayLike) -> float:
    """The root of the mean square."""
    return float(np.sqrt(np.mean(np.square(values))))


def norm_ratio(a: np.ndarray, b: np.ndarray) -> float:
    """|a| / |b|."""
    return float(np.linalg.norm(a) / np.linalg.norm(b))


def relative_difference(a: np.ndarray, b: np.ndarray) -> float:
    """|a - b| / |b|."""
    return norm_ratio(a - b, b)


def cosine(a: np.ndarray, b: np.ndarray) -> float:
    """The cosine of the angle between two vectors."""
    return float(np.dot(a, b) / (np.linalg.norm(a) * np.linalg.norm(b)))
