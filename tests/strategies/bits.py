"""Equality to the bit, and the execution modes in which it is promised."""

import numpy as np
import tensorflow as tf

BIT_EQUAL = ("output_gradients", "get_updates", "surrogate")
"""The strategies that give the bits of `mean_q` when the batch size is a power of two."""

MODES = ("eager", "graph", "xla")


def in_mode(mode, function):
    """Return `function` as it runs eagerly, in `tf.function`, or compiled by XLA."""
    if mode == "eager":
        return function
    return tf.function(function, jit_compile=mode == "xla")


def same_bits(left, right):
    """Return whether two lists of floating-point arrays agree in every bit, signs of zeros too."""
    return all(bits(a) == bits(b) for a, b in zip(left, right, strict=True))


def bits(array):
    array = np.asarray(array)
    return array.dtype, array.shape, array.tobytes()


def largest(arrays):
    return max(np.abs(array).max() for array in arrays)


def largest_difference(left, right):
    return largest([np.asarray(a) - np.asarray(b) for a, b in zip(left, right, strict=True)])
