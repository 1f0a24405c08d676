"""Questions 9, 10 and 11: graphs, tensors made twice, and variables that a gradient reaches."""

import time
from collections.abc import Callable

import keras
import numpy as np
import tensorflow as tf

from comparisons.questions.forms import cosine, flat, norm_ratio
from comparisons.questions.problem import (
    ACT_DIM,
    BATCH,
    OBS_DIM,
    batch,
    exact_q,
    new_actor,
    new_critic,
)
from ddpg_tf.networks.build import build_actor, build_critic
from ddpg_tf.strategies import get_strategy
from ddpg_tf.strategies.keras2 import SymbolicGraph, SymbolicOptimizer


def second_tensor(quick: bool) -> dict[str, float]:
    """Question 9: the gradient with respect to a tensor that has the action's values only."""
    actor, critic, observations = new_actor(), new_critic(), batch()
    with SymbolicGraph() as graph:
        states = graph.placeholder(observations)
        first, second = actor(states), actor(states)
        q = critic([states, first])
        (with_first,), (with_second,) = tf.gradients(q, first), tf.gradients(q, second)
        both = graph.function([states], [first, second], [])
    values = both([observations])
    with tf.GradientTape() as tape:
        first, second = actor(observations), actor(observations)
        q = critic([observations, first])
    found = {"first": int(with_first is not None), "second": int(with_second is not None)}
    return {
        "ratio": found["second"] / found["first"],
        "difference": float(np.max(np.abs(np.subtract(*values)))),
        **found,
        "on_tape": int(tape.gradient(q, second) is not None),
    }


def fails(action: Callable) -> int:
    """1 if `action()` raises what TensorFlow and Keras raise for a removed function, else 0."""
    try:
        action()
    except (AttributeError, RuntimeError):
        return 1
    return 0


def eager_failures(actor, critic, observations: tf.Tensor) -> dict[str, int]:
    """Whether each piece of Keras 2's recipe fails in eager TF2 with Keras 3."""
    theta = [variable.value for variable in actor.trainable_variables]
    loss = -tf.reduce_mean(critic([observations, actor(observations)]))
    optimizer = keras.optimizers.Adam()
    return {
        "optimizer.get_updates": fails(lambda: optimizer.get_updates(loss=loss, params=theta)),
        "tf.gradients": fails(lambda: tf.gradients(loss, theta)),
        "K.function": fails(lambda: keras.backend.function([], [loss])),
    }


def drawn_once(actor, critic, optimizer: keras.Optimizer, like: tf.Tensor) -> Callable:
    """One update as a function of the observations, its graph drawn now and never again."""
    symbolic = SymbolicOptimizer(optimizer, actor.trainable_variables)
    with SymbolicGraph() as graph:
        states = graph.placeholder(like)
        loss = get_strategy("get_updates").loss(actor, critic, states)
        updates = symbolic.get_updates(actor.trainable_variables, loss)
        train = graph.function([states], [loss], updates)
    return lambda observations: train([observations])


def fastest(actions: dict[str, Callable], rounds: int) -> dict[str, float]:
    """The seconds of each action's fastest call; they take turns."""
    times = {name: [] for name in actions}
    for _ in range(rounds):
        for name, action in actions.items():
            started = time.perf_counter()
            action()
            times[name].append(time.perf_counter() - started)
    return {name: min(seconds) for name, seconds in times.items()}


def get_updates_in_tf2(quick: bool) -> dict[str, float | str]:
    """Question 10: the old recipe tried eagerly, and an update in a graph of one's own."""
    critic, observations = new_critic(), batch()
    failures = eager_failures(new_actor(), critic, observations)
    actors = [new_actor() for _ in range(3)]
    optimizers = [keras.optimizers.Adam(1e-3) for _ in actors]
    train = drawn_once(actors[0], critic, optimizers[0], observations)
    anew, on_tape = get_strategy("get_updates"), get_strategy("mean_q")
    updates = 5 if quick else 50
    for _ in range(updates):
        train(observations)
        on_tape.update(actors[1], critic, optimizers[1], observations)
    drawn, taped, start = (flat(actor.get_weights()) for actor in actors)
    seconds = fastest(
        {
            "once": lambda: train(observations),
            "anew": lambda: anew.update(actors[2], critic, optimizers[2], observations),
        },
        3 if quick else 15,
    )
    return {
        "ratio": seconds["anew"] / seconds["once"],
        "pieces": len(failures),
        "failing": sum(failures.values()),
        "updates": updates,
        "other_bits": int(np.sum(drawn != taped)),
        "moved": norm_ratio(drawn - start, start),
        "once_ms": 1e3 * seconds["once"],
        "anew_ms": 1e3 * seconds["anew"],
        "tensorflow": tf.__version__,
        "keras": keras.__version__,
    }


def change_of_actor(with_variable_list: bool) -> float:
    """How far a critic's step moves the actor in a TF1 graph, relative to its weights.

    The critic's input is the actor's output tensor, over which replayed actions are fed.
    """
    v1 = tf.compat.v1
    rng = np.random.default_rng(0)
    observed = batch().numpy()
    with tf.Graph().as_default(), v1.Session() as session:
        states = v1.placeholder(tf.float32, (None, OBS_DIM))
        targets = v1.placeholder(tf.float32, (None, 1))

        def variable(*shape):
            value = rng.standard_normal(shape) / np.sqrt(shape[0])
            return v1.Variable(value.astype("float32"), use_resource=True)

        actor = variable(OBS_DIM, ACT_DIM)
        critic = [variable(OBS_DIM + ACT_DIM, 16), variable(16, 1)]
        actions = tf.tanh(states @ actor)
        q = tf.tanh(tf.concat([states, actions], 1) @ critic[0]) @ critic[1]
        loss = tf.reduce_mean(tf.square(q - targets))
        variables = critic if with_variable_list else None
        train = v1.train.GradientDescentOptimizer(0.01).minimize(loss, var_list=variables)
        session.run(v1.global_variables_initializer())
        before = session.run(actor)
        replayed = rng.uniform(-1, 1, (BATCH, ACT_DIM))
        fed = {states: observed, actions: replayed, targets: np.ones((BATCH, 1))}
        session.run(train, fed)
        return norm_ratio(session.run(actor) - before, before)


def critic_gradients(actor, critic, observations: tf.Tensor) -> tuple[np.ndarray, np.ndarray]:
    """The gradients of the actor's loss and of the critic's own, both at the critic."""
    phi = [variable.value for variable in critic.trainable_variables]
    seeded = np.random.default_rng(1)
    actions = tf.constant(seeded.uniform(-1, 1, (len(observations), ACT_DIM)), tf.float32)
    with tf.GradientTape() as tape:
        actor_loss = -tf.reduce_mean(critic([observations, actor(observations)]))
    left_behind = flat(tape.gradient(actor_loss, phi))
    with tf.GradientTape() as tape:
        error = critic([observations, actions]) - exact_q([observations, actions])
        critic_loss = tf.reduce_mean(tf.square(error))
    return left_behind, flat(tape.gradient(critic_loss, phi))


def gradient_times(rounds: int) -> dict[str, float]:
    """The seconds for the actor loss's gradient, for the actor alone and for both."""
    one = np.ones(6)
    actor, critic = build_actor(17, -one, one), build_critic(17, 6)
    observations = batch(256, size=17)
    theta = [variable.value for variable in actor.trainable_variables]
    phi = [variable.value for variable in critic.trainable_variables]

    def gradient_of(weights):
        @tf.function(autograph=False)
        def gradient():
            return tf.gradients(
                -tf.reduce_mean(critic([observations, actor(observations)])), weights
            )

        gradient()
        return lambda: gradient()[0].numpy()

    return fastest({"actor": gradient_of(theta), "both": gradient_of(theta + phi)}, rounds)


def whom_does_it_train(quick: bool) -> dict[str, float]:
    """Question 11: what a critic's step does to the actor, and the actor's loss to the critic."""
    left_behind, own = critic_gradients(new_actor(), new_critic(), batch())
    seconds = gradient_times(5 if quick else 300)
    return {
        "ratio": seconds["both"] / seconds["actor"],
        "unlisted": change_of_actor(False),
        "listed": change_of_actor(True),
        "left_behind": norm_ratio(left_behind, own),
        "cosine": cosine(left_behind + own, own),
        "actor_ms": 1e3 * seconds["actor"],
        "both_ms": 1e3 * seconds["both"],
    }
