"""What can be said about a gradient that only batch norm makes wrong.

Batch norm lets the samples of a batch depend on each other, and on a mode. Each program here is
right without batch norm, and does one thing otherwise than Algorithm 1 with it; like the mistakes,
they are compared by what they do.
"""

# ruff: noqa: D103  (each function is described by its entry in DIFFERENCES)

from collections.abc import Callable, Sequence

import numpy as np
import tensorflow as tf

from ddpg_tf.diagnosis.distance import best_factor, difference, is_numeric, times
from ddpg_tf.diagnosis.evidence import CallEvidence
from ddpg_tf.diagnosis.findings.base import Finding
from ddpg_tf.diagnosis.match import done_by
from ddpg_tf.diagnosis.mistakes.recognising import CLOSE


def in_pieces(size: int) -> Callable:
    def piece_by_piece(actor, critic, observations):
        n, total = len(observations), 0.0
        with tf.GradientTape() as tape:
            for start in range(0, n, size):
                piece = observations[start : start + size]
                q = critic([piece, actor(piece, training=True)])
                total -= tf.reduce_sum(q) / n
        return tape.gradient(total, actor.trainable_variables)

    return piece_by_piece


def in_modes(of_the_slope: bool, of_the_chain: bool) -> Callable:
    def two_modes(actor, critic, observations):
        elsewhere = actor(observations, training=of_the_slope)
        with tf.GradientTape() as tape:
            tape.watch(elsewhere)
            q = tf.reduce_mean(critic([observations, elsewhere]))
        slope = tape.gradient(q, elsewhere)
        with tf.GradientTape() as tape:
            actions = actor(observations, training=of_the_chain)
        return tape.gradient(actions, actor.trainable_variables, output_gradients=-slope)

    return two_modes


def towards_a_target(of_the_target: bool, of_the_chain: bool) -> Callable:
    def regression_in_two_modes(actor, critic, observations):
        elsewhere = actor(observations, training=of_the_target)
        with tf.GradientTape() as tape:
            tape.watch(elsewhere)
            q = critic([observations, elsewhere])
        target = elsewhere + tape.gradient(q, elsewhere)
        with tf.GradientTape() as tape:
            actions = actor(observations, training=of_the_chain)
            squares = tf.reduce_sum(tf.square(target - actions), axis=-1)
            loss = tf.reduce_mean(squares) / 2
        return tape.gradient(loss, actor.trainable_variables)

    return regression_in_two_modes


TWO_ACTIONS = (
    "dQ/da is taken at the action that the actor chooses in {} mode, da/dtheta in {} mode: with "
    "batch norm these are two different actions"
)
DIFFERENCES = (
    (
        in_pieces(1),
        "each sample goes through the actor alone, with training=True: a batch of one has variance "
        "0, so that batch norm gives every observation the same output",
    ),
    *(
        (
            in_pieces(size),
            f"the batch goes through the actor in pieces of {size}, and batch norm normalises each "
            "piece with its own moments, not with the whole batch's",
        )
        for size in (2, 4, 5, 6, 7, 8, 10, 12, 16, 20, 24, 25, 30)
    ),
    (in_modes(False, True), TWO_ACTIONS.format("inference", "training")),
    (in_modes(True, False), TWO_ACTIONS.format("training", "inference")),
    (towards_a_target(False, True), TWO_ACTIONS.format("inference", "training")),
    (towards_a_target(True, False), TWO_ACTIONS.format("training", "inference")),
)
"""Programs, and what they do with batch norm."""
MODES_MIXED = (
    "the actor is called in training mode and in inference mode within one gradient, and chooses "
    "two different actions"
)
SAMPLES_MIXED = (
    "there each sample's action depends on the whole batch, and on the mode in which the actor is "
    "called"
)


def only_with_batch_norm(evidence: Sequence[CallEvidence]) -> Finding | None:
    """Right wherever there is no batch norm, wrong with it."""
    plain, normed = without_and_with(evidence)
    if not plain or not normed or not all(call.is_right for call in plain):
        return None
    return Finding(
        "batch_norm_only",
        "The gradient is right without batch norm. With batch norm it is not: "
        f"{what_batch_norm_does(normed)}.",
        "Without batch norm in your networks there is nothing to mend. With it: one call of the "
        "actor, on the whole batch, with training=True.",
    )


def without_and_with(
    evidence: Sequence[CallEvidence],
) -> tuple[list[CallEvidence], list[CallEvidence]]:
    """The calls whose networks have no batch norm, and those whose networks have."""
    plain = [call for call in evidence if not call.case.has_batch_norm]
    return plain, [call for call in evidence if call.case.has_batch_norm]


def what_batch_norm_does(normed: Sequence[CallEvidence]) -> str:
    """Why the gradient is another one in these calls, in words that end a sentence."""
    for program, words in DIFFERENCES:
        if all(does_up_to_factor(program, call) for call in normed):
            return words
    modes = {flag or False for call in normed for flag in call.flags.all_actor}
    return MODES_MIXED if len(modes) > 1 else SAMPLES_MIXED


def does_up_to_factor(program: Callable, call: CallEvidence) -> bool:
    """Whether the candidate's gradients are those of the program, times some number."""
    done = done_by(program, call, False)
    if done is None or call.gradients is None or not is_numeric(call.gradients, done[0]):
        return False
    expected = [np.asarray(gradient, np.float64) for gradient in done[0]]
    factor = best_factor(call.gradients, expected)
    distance = difference(call.gradients, times(factor, expected)) if factor else np.inf
    return distance <= CLOSE * call.tolerance
