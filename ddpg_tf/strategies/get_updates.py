"""Keras 2's symbolic way, alive in Keras 3.

    loss    =  -mean Q(s, mu(s))
    updates =  optimizer.get_updates(params, loss)       a list of operations, nothing has run yet
    train   =  function([states], [loss], updates)       a callable: feed, fetch, and run them

Keras 2 had no tape. A program first drew a graph of symbols; `tf.gradients` extended that graph by
the symbols of the derivative, `get_updates` by the operations that assign new weights;
`K.function` ran the parts it was asked for. Keras 3 removed all three. They are rebuilt here from
what TensorFlow 2 still has: a graph to draw in, `tf.gradients`, and pruning of a graph to the part
between chosen feeds and fetches.

The loss is that of `mean_q`, and so is the mathematics; but nothing of its tape is used.

In public code: keras-rl's `DDPGAgent`, on Keras 2.
"""

from contextlib import contextmanager, nullcontext

import tensorflow as tf

from ddpg_tf.strategies.base import (
    Strategy,
    connected,
    policy_actions,
    q_values,
    tf_variables,
    weights_of,
)
from ddpg_tf.strategies.fence import fence


class GetUpdates(Strategy):
    """`tf.gradients` of -mean Q in a graph, turned into update operations and run by `function`.

    As a strategy keeps no state, each eager call draws its graph anew, which costs more than
    running it. To draw it once, as Keras 2 did, call the strategy inside a `tf.function` or use
    `SymbolicGraph` yourself.
    """

    name = "get_updates"

    def loss_and_gradients(self, actor, critic, observations):
        observations = tf.convert_to_tensor(observations)
        with SymbolicGraph() as graph:
            states = graph.placeholder(observations)
            loss = self.loss(actor, critic, states)
            gradients = symbolic_gradients(loss, weights_of(actor))
            evaluate = graph.function([states], [loss, *gradients], graph.layer_updates())
        loss, *gradients = evaluate([observations])
        return loss, gradients

    def update(self, actor, critic, optimizer, observations):
        observations = tf.convert_to_tensor(observations)
        optimizer = SymbolicOptimizer(optimizer, actor.trainable_variables)
        with SymbolicGraph() as graph:
            states = graph.placeholder(observations)
            loss = self.loss(actor, critic, states)
            updates = graph.layer_updates()
            updates += optimizer.get_updates(actor.trainable_variables, loss)
            train = graph.function([states], [loss], updates)
        return train([observations])[0]

    def loss(self, actor, critic, states):
        """Return the symbol of -mean Q(s, mu(s)), a scalar."""
        actions = self.transform_on_the_way_back(policy_actions(actor, states))
        return -tf.reduce_mean(q_values(critic, states, actions))


def symbolic_gradients(loss, weights) -> list[tf.Tensor]:
    """Extend the graph of `loss` by its derivatives with respect to `weights`."""
    return connected(tf.gradients(loss, weights), weights)


class SymbolicOptimizer:
    """A Keras 3 optimiser with the method that Keras 2's had."""

    def __init__(self, optimizer, params):
        if not optimizer.built:
            optimizer.build(params)
        self.optimizer = optimizer

    def get_updates(self, params, loss) -> list[tf.Operation]:
        """Extend the graph of `loss` by one optimiser step on `params`; return its operations.

        They are bundled in one operation, a call, inside which TensorFlow keeps reads and
        assignments in the order of the program.
        """
        gradients = fence(symbolic_gradients(loss, tf_variables(params)))

        @tf.function(autograph=False)
        def step():
            self.optimizer.apply(gradients, params)
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
        """Return a symbol of the shape and dtype of `like`."""
        return tf.compat.v1.placeholder(like.dtype, like.shape)

    def layer_updates(self) -> list[tf.Operation]:
        """Return the assignments drawn so far: batch norm's moments (Keras 2's `model.updates`)."""
        operations = self._function.graph.get_operations()
        return [operation for operation in operations if operation.type.startswith("Assign")]

    def function(self, inputs, outputs, updates):
        """Return a callable: a list of values for `inputs` in, a list of `outputs` out.

        Each call also runs `updates`, and nothing else of the graph.
        """
        run = self._function.prune(inputs, [outputs, updates])

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
