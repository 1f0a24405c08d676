"""Mistakes that only an update can make: these candidates take the optimiser's step themselves."""

# ruff: noqa: D103  (each function is described by its entry in MISTAKES)

import tensorflow as tf
from keras import Model
from keras.optimizers import Optimizer
from tensorflow import Tensor

from ddpg_tf.diagnosis.mistakes.base import LOSS, Mistake, gradient_of, mean_q
from ddpg_tf.strategies.keras2 import SymbolicGraph, SymbolicOptimizer

STEP = "theta <- theta - rate * dloss/dtheta"


def apply_gradients_without_minus(
    actor: Model, critic: Model, optimizer: Optimizer, observations: Tensor
):
    gradients = gradient_of(lambda: mean_q(actor, critic, observations), actor)
    optimizer.apply_gradients(zip(gradients, actor.trainable_variables, strict=True))


def get_updates_without_minus(
    actor: Model, critic: Model, optimizer: Optimizer, observations: Tensor
):
    with SymbolicGraph() as graph:
        states = graph.placeholder(observations)
        q = tf.reduce_mean(critic([states, actor(states)]))
        symbolic = SymbolicOptimizer(optimizer, actor.trainable_variables)
        updates = symbolic.get_updates(actor.trainable_variables, q)
        train = graph.function([states], [q], updates)
    train([observations])


def get_updates_never_run(actor: Model, critic: Model, optimizer: Optimizer, observations: Tensor):
    with SymbolicGraph() as graph:
        states = graph.placeholder(observations)
        loss = -tf.reduce_mean(critic([states, actor(states)]))
        symbolic = SymbolicOptimizer(optimizer, actor.trainable_variables)
        symbolic.get_updates(actor.trainable_variables, loss)
        evaluate = graph.function([states], [loss], [])
    evaluate([observations])


def gradients_never_applied(
    actor: Model, critic: Model, optimizer: Optimizer, observations: Tensor
):
    gradient_of(lambda: -mean_q(actor, critic, observations), actor)


def step_taken_twice(actor: Model, critic: Model, optimizer: Optimizer, observations: Tensor):
    for _ in range(2):
        gradients = gradient_of(lambda: -mean_q(actor, critic, observations), actor)
        optimizer.apply(gradients, actor.trainable_variables)


def same_step_twice(actor: Model, critic: Model, optimizer: Optimizer, observations: Tensor):
    gradients = gradient_of(lambda: -mean_q(actor, critic, observations), actor)
    optimizer.apply(gradients, actor.trainable_variables)
    optimizer.apply(gradients, actor.trainable_variables)


MISTAKES = (
    Mistake(
        "apply_gradients_without_minus",
        "The optimiser walks downhill on mean Q: the update makes Q smaller. `apply_gradients` and "
        "`apply` subtract the gradients that they are given.",
        LOSS,
        ("germain-hug/Deep-RL-Keras #5", "liampetti/DDPG #1"),
        "An optimiser makes its loss small. Is yours small when the actor is good?",
        (apply_gradients_without_minus,),
    ),
    Mistake(
        "get_updates_without_minus",
        "The optimiser walks downhill on mean Q: the update makes Q smaller. `get_updates` "
        "minimises what it is given.",
        LOSS,
        ("germain-hug/Deep-RL-Keras #5", "liampetti/DDPG #1"),
        "An optimiser makes its loss small. Is yours small when the actor is good?",
        (get_updates_without_minus,),
    ),
    Mistake(
        "updates_never_run",
        "The actor's weights have not changed: the update was built, but nothing ran it.",
        STEP,
        ("ooples/AiDotNet #1727", "tensorflow/tensorflow #23873"),
        "Print one weight before and after. Which of your lines should have changed it?",
        (get_updates_never_run, gradients_never_applied),
    ),
    Mistake(
        "step_taken_twice",
        "The optimiser takes two steps where one was asked for.",
        STEP,
        ("sweetice/Deep-reinforcement-learning-with-pytorch #18",),
        "Read `optimizer.iterations` before and after your update.",
        (step_taken_twice, same_step_twice),
    ),
)
