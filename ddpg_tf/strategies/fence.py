"""The fence between gradients and optimiser.

XLA compiles the gradient and the optimiser's arithmetic as one program and is free to fuse them
differently for each strategy, for instance to contract a product and a sum into one rounding here
and two there. An optimisation barrier takes that freedom away at the one place where all
strategies meet: on both sides of it the same mathematics becomes the same instructions.
"""

import tensorflow as tf
from tensorflow.compiler.tf2xla.python.xla import optimization_barrier
from tensorflow.python.ops.control_flow_util import GraphOrParentsInXlaContext


def compiling_with_xla() -> bool:
    """Return whether the code that runs now is being traced for `jit_compile=True`."""
    if tf.executing_eagerly():
        return False
    return GraphOrParentsInXlaContext(tf.compat.v1.get_default_graph())


def fence(tensors: list[tf.Tensor]) -> list[tf.Tensor]:
    """Return the same tensors, behind a barrier that XLA moves no arithmetic across.

    Outside XLA there is nothing to hold back, and the barrier has no kernel: they just pass.
    """
    return list(optimization_barrier(*tensors)) if compiling_with_xla() else list(tensors)
