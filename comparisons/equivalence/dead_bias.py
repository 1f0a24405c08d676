"""The bias before a batch norm: its true gradient is zero, and an optimiser moves it all the same.

Batch norm subtracts the mean over the batch, and with it every constant that was added before. What
a backward pass returns for such a bias is rounding noise. Adam divides a gradient by its own size.
"""

import keras
import numpy as np
import tensorflow as tf

from comparisons.equivalence.cancellation import rms
from comparisons.equivalence.problem import build_networks, flat, make_observations
from comparisons.study import Track
from ddpg_tf.strategies import get_strategy
from ddpg_tf.strategies.action_gradient import action_gradient
from ddpg_tf.strategies.tensors import policy_actions
from ddpg_tf.training.lockstep import same_bits

NAMES = ("mean_q", "output_gradients")
BATCH_SIZES = (64, 100)
EPSILONS = (1e-7, 1e-8)
"""Adam's epsilon in Keras, and in TensorFlow 1 and PyTorch."""
LEARNING_RATE = 1e-3


def measure_dead_bias(quick: bool, track: Track) -> dict:
    """The gradients of the bias and what Adam makes of them."""
    exponents = (0, 16) if quick else (0, 3, 6, 9, 12, 15, 18)
    walks = [(size, epsilon) for epsilon in EPSILONS for size in BATCH_SIZES]
    walks = walks[:2] if quick else walks
    return {
        "gradients": [gradient_record(size) for size in track(BATCH_SIZES, "dead bias")],
        "updates": 5 if quick else 100,
        "walks": [
            record
            for size, epsilon in track(walks, "dead bias under Adam")
            for record in walk_records(size, epsilon, exponents, 5 if quick else 100)
        ],
    }


def gradient_record(batch_size: int) -> dict:
    """The size of the bias's gradient, float32 and float64, beside its kernel's.

    difference: largest |difference| between the two strategies over the largest |component|.
    """
    found = {dtype: dead_gradients(batch_size, dtype) for dtype in ("float32", "float64")}
    (kernel, bias), (_, other) = (found["float32"][name] for name in NAMES)
    return {
        "batch_size": batch_size,
        "kernel": largest(kernel),
        "bias": largest(bias),
        "bias_float64": largest(found["float64"][NAMES[0]][1]),
        "same_bits": bool(same_bits(bias, other).all()),
        "difference": largest(bias - other) / largest(bias),
    }


def dead_gradients(batch_size: int, dtype: str) -> dict:
    """{strategy: (gradient of the kernel, of the bias)} of the layer before a batch norm."""
    actor, critic = build_networks("batch", (32,), dtype)
    layer, observations = first_dense(actor), make_observations(batch_size, dtype)
    where = [
        index
        for wanted in (layer.kernel, layer.bias)
        for index, weight in enumerate(actor.trainable_variables)
        if weight is wanted
    ]
    found = {}
    for name in NAMES:
        gradients = get_strategy(name).gradients(actor, critic, observations)
        found[name] = tuple(gradients[index].numpy() for index in where)
    return found


def first_dense(actor: keras.Model) -> keras.layers.Dense:
    """The first dense layer; a batch norm follows it."""
    return next(layer for layer in actor.layers if isinstance(layer, keras.layers.Dense))


def largest(array: np.ndarray) -> float:
    """The largest |component|."""
    return float(np.max(np.abs(array)))


def walk_records(
    batch_size: int, epsilon: float, exponents: tuple[int, ...], updates: int
) -> list[dict]:
    """A record for each scale 2^k of dQ/da after so many Adam updates on new batches.

    bias_step, kernel_step: mean |change| of a component in one update, in learning rates.
    apart: largest |difference| of the bias between the two strategies, in learning rates.
    """
    walkers = {name: Walker(name, epsilon, batch_size) for name in NAMES}
    records = []
    for exponent in exponents:
        walks = {name: walker.walk(2.0**exponent, updates) for name, walker in walkers.items()}
        kernel, bias = walks[NAMES[0]]
        other = walks[NAMES[1]][1]
        records.append(
            {
                "batch_size": batch_size,
                "epsilon": epsilon,
                "dq_da": walkers[NAMES[0]].dq_da * 2.0**exponent,
                "bias_step": mean_step(bias),
                "kernel_step": mean_step(kernel),
                "same_bits": bool(same_bits(bias, other).all()),
                "apart": largest(bias - other) / LEARNING_RATE,
            }
        )
    return records


def mean_step(path: np.ndarray) -> float:
    """The mean |change| from one row to the next, in learning rates."""
    return float(np.mean(np.abs(np.diff(path, axis=0)))) / LEARNING_RATE


class Walker:
    """An actor that one strategy trains against a fixed critic, over and over from the start."""

    def __init__(self, name: str, epsilon: float, batch_size: int):
        self.actor, self.critic = build_networks("batch", (32,), "float32")
        self.scale = tf.Variable(1.0, trainable=False)
        self.optimizer = keras.optimizers.Adam(LEARNING_RATE, epsilon=epsilon)
        self.optimizer.build(self.actor.trainable_variables)
        variables = [*self.actor.weights, *self.optimizer.variables]
        self.start = [(variable, variable.numpy()) for variable in variables]
        self.batch_size = batch_size
        strategy = get_strategy(name, lambda dq_da, actions: self.scale * dq_da)
        self.update = tf.function(
            lambda observations: strategy.update(
                self.actor, self.critic, self.optimizer, observations
            )
        )
        observations = make_observations(batch_size, "float32")
        actions = policy_actions(self.actor, observations)
        self.dq_da = rms(action_gradient(self.critic, observations, actions)[1])

    def walk(self, scale: float, updates: int) -> tuple[np.ndarray, np.ndarray]:
        """Kernel and bias before and after each update, [updates + 1, components]."""
        for variable, value in self.start:
            variable.assign(value)
        self.scale.assign(scale)
        layer = first_dense(self.actor)
        kernels, biases = [flat([layer.kernel])], [flat([layer.bias])]
        for seed in range(updates):
            self.update(make_observations(self.batch_size, "float32", seed))
            kernels.append(flat([layer.kernel]))
            biases.append(flat([layer.bias]))
        return np.array(kernels), np.array(biases)
