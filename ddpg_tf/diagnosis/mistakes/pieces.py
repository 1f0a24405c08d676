"""Mistakes of a batch that is taken apart: some samples are left out, or count for more."""

# ruff: noqa: D103  (each function is described by its entry in MISTAKES)

from collections.abc import Callable

import tensorflow as tf
from keras import Model
from tensorflow import Tensor

from ddpg_tf.diagnosis.mistakes.base import POLICY_GRADIENT, Mistake, gradient_of, mean_q
from ddpg_tf.diagnosis.mistakes.recognising import drops_samples, weighs_pieces_alike


def averaged_over(pieces: list[Tensor], actor: Model, critic: Model) -> list[Tensor]:
    """The mean of the pieces' gradients, each of which is a mean over its samples."""

    def gradients_of(piece):
        return gradient_of(lambda: -mean_q(actor, critic, piece), actor)

    total = [tf.zeros_like(weight.value) for weight in actor.trainable_variables]
    for piece in pieces:
        total = [t + g for t, g in zip(total, gradients_of(piece), strict=True)]
    return [t / max(len(pieces), 1) for t in total]


def without_the_rest(size: int) -> Callable:
    def rest_of_batch_dropped(actor, critic, observations):
        starts = range(0, len(observations) - size + 1, size)
        pieces = [observations[start : start + size] for start in starts]
        return averaged_over(pieces, actor, critic)

    return rest_of_batch_dropped


def first_ones(size: int) -> Callable:
    def first_ones_only(actor, critic, observations):
        return averaged_over([observations[:size]], actor, critic)

    return first_ones_only


def with_a_smaller_last_one(size: int) -> Callable:
    def unequal_micro_batches(actor, critic, observations):
        starts = range(0, len(observations), size)
        pieces = [observations[start : start + size] for start in starts]
        return averaged_over(pieces, actor, critic)

    return unequal_micro_batches


MISTAKES = (
    Mistake(
        "rest_of_batch_dropped",
        "Some samples of the batch are left out: those after the last whole micro-batch, or beyond "
        "a fixed number.",
        POLICY_GRADIENT + ",  i = 1 ... N",
        ("Toni-SM/skrl #458",),
        "Give your function a batch of a prime number of samples. Change the last one: does the "
        "gradient notice?",
        (without_the_rest(12), without_the_rest(8), first_ones(64)),
        shows_by_size=True,
        recognise=drops_samples,
    ),
    Mistake(
        "unequal_micro_batches",
        "The micro-batches are of unequal size, and each counts the same: the samples of the "
        "smaller one weigh more.",
        "1/N sum_i g_i = sum_k  N_k/N * (mean of g in micro-batch k)",
        ("keras-team/keras #20241",),
        "Take 3 samples in micro-batches of 2. What weight does each of the three get?",
        (with_a_smaller_last_one(12), with_a_smaller_last_one(32)),
        shows_by_size=True,
        recognise=weighs_pieces_alike,
    ),
)
