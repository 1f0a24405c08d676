"""The fence between gradients and optimiser.

A compiler takes gradient and optimiser as one program and is free to rearrange them: to contract,
say, the last product of a gradient and the first subtraction of Adam into one rounding where
without it there are two. What it does depends on what surrounds them, and that differs from
strategy to strategy. A fence at the one place where all strategies meet takes this freedom away:
what lies behind it is the same program for all.

XLA's own optimisation barrier is not enough. It is dissolved before the loops of a CPU program are
fused: with a batch norm in the actor, the gradient of its scale then runs into Adam's moments. What
no compiler moves arithmetic across is a choice whose outcome only the run will tell.
"""

import tensorflow as tf


def fence(tensors: list[tf.Tensor]) -> list[tf.Tensor]:
    """Return the same tensors; in a compiled program, finished before anything is done with them.

    Both ways of the choice lead to the tensors as they are. In eager execution there is nothing to
    hold back: each operation is a program of its own.
    """
    if tf.executing_eagerly():
        return list(tensors)

    def as_they_are():
        return [tf.identity(tensor) for tensor in tensors]

    number = tf.reshape(tensors[0], [-1])[0]
    return list(tf.cond(tf.equal(number, number), as_they_are, as_they_are))
