"""What Keras 2 had and Keras 3 removed: the graph, the optimiser and the function of `get_updates`.

Keras 2 had no tape. A program first drew a graph of symbols; `tf.gradients` extended that graph by
the symbols of the derivative, `get_updates` by the operations that assign new weights;
`K.function` ran the parts it was asked for. All three are rebuilt here from what TensorFlow 2 still
has: a graph to draw in, `tf.gradients`, and pruning of a graph to the part between chosen feeds and
fetches.
"""

from collections.abc import Callable, Sequence
from contextlib import contextmanager, nullcontext

import keras
import tensorflow as tf

from ddpg_tf.strategies.fence import apply_gradients
from ddpg_tf.strategies.tensors import connected, tf_variables


def symbolic_gradients(loss: tf.Tensor, weights: Sequence[tf.Variable]) -> list[tf.Tensor]:
    """Extend the graph of `loss` by its derivatives with respect to `weights`."""
    return connected(tf.gradients(loss, weights), weights)


class SymbolicOptimizer:
    """A Keras 3 optimiser with the method that Keras 2's had.

    apply: how gradients reach the optimiser, see `base.Strategy`.
    """

    def __init__(
        self,
        optimizer: keras.optimizers.Optimizer,
        params: list[keras.Variable],
        apply: Callable = apply_gradients,
    ):
        if not optimizer.built:
            optimizer.build(params)
        self.optimizer = optimizer
        self.apply = apply

    def get_updates(self, params: list[keras.Variable], loss: tf.Tensor) -> list[tf.Operation]:
        """Extend the graph of `loss` by the operations of one optimiser step on `params`.

        They are bundled in one operation, a call, inside which TensorFlow keeps reads and
        assignments in the order of the program.
        """
        gradients = symbolic_gradients(loss, tf_variables(params))

        @tf.function(autograph=False)
        def step():
            self.apply(self.optimizer, gradients, params)
            return self.optimizer.iterations.value

        return [step().op]


class SymbolicGraph:
    """The graph that Keras 2 kept in the background, and its `function`.

    A context manager: what is computed inside only adds symbols to the graph.
    """

    def __init__(self):
        self._function = tf.compat.v1.wrap_function(lambda: None, [])
        self._context = self._function.graph.as_default()

    def __enter__(self):
        self._context.__enter__()
        return self

    def __exit__(self, *exception):
        return self._context.__exit__(*exception)

    def placeholder(self, like: tf.Tensor) -> tf.Tensor:
        """A symbol of the shape and dtype of `like`."""
        return tf.compat.v1.placeholder(like.dtype, like.shape)

    def layer_updates(self) -> list[tf.Operation]:
        """The assignments drawn so far: batch norm's moments (Keras 2's `model.updates`)."""
        operations = self._function.graph.get_operations()
        return [operation for operation in operations if operation.type.startswith("Assign")]

    def function(
        self, inputs: list[tf.Tensor], outputs: list[tf.Tensor], updates: list[tf.Operation]
    ) -> Callable:
        """A callable that takes a list of values for `inputs` and gives a list of `outputs`.

        Each call also runs `updates`, and nothing else in the graph but all reads of weights: a
        call is over when they are, so that what the caller assigns next cannot come before them.
        """
        operations = self._function.graph.get_operations()
        reads = [operation for operation in operations if operation.type == "ReadVariableOp"]
        run = self._function.prune(inputs, [outputs, updates, reads])

        def call(values):
            with as_drawn() if tf.executing_eagerly() else nullcontext():
                return run(*values)[0]

        return call


@contextmanager
def as_drawn():
    """Run graphs as they were drawn, operation by operation.

    TensorFlow would otherwise first rewrite them, for instance merge a matrix product and the bias
    added to it into one operation that rounds differently: not the bits of eager execution.
    """
    options = tf.config.optimizer.get_experimental_options()
    tf.config.optimizer.set_experimental_options({"disable_meta_optimizer": True})
    try:
        yield
    finally:
        restored = {"disable_meta_optimizer": False} | options
        tf.config.optimizer.set_experimental_options(restored)
