"""Updates as one compiled program, entered with as little as possible on the way.

A learner that makes one update a step enters TensorFlow at every step. Three things make the way in
and out shorter: a program is found by the shapes of its batches, where a `tf.function` would look
at every argument; all of a batch goes in as one array; and what acting needs of the new weights
comes out with the metrics, without being copied.
"""

from collections.abc import Callable, Mapping, Sequence

import numpy as np
import tensorflow as tf

from ddpg_tf.batch import Batch


class Program:
    """K updates in one call: batches [K, B, ...] -> each metric of each update, and some weights.

    update: a function of a Batch [B, ...] of tensors that gives a dict of tensors. metrics: their
    dtypes, by name. weights: the variables to be read after the updates. jit_compile: by XLA; each
    shape of batches is compiled once.
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
        self.function_for_each = tf.function(self._each, autograph=False, jit_compile=jit_compile)
        self.compiled: dict[tuple, tf.types.experimental.ConcreteFunction] = {}
        self.compiled_for_each: dict[tuple, tf.types.experimental.ConcreteFunction] = {}

    def __call__(self, batches: Batch) -> tuple[dict[str, np.ndarray], list[np.ndarray]]:
        """Run it on batches with all fields; the metrics, [K] each, and the weights."""
        shapes, arrays = shapes_of(batches), [tf.constant(array) for array in packed(batches)]
        if shapes not in self.compiled:
            self.compiled[shapes] = self.function.get_concrete_function(shapes, arrays)
        return called(self.compiled[shapes], arrays)

    def after_each(
        self, batches: Batch, most: int
    ) -> tuple[dict[str, np.ndarray], list[np.ndarray]]:
        """As a call, but with the weights after each of the K updates, [K, ...].

        most: the largest K; one program is compiled for all K up to it.
        """
        count = len(batches.rewards)
        arrays = [tf.constant(lengthened(array, most)) for array in packed(batches)]
        shapes = tuple((most, *shape[1:]) for shape in shapes_of(batches))
        inputs = *arrays, tf.constant(count)
        if shapes not in self.compiled_for_each:
            program = self.function_for_each.get_concrete_function(shapes, inputs)
            self.compiled_for_each[shapes] = program
        metrics, weights = called(self.compiled_for_each[shapes], inputs)
        return (
            {name: values[:count] for name, values in metrics.items()},
            [values[:count] for values in weights],
        )

    def _in_turn(self, shapes, arrays):
        """One update after the other on `packed` batches; the metrics and the last weights."""
        batches, metrics = unpacked(arrays, shapes), self.metrics
        found = tf.map_fn(self.update, batches, fn_output_signature=metrics, parallel_iterations=1)
        return found, [tf.identity(weight) for weight in self.weights]

    def _each(self, shapes, inputs):
        """As `_in_turn`, for as many of the batches as are wanted; the weights after each."""
        *arrays, wanted = inputs
        batches, names = unpacked(arrays, shapes), list(self.metrics)
        kinds = [(dtype, ()) for dtype in self.metrics.values()]
        kinds += [(weight.dtype, weight.shape) for weight in self.weights]
        most = shapes[0][0]
        lists = [tf.TensorArray(dtype, most, element_shape=shape) for dtype, shape in kinds]

        def step(k, lists):
            found = self.update(batches.map(lambda rows: rows[k]))
            values = *(found[name] for name in names), *map(tf.identity, self.weights)
            return k + 1, [some.write(k, value) for some, value in zip(lists, values, strict=True)]

        _, lists = tf.while_loop(
            lambda k, lists: k < wanted, step, (0, lists), parallel_iterations=1
        )
        stacked = [some.stack() for some in lists]
        count = len(names)
        return dict(zip(names, stacked[:count], strict=True)), stacked[count:]


class Bookmark:
    """The values of some variables at one moment, to go back to.

    They are not copied: the next update has to write to new memory while somebody holds the old.
    """

    def __init__(self, variables: Sequence[tf.Variable]):
        self.variables = variables
        function = tf.function(lambda: [variable.read_value() for variable in variables])
        self.read = function.get_concrete_function()
        self.values: list[tf.Tensor] = []

    def set(self) -> None:
        """Keep the present values."""
        self.values = self.read()

    def go_back(self) -> None:
        """Give the variables the values that were kept."""
        for variable, value in zip(self.variables, self.values, strict=True):
            variable.assign(value)


def called(program, inputs: Sequence[tf.Tensor]) -> tuple[dict[str, np.ndarray], list[np.ndarray]]:
    """What a concrete function gives. The weights are not copied, and cannot be changed."""
    flat = *inputs, *program.captured_inputs
    metrics, weights = program.inference_fn.call_preflattened(flat)
    return (
        {name: values.numpy() for name, values in metrics.items()},
        [np.asarray(values) for values in weights],
    )


def shapes_of(batches: Batch) -> tuple[tuple[int, ...], ...]:
    """The shapes of all fields."""
    return tuple(field.shape for field in batches)


def lengthened(array: np.ndarray, length: int) -> np.ndarray:
    """The array [K, ...] with zeros after it, [length, ...]."""
    longer = np.zeros((length, *array.shape[1:]), array.dtype)
    longer[: len(array)] = array
    return longer


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
