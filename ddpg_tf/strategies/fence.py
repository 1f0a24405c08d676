"""The fence between gradients and optimiser.

XLA compiles the gradient and the optimiser's arithmetic as one program and is free to fuse them: to
contract, say, the last product of a gradient and the first subtraction of Adam into one rounding
where without fusion there are two. Which of them it fuses depends on what surrounds them, and that
differs from strategy to strategy. A fence at the one place where all strategies meet takes this
freedom away: what lies behind it is the same program for all.

XLA's own optimisation barrier is not enough. It is dissolved before the loops of a CPU program are
fused: with a batch norm in the actor, the gradient of its scale then runs into Adam's moments. What
no compiler fuses across is a choice whose outcome only the run will tell.
"""

import tensorflow as tf
from tensorflow.python.ops.control_flow_util import GraphOrParentsInXlaContext


def compiling_with_xla() -> bool:
    """Return whether the code that runs now is being traced for `jit_compile=True`."""
    if tf.executing_eagerly():
        return False
    return GraphOrParentsInXlaContext(tf.compat.v1.get_default_graph())


def fence(tensors: list[tf.Tensor]) -> list[tf.Tensor]:
    """Return the same tensors; under XLA, finished before anything is done with them.

    Both ways of the choice lead to the tensors as they are. Outside XLA there is nothing to hold
    back, because each operation is a program of its own.
    """
    if not compiling_with_xla():
        return list(tensors)

    def as_they_are():
        return [tf.identity(tensor) for tensor in tensors]

    number = tf.reshape(tensors[0], [-1])[0]
    return list(tf.cond(number == number, as_they_are, as_they_are))
