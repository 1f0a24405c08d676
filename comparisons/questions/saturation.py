"""An actor that a critic pushes to the bound of its action, and then calls back."""

import keras
import numpy as np
import tensorflow as tf

from comparisons.questions.problem import dense
from ddpg_tf.strategies import get_strategy
from ddpg_tf.strategies.transforms import inverting_gradients

RAW_SCALE = 100.0
"""Standard deviation of an observation that nobody normalised, say a motor's speed."""

PUSHED = {True: 60, False: 600}
"""quick -> updates in which the critic asks for more."""


def pushed_actor(small_last_layer: bool, bounded: bool, seed: int = 0) -> keras.Model:
    """mu: [B, 4] -> [B, 1], with a tanh if `bounded`, its last layer small if asked."""
    observations = keras.Input((4,))
    x = dense(32, "relu", seed, None)(observations)
    activation = "tanh" if bounded else None
    small = keras.initializers.RandomUniform(-3e-3, 3e-3, seed=seed + 1)
    last = dense(1, activation, seed + 1, None)
    if small_last_layer:
        last = keras.layers.Dense(1, activation, kernel_initializer=small)
    return keras.Model(observations, last(x))


def push_and_reverse(
    scale: float, small_last_layer: bool, inverting: bool, quick: bool
) -> dict[str, float]:
    """What becomes of the actions if a critic Q = a pushes for a while, then Q = -a.

    start, pushed: share of actions beyond 0.99 at first and after the push. factor: mean of
    what dQ/da is multiplied by when the reversal begins, 1 - tanh^2 or the room downwards.
    updates: from the reversal to a mean action below zero, over the updates of the push (5 at
    most).
    """
    actor = pushed_actor(small_last_layer, bounded=not inverting)
    transform = inverting_gradients([-1.0], [1.0]) if inverting else None
    strategy = get_strategy("mean_q", transform)
    optimizer = keras.optimizers.Adam(1e-3)
    optimizer.build(actor.trainable_variables)
    tests = scale * tf.random.stateless_normal((500, 4), (0, 1))

    @tf.function(autograph=False)
    def update(key, direction):
        observations = scale * tf.random.stateless_normal((64, 4), key)
        strategy.update(actor, lambda inputs: direction * inputs[1], optimizer, observations)
        return tf.reduce_mean(actor(tests))

    start = saturated(actor, tests)
    pushes = PUSHED[quick]
    for index in range(pushes):
        update(tf.constant([index, 1]), tf.constant(1.0))
    pushed, actions = saturated(actor, tests), actor(tests).numpy()
    factor = float(np.mean((1 + actions) / 2 if inverting else 1 - actions**2))
    needed = 5 * pushes
    for index in range(5 * pushes):
        if update(tf.constant([index, 2]), tf.constant(-1.0)) < 0:
            needed = index + 1
            break
    return {"start": start, "pushed": pushed, "factor": factor, "updates": needed / pushes}


def saturated(actor: keras.Model, observations: tf.Tensor) -> float:
    """The share of actions beyond 0.99."""
    return float(np.mean(np.abs(actor(observations)) > 0.99))
