"""Updates as one compiled program, entered with as little as possible on the way.

A learner that makes one update a step enters TensorFlow at every step, and with small networks the
way in and out takes as long as the update. Three things make it shorter: a program is found by the
shapes of its batches, where a `tf.function` would look at every argument; all of a batch goes in as
one array; and what acting needs of the new weights comes out with the metrics.
"""

from collections.abc import Callable, Mapping, Sequence

import numpy as np
import tensorflow as tf

from ddpg_tf.replay import Batch


class Program:
    """K updates in one call: batches [K, B, ...] -> each metric of each update, and some weights.

    update: a function of a Batch [B, ...] of tensors that gives a dict of tensors. metrics: their
    dtypes, by name. weights: the variables to be read after the last update. jit_compile: by XLA;
    each shape of batches is compiled once.
    """

    def __init__(
        self,
        update: Callable[[Batch], dict[str, tf.Tensor]],
        metrics: Mapping[str, tf.DType],
        weights: Sequence[tf.Variable],
        jit_compile: bool,
    ):
        self.update = update
        self.metrics = dict(metrics)
        self.weights = weights
        self.jit_compile = jit_compile
        self.compiled: dict[tuple, Callable] = {}

    def __call__(self, batches: Batch) -> tuple[dict[str, np.ndarray], list[np.ndarray]]:
        """Run it on all fields of batches, float32; the metrics, [K] each, and the weights."""
        shapes = tuple(rows.shape for rows in batches)
        if shapes not in self.compiled:
            self.compiled[shapes] = self.compile(shapes)
        metrics, weights = self.compiled[shapes](tf.constant(packed(batches)))
        return (
            {name: values.numpy() for name, values in metrics.items()},
            [values.numpy() for values in weights],
        )

    def compile(self, shapes: tuple[tuple[int, ...], ...]) -> Callable:
        """The program for batches of these shapes, a function of `packed` batches."""

        def updates(rows):
            metrics = tf.map_fn(
                self.update,
                unpacked(rows, shapes),
                fn_output_signature=self.metrics,
                parallel_iterations=1,
            )
            return metrics, [tf.identity(weight) for weight in self.weights]

        function = tf.function(updates, autograph=False, jit_compile=self.jit_compile)
        width = sum(size(shape) for shape in shapes)
        program = function.get_concrete_function(tf.TensorSpec((*shapes[0][:2], width)))
        captured = program.captured_inputs
        return lambda rows: program.inference_fn.call_preflattened((rows, *captured))


def packed(batches: Batch) -> np.ndarray:
    """All fields of batches [K, B, ...] side by side, [K, B, width]."""
    leading = batches.rewards.shape
    return np.concatenate([rows.reshape(*leading, -1) for rows in batches], axis=-1)


def unpacked(rows: tf.Tensor, shapes: Sequence[tuple[int, ...]]) -> Batch:
    """The fields, of these shapes, of `packed` batches [K, B, width]."""
    fields = tf.split(rows, [size(shape) for shape in shapes], axis=-1)
    return Batch(*(tf.reshape(field, shape) for field, shape in zip(fields, shapes, strict=True)))


def size(shape: tuple[int, ...]) -> int:
    """How many numbers a row of a field [K, B, ...] has."""
    return int(np.prod(shape[2:]))
