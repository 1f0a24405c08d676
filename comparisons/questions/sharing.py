"""Question 23: layers that actor and critic share, and two gradients that then differ."""

from typing import NamedTuple

import keras
import numpy as np
import tensorflow as tf

from comparisons.questions.forms import chained, flat, norm_ratio
from comparisons.questions.problem import (
    ACT_DIM,
    OBS_DIM,
    STEPS,
    WIDTH,
    batch,
    dense,
    exact_q,
    slope,
)
from ddpg_tf.strategies import STRATEGIES, get_strategy

DTYPE = "float64"
CHAIN_RULE = "output_gradients"
"""The strategy that the others are held against."""


class Shared(NamedTuple):
    """Networks on the same features; the two critics differ in what a gradient may pass through."""

    actor: keras.Model
    critic: keras.Model
    cut: keras.Model
    """The same layers, but no gradient passes from Q to the features."""
    features: keras.Model


def shared_networks() -> Shared:
    """Actor and critics on one feature extractor, all in float64."""
    observations, actions = (keras.Input((size,), dtype=DTYPE) for size in (OBS_DIM, ACT_DIM))
    features = keras.Model(observations, dense(WIDTH, "tanh", 0, DTYPE)(observations))
    join = keras.layers.Concatenate(dtype=DTYPE)
    hidden, last = dense(WIDTH, "tanh", 10, DTYPE), dense(1, None, 11, DTYPE)
    seen = features(observations)

    def critic(x):
        return keras.Model([observations, actions], last(hidden(join([x, actions]))))

    actor = keras.Model(observations, dense(ACT_DIM, "tanh", 1, DTYPE)(seen))
    return Shared(actor, critic(seen), critic(keras.ops.stop_gradient(seen)), features)


def fit(critic: keras.Model, updates: int) -> float:
    """Regress the critic on the bandit's true Q; the relative error that is left."""
    optimizer = keras.optimizers.Adam(3e-3)
    optimizer.build(critic.trainable_variables)

    def drawn(seed):
        observations = tf.random.stateless_normal((256, OBS_DIM), seed, dtype=tf.float64)
        actions = tf.random.stateless_uniform((256, ACT_DIM), seed + 1, -1.0, 1.0, tf.float64)
        inputs = [observations, actions]
        return exact_q(inputs), critic(inputs)

    @tf.function(autograph=False)
    def step(seed):
        with tf.GradientTape() as tape:
            true, q = drawn(seed)
            loss = tf.reduce_mean(tf.square(true - q))
        optimizer.apply(tape.gradient(loss, critic.trainable_variables))

    for index in range(updates):
        step(tf.constant([index, 3], tf.int32))
    true, q = drawn(tf.constant([updates, 3], tf.int32))
    return norm_ratio(flat([true - q]), flat([true]))


def unseen(critic: keras.Model):
    """The critic as a plain function, so that nobody sees which weights it has."""
    return lambda inputs: critic(inputs)


def angle(a: np.ndarray, b: np.ndarray) -> float:
    """The angle between two vectors, in degrees, exact for small ones too."""
    apart = np.linalg.norm(a / np.linalg.norm(a) - b / np.linalg.norm(b))
    return float(np.degrees(2 * np.arcsin(min(apart / 2, 1))))


def gradients(actor: keras.Model, critic, observations: tf.Tensor) -> dict[str, np.ndarray]:
    """Each strategy's gradient, as one vector."""
    return {
        name: flat(get_strategy(name).gradients(actor, critic, observations)) for name in STRATEGIES
    }


def accepted(actor: keras.Model, critic: keras.Model, observations: tf.Tensor) -> int:
    """How many strategies take networks whose shared weights they can see."""
    count = 0
    for name in STRATEGIES:
        try:
            get_strategy(name).gradients(actor, critic, observations)
        except ValueError:
            continue
        count += 1
    return count


def moved_q(networks: Shared, gradient: list, observations: tf.Tensor) -> float:
    """The relative change of Q at replayed actions by one SGD step on the actor."""
    actions = tf.constant(np.random.default_rng(1).uniform(-1, 1, (len(observations), ACT_DIM)))
    start = networks.actor.get_weights()
    before = flat([networks.critic([observations, actions])])
    keras.optimizers.SGD(1e-2).apply(gradient, networks.actor.trainable_variables)
    after = flat([networks.critic([observations, actions])])
    networks.actor.set_weights(start)
    return norm_ratio(after - before, before)


def shared_layers(quick: bool) -> dict[str, float]:
    """Question 23: six strategies on shared layers, beside the bandit's true policy gradient."""
    networks, observations = shared_networks(), batch(256, dtype=DTYPE)
    error = fit(networks.critic, STEPS[quick])
    true = flat(chained(networks.actor, observations, lambda a: -slope(observations, a)))
    through_both = gradients(networks.actor, unseen(networks.critic), observations)
    through_actions = gradients(networks.actor, unseen(networks.cut), observations)
    chain_rule = through_both[CHAIN_RULE]
    shared = sum(int(np.prod(weight.shape)) for weight in networks.features.weights)
    step = get_strategy(CHAIN_RULE).gradients(networks.actor, unseen(networks.critic), observations)
    whole = {name: angle(found, chain_rule) for name, found in through_both.items()}
    return {
        "ratio": norm_ratio(through_both["mean_q"], chain_rule),
        "mean_q_norm": float(np.linalg.norm(through_both["mean_q"])),
        "chain_rule_norm": float(np.linalg.norm(chain_rule)),
        "critic_error": error,
        "mean_q": whole.pop("mean_q"),
        "get_updates": whole.pop("get_updates"),
        "others": max(whole.values()),
        "own_layers": angle(through_both["mean_q"][shared:], chain_rule[shared:]),
        "shared_layers": angle(through_both["mean_q"][:shared], chain_rule[:shared]),
        "mean_q_from_true": angle(through_both["mean_q"], true),
        "chain_rule_from_true": angle(chain_rule, true),
        "cut": max(angle(found, chain_rule) for found in through_actions.values()),
        "moved_q": moved_q(networks, step, observations),
        "accepted": accepted(networks.actor, networks.critic, observations),
    }
