"""Mistakes of memory: something of an earlier call is used where this call's is due.

All of them are right the first time. Each program keeps what it remembers for as long as the
network lives, so that every case begins anew.
"""

# ruff: noqa: D103  (each function is described by its entry in MISTAKES)

from collections.abc import Callable
from weakref import WeakKeyDictionary

import keras
import tensorflow as tf
from keras import Model
from tensorflow import Tensor

from ddpg_tf.diagnosis.mistakes.base import (
    POLICY_GRADIENT,
    Mistake,
    chain_rule,
    dq_da,
    gradient_of,
    mean_q,
)
from ddpg_tf.diagnosis.mistakes.recognising import repeats_an_answer


def copied_once() -> Callable:
    """A function that copies a network the first time that it sees it, and keeps the copy."""
    copies: WeakKeyDictionary = WeakKeyDictionary()

    def copy_of(network):
        if network not in copies:
            copies[network] = keras.models.clone_model(network)
            copies[network].set_weights(network.get_weights())
        return copies[network]

    return copy_of


def stale_actors():
    copy_of = copied_once()

    def stale_actor(actor, critic, observations):
        copy = copy_of(actor)
        return gradient_of(lambda: -mean_q(copy, critic, observations), copy)

    def stale_action(actor, critic, observations):
        action = copy_of(actor)(observations)
        return chain_rule(actor, observations, lambda _: dq_da(critic, observations, action))

    return stale_actor, stale_action


def stale_critics():
    copy_of = copied_once()

    def stale_critic(actor, critic, observations):
        return gradient_of(lambda: -mean_q(actor, copy_of(critic), observations), actor)

    return (stale_critic,)


def cached_answers(kind: Callable):
    answers: WeakKeyDictionary = WeakKeyDictionary()

    def cached_answer(actor, critic, observations):
        known = answers.setdefault(actor, {})
        if kind(observations) not in known:
            gradients = gradient_of(lambda: -mean_q(actor, critic, observations), actor)
            known[kind(observations)] = gradients
        return known[kind(observations)]

    return cached_answer


def cached_batches():
    batches: WeakKeyDictionary = WeakKeyDictionary()

    def cached_batch(actor: Model, critic: Model, observations: Tensor):
        first = batches.setdefault(actor, observations)
        return gradient_of(lambda: -mean_q(actor, critic, first), actor)

    return cached_batch


MISTAKES = (
    Mistake(
        "stale_actor",
        "The actor that is used is a copy, with the weights of the first call.",
        POLICY_GRADIENT,
        ("younggyoseo/FastTD3 #5",),
        "Call your function, change the actor's weights, call it again. Does it notice?",
        stale_actors(),
    ),
    Mistake(
        "stale_critic",
        "A copy of the critic is used that was made once: what the critic learns later never "
        "reaches the actor.",
        "dQ(s_i, a; phi)/da  with phi as it is now",
        (),
        "Call your function, change the critic's weights, call it again. Does it notice?",
        stale_critics(),
    ),
    Mistake(
        "cached_answer",
        "What was computed in an earlier call is handed out again: the gradient itself, or the "
        "batch that it was taken on.",
        POLICY_GRADIENT + ",  for the s_i and the theta of this call",
        (),
        "Call your function twice with different batches of one size. Which lines run the second "
        "time?",
        (
            cached_answers(lambda observations: "the first"),
            cached_answers(lambda observations: tuple(tf.shape(observations).numpy())),
            cached_batches(),
        ),
        recognise=repeats_an_answer,
    ),
)
