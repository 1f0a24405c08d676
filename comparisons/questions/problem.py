"""The small problem that most of the questions are tried on: networks, a batch, known optimum.

A contextual bandit, that is one-step episodes: Q(s, a) = -|a - goal(s)|^2, so the best action is
goal(s), and what is lost by a policy (its regret) is the mean of |mu(s) - goal(s)|^2.
"""

from collections.abc import Callable

import keras
import numpy as np
import tensorflow as tf

from ddpg_tf.agents.optimisation import squared_weights

OBS_DIM, ACT_DIM, WIDTH, BATCH = 3, 3, 32, 64

STEPS = {True: 100, False: 1_500}
"""quick -> updates of a training."""


def new_actor(seed: int = 0, act_dim: int = ACT_DIM, dtype: str = "float32") -> keras.Model:
    """mu: [B, OBS_DIM] -> [B, act_dim] in [-1, 1]."""
    observations = keras.Input((OBS_DIM,), dtype=dtype)
    x = dense(WIDTH, "relu", seed, dtype)(observations)
    return keras.Model(observations, dense(act_dim, "tanh", seed + 1, dtype)(x))


def new_critic(
    seed: int = 10,
    outputs: int = 1,
    act_dim: int = ACT_DIM,
    dtype: str = "float32",
    batch_norm: bool = False,
) -> keras.Model:
    """Q: [observations, actions] -> [B, outputs], with gradients of ordinary size."""
    observations = keras.Input((OBS_DIM,), dtype=dtype)
    actions = keras.Input((act_dim,), dtype=dtype)
    x = keras.layers.Concatenate(dtype=dtype)([observations, actions])
    x = dense(WIDTH, "tanh", seed, dtype)(x)
    if batch_norm:
        x = keras.layers.BatchNormalization(dtype=dtype)(x)
    return keras.Model([observations, actions], dense(outputs, None, seed + 1, dtype)(x))


def dense(width: int, activation: str | None, seed: int, dtype: str | None) -> keras.layers.Dense:
    """A layer with seeded weights."""
    initializer = keras.initializers.GlorotUniform(seed=seed)
    return keras.layers.Dense(width, activation, kernel_initializer=initializer, dtype=dtype)


def fit(
    critic: keras.Model, learning_rate: float, seed: int, quick: bool, critic_l2: float = 0.0
) -> keras.Model:
    """The critic, once every output was regressed on Q at random actions, by Adam."""
    optimizer = keras.optimizers.Adam(learning_rate)
    optimizer.build(critic.trainable_variables)
    phi = [variable.value for variable in critic.trainable_variables]

    @tf.function(autograph=False)
    def step(key):
        observations = tf.random.stateless_normal((BATCH, OBS_DIM), key)
        actions = tf.random.stateless_uniform((BATCH, ACT_DIM), key + 1, -1.0, 1.0)
        with tf.GradientTape() as tape:
            q = critic([observations, actions], training=True)
            loss = tf.reduce_mean(tf.square(exact_q([observations, actions]) - q))
            if critic_l2:
                loss += critic_l2 * squared_weights([critic], biases=False)
        optimizer.apply(tape.gradient(loss, phi), critic.trainable_variables)

    for index in range(STEPS[quick]):
        step(tf.constant([index, seed], tf.int32))
    return critic


def batch(n: int = BATCH, seed: int = 0, size: int = OBS_DIM, dtype: str = "float32") -> tf.Tensor:
    """n observations, [n, size], normally distributed."""
    return tf.constant(np.random.default_rng(seed).standard_normal((n, size)), dtype)


def goal(observations: tf.Tensor) -> tf.Tensor:
    """The best actions, [B, ACT_DIM], within [-0.7, 0.7]."""
    weights = tf.constant(
        [[1.0, -0.5, 0.5], [0.5, 1.0, -1.0], [-1.0, 0.5, 1.0]], observations.dtype
    )
    return 0.7 * tf.tanh(observations @ weights)


def exact_q(inputs: list[tf.Tensor]) -> tf.Tensor:
    """The bandit's true Q, [B, 1]; called as a critic is."""
    observations, actions = inputs
    return -tf.reduce_sum(tf.square(actions - goal(observations)), axis=-1, keepdims=True)


def slope(observations: tf.Tensor, actions: tf.Tensor) -> tf.Tensor:
    """dQ/da of the bandit's Q at the given actions, [B, ACT_DIM]."""
    return -2 * (actions - goal(observations))


def regret(actor) -> float:
    """The mean of |mu(s) - goal(s)|^2 over 1,000 fresh observations."""
    observations = batch(1_000, seed=99)
    return float(-tf.reduce_mean(exact_q([observations, actor(observations)])))


def regret_after(gradients: Callable, quick: bool) -> float:
    """The regret of an actor trained by `gradients(actor, observations, seed)`.

    Adam at 3e-3. `seed` is a tensor [2] for stateless random numbers, new in every update.
    """
    actor = new_actor()
    optimizer = keras.optimizers.Adam(3e-3)
    optimizer.build(actor.trainable_variables)

    @tf.function(autograph=False)
    def step(seed):
        observations = tf.random.stateless_normal((BATCH, OBS_DIM), seed)
        found = gradients(actor, observations, seed + 1)
        optimizer.apply(found, actor.trainable_variables)

    for index in range(STEPS[quick]):
        step(tf.constant([index, 7], tf.int32))
    return regret(actor)
