"""Updates as one compiled program, entered with as little as possible on the way.

A learner that makes one update a step enters TensorFlow at every step. Three things make the way in
and out shorter: a program is found by the shapes of its batches, where a `tf.function` would look
at every argument; all of a batch goes in as one array; and what acting needs of the new weights
comes out with the metrics.
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
        self.function = tf.function(self._in_turn, autograph=False, jit_compile=jit_compile)
        self.compiled: dict[tuple, tf.types.experimental.ConcreteFunction] = {}

    def __call__(self, batches: Batch) -> tuple[dict[str, np.ndarray], list[np.ndarray]]:
        """Run it on batches with all fields; the metrics, [K] each, and the weights."""
        shapes = tuple(field.shape for field in batches)
        arrays = [tf.constant(array) for array in packed(batches)]
        if shapes not in self.compiled:
            self.compiled[shapes] = self.function.get_concrete_function(arrays, shapes)
        program = self.compiled[shapes]
        flat = *arrays, *program.captured_inputs
        metrics, weights = program.inference_fn.call_preflattened(flat)
        return (
            {name: values.numpy() for name, values in metrics.items()},
            [values.numpy() for values in weights],
        )

    def _in_turn(self, arrays, shapes):
        """One update after the other on `packed` batches; the metrics and the weights."""
        batches, metrics = unpacked(arrays, shapes), self.metrics
        found = tf.map_fn(self.update, batches, fn_output_signature=metrics, parallel_iterations=1)
        return found, [tf.identity(weight) for weight in self.weights]


def packed(batches: Batch) -> list[np.ndarray]:
    """All fields of batches [K, B, ...] side by side, in one array [K, B, width] of float32.

    Images, which are large, are not copied: with them each field is an array of its own.
    """
    leading = batches.rewards.shape
    if batches.observations.ndim > len(leading) + 1:
        return [np.asarray(field, np.float32) for field in batches]
    fields = [field.reshape(*leading, -1) for field in batches]
    return [np.concatenate(fields, axis=-1, dtype=np.float32)]


def unpacked(arrays: Sequence[tf.Tensor], shapes: Sequence[tuple[int, ...]]) -> Batch:
    """The fields, of these shapes, of `packed` batches."""
    if len(arrays) > 1:
        return Batch(*arrays)
    fields = tf.split(arrays[0], [size(shape) for shape in shapes], axis=-1)
    return Batch(*(tf.reshape(field, shape) for field, shape in zip(fields, shapes, strict=True)))


def size(shape: tuple[int, ...]) -> int:
    """How many numbers a row of a field [K, B, ...] has."""
    return int(np.prod(shape[2:]))
