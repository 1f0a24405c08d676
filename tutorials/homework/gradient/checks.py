"""The checks that you see: each tries one small case and says what is off.

Each function is the check of the question of its name.
"""

from collections.abc import Callable
from typing import Any

import numpy as np
from checking import CHECKS, check, expect_array, expect_numbers, form_only, measure, question

__all__ = ["CHECKS", "check"]

OBSERVATIONS = np.float32([[1.0], [2.0], [6.0]])


@form_only
def by_hand(answer: Any) -> None:
    expect_numbers(answer, None, "by_hand", shape=(3,))


@question
def output_gradients(answer: Any) -> None:
    check_gradients(answer)


@question
def mean_q(answer: Any) -> None:
    check_gradients(answer)


def check_gradients(answer: Any) -> None:
    """mu(s) = 0.5 s and Q(s, a) = 2 a, so dQ/da = 2, dmu/dw = s, and the mean of s is 3."""
    gradients = measure(answer, one_weight_gradients)
    assert gradients is not None, "it returned None; replace the `...`"
    assert len(gradients) == 1, f"the actor has 1 weight, you returned {len(gradients)} gradients"
    assert gradients[0] is not None, "the gradient is None: the tape saw no way to the weight"
    expect_array(gradients[0], [[-6.0]], "dQ/da = 2, mean of dmu/dw = 3, downhill on -Q")


@question
def symbolic_update(answer: Any) -> None:
    after = measure(answer, one_weight_step)
    expect_array(after, [[2.0]], "w = 0.5, gradient -6, a step of SGD with rate 0.25")


def one_weight_gradients(answer: Callable) -> list | None:
    """What the answer gives on the networks below."""
    import tensorflow as tf

    gradients = answer(*one_weight_networks(), tf.constant(OBSERVATIONS))
    return None if gradients is None else list(gradients)


def one_weight_step(answer: Callable) -> np.ndarray:
    """The actor's weight after the answer's step."""
    import keras
    import tensorflow as tf

    actor, critic = one_weight_networks()
    answer(actor, critic, keras.optimizers.SGD(0.25), tf.constant(OBSERVATIONS))
    return actor.get_weights()[0]


@question
def same_bits(answer: Any) -> None:
    one = np.float32([1.0, 2.0])
    near = np.nextafter(one, np.float32(9))
    assert answer([one], [one.copy()]), "equal arrays: expected True"
    assert not answer([one], [near]), "arrays that differ in the last bit: expected False"


@question
def float_steps(answer: Any) -> None:
    one = np.float32([1.0, 1.0])
    got = answer(one, np.float32([1.0, np.nextafter(np.float32(1), np.float32(2))]))
    array = expect_array(got, [0, 1], "the same number, and the next one")
    assert array.dtype == np.int64, f"expected int64, got {array.dtype}"


@form_only
def bit_equal_sizes(answer: Any) -> None:
    sizes = expect_numbers(answer, None, "bit_equal_sizes")
    assert list(sizes) == sorted(set(sizes)), "in increasing order, each once"


def one_weight_networks():
    """An actor mu(s) = 0.5 s and a critic Q(s, a) = 2 a."""
    import keras

    actor = keras.Sequential([keras.Input([1]), keras.layers.Dense(1, use_bias=False)])
    actor.set_weights([np.float32([[0.5]])])
    inputs = keras.Input([1]), keras.Input([1])
    joined = keras.layers.Concatenate()(inputs)
    critic = keras.Model(inputs, keras.layers.Dense(1, use_bias=False)(joined))
    critic.set_weights([np.float32([[0.0], [2.0]])])
    return actor, critic
