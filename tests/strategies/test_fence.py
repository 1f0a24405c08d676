"""The fence holds where a compiler would otherwise fuse gradient and optimiser."""

import keras
import numpy as np
import pytest
import tensorflow as tf
from tensorflow.compiler.tf2xla.python.xla import optimization_barrier

from ddpg_tf.strategies import get_strategy
from ddpg_tf.strategies.fence import fence
from tests.sizes import small_version
from tests.strategies.bits import same_bits
from tests.strategies.networks import make_networks, make_observations

STEPS = 60


def weights_after_steps(name, normalization):
    """Return the actor's weights after XLA-compiled Adam steps on fresh batches of 64."""
    actor, critic = make_networks(17, 6, (64, 64), normalization=normalization)
    optimizer = keras.optimizers.Adam(1e-3)
    optimizer.build(actor.trainable_variables)
    strategy = get_strategy(name)
    step = tf.function(
        lambda states: strategy.update(actor, critic, optimizer, states), jit_compile=True
    )
    for k in range(STEPS):
        step(tf.constant(make_observations(64, 17, seed=k)))
    return actor.get_weights()


@pytest.mark.parametrize(
    "normalization",
    small_version([keras.layers.BatchNormalization, keras.layers.LayerNormalization], 1),
)
def test_normalized_networks_keep_their_bits_under_xla(normalization):
    """A batch norm's scale is where a barrier that dissolves before fusion fails, within steps."""
    expected = weights_after_steps("mean_q", normalization)
    for name in small_version(("output_gradients", "surrogate"), 1):
        assert same_bits(weights_after_steps(name, normalization), expected), name


@pytest.mark.tensorflow_internals
def test_the_fence_is_still_there_after_optimisation():
    @tf.function(jit_compile=True)
    def fenced(x):
        return fence([x * 2.0])[0] + 1.0

    hlo = fenced.experimental_get_compiler_ir(tf.ones(8))(stage="optimized_hlo")
    assert "conditional(" in hlo


@pytest.mark.tensorflow_internals
def test_the_barrier_of_xla_itself_is_not():
    """The reason for a fence of our own, see its docstring."""

    @tf.function(jit_compile=True)
    def barred(x):
        return optimization_barrier(x * 2.0)[0] + 1.0

    program = barred.experimental_get_compiler_ir(tf.ones(8))
    assert "opt-barrier" in program(stage="hlo")
    assert "opt-barrier" not in program(stage="optimized_hlo")


@pytest.mark.parametrize("jit_compile", [True, False])
def test_the_fence_changes_nothing(jit_compile):
    tensors = [np.array([np.nan, -0.0, np.inf], np.float32), np.array([[1.5]], np.float64)]
    fenced = tf.function(lambda *x: fence(list(x)), jit_compile=jit_compile)(*tensors)
    assert same_bits(fenced, tensors)
    assert same_bits(fence([tf.constant(x) for x in tensors]), tensors)
