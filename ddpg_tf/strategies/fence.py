"""The fence between gradients and optimiser.

A compiler sees gradient and optimiser as one program and is free to rearrange it: to contract, say,
the last product of a gradient and the first subtraction of Adam into one operation that rounds once
where two operations would round twice. Which of these it does depends on the surrounding program,
and that differs from strategy to strategy. A fence at the one place where all strategies meet takes
this freedom away: behind it, the program is the same for all of them.

XLA's own optimisation barrier is not enough. It is dissolved before the loops of a CPU program are
fused: with a batch norm in the actor, the gradient of its scale is then fused with Adam's moments.
The one thing that no compiler moves arithmetic across is a branch whose outcome is known only when
the program runs.
"""

import keras
import tensorflow as tf

from ddpg_tf.validation import kind_of


def fence(tensors: list[tf.Tensor]) -> list[tf.Tensor]:
    """The same tensors; in a compiled program, computed before anything is done with them.

    Both branches return the tensors unchanged. In eager execution there is nothing to hold back:
    each operation is a program of its own.
    """
    if tf.executing_eagerly():
        return list(tensors)

    def unchanged():
        return [tf.identity(tensor) for tensor in tensors]

    number = tf.reshape(tensors[0], [-1])[0]
    # false only for NaN, and even then nothing changes; but no compiler can know the outcome
    return list(tf.cond(tf.equal(number, number), unchanged, unchanged))


def apply_gradients(
    optimizer: keras.optimizers.Optimizer,
    gradients: list[tf.Tensor],
    variables: list[keras.Variable],
) -> None:
    """Take one optimiser step with fenced gradients, one for each of the Keras `variables`.

    Every gradient in this library, the actor's and the critics', reaches its optimiser through this
    function or through one that takes its place: see `Strategy`'s argument `apply`.
    """
    try:
        optimizer.apply(fence(gradients), variables)
    except ValueError as error:
        if "Unknown variable" not in str(error):
            raise
        raise ValueError(
            "the optimizer has been used for other weights; make a new one for each network"
        ) from error


def require_optimizer(optimizer: object) -> None:
    """Raise TypeError unless it is a Keras optimiser."""
    if isinstance(optimizer, type) or not callable(getattr(optimizer, "apply", None)):
        raise TypeError(
            "optimizer must be a Keras optimiser, such as keras.optimizers.Adam(1e-3); got "
            f"{kind_of(optimizer)}"
        )
