import keras
import numpy as np
import pytest
from keras import layers

from ddpg_tf.networks.build import build_actor
from ddpg_tf.networks.policy import KerasPolicy, NumpyPolicy, policy_of

LOW, HIGH = np.float32([-1, 0.5]), np.float32([3, 0.75])


def shaken(model, seed=0):
    """Give every weight a value of its own; moving variances stay positive.

    Kernels are scaled so that activations stay near 1: the 1e-6 below is 8 float32 roundings of 1.
    """
    generator = np.random.default_rng(seed)
    for weight in model.weights:
        scale = weight.shape[0] ** -0.5 if len(weight.shape) > 1 else 0.5
        values = generator.normal(scale=scale, size=weight.shape)
        positive = weight.path.endswith(("variance", "gamma", "stddev"))
        weight.assign(np.abs(values) + 0.5 if positive else values)
    return model


def chain(*steps):
    inputs = keras.Input((3,))
    x = inputs
    for step in steps:
        x = step(x)
    return keras.Model(inputs, x)


KNOWN = {
    "plain": lambda: build_actor(3, LOW, HIGH, (32, 32)),
    "selu": lambda: build_actor(3, LOW, HIGH, (32, 32), activation="selu"),
    "layer norm": lambda: build_actor(3, LOW, HIGH, (32, 32), "layer"),
    "batch norm": lambda: build_actor(3, LOW, HIGH, (32, 32), "batch"),
    "sequential": lambda: keras.Sequential(
        [
            keras.Input((3,)),
            layers.Dense(16, activation="relu"),
            layers.Dense(16, activation="sigmoid"),
            layers.Dense(2, activation="tanh"),
        ]
    ),
    "separate activations": lambda: chain(
        layers.Dense(16),
        layers.Activation("tanh"),
        layers.Dense(16),
        layers.ReLU(),
        layers.Dense(2),
    ),
    "without bias": lambda: chain(layers.Dense(16, use_bias=False), layers.Dense(2, "tanh")),
    "rescaled by one number": lambda: chain(layers.Dense(2, "tanh"), layers.Rescaling(2.0, 0.5)),
    "own epsilons": lambda: chain(
        layers.Dense(16),
        layers.LayerNormalization(epsilon=0.1),
        layers.BatchNormalization(epsilon=0.2),
        layers.Dense(2),
    ),
}


class Doubling(layers.Layer):
    def call(self, x):
        return 2 * x


def residual():
    inputs = keras.Input((3,))
    x = layers.Dense(8, "relu")(inputs)
    x = layers.Add()([x, layers.Dense(8, "relu")(x)])
    return keras.Model(inputs, layers.Dense(2, "tanh")(x))


def two_branches():
    inputs = keras.Input((3,))
    branches = [layers.Dense(4, "relu")(inputs), layers.Dense(4, "tanh")(inputs)]
    return keras.Model(inputs, layers.Dense(2, "tanh")(layers.Concatenate()(branches)))


def one_layer_twice():
    inputs = keras.Input((3,))
    shared = layers.Dense(3, "tanh")
    return keras.Model(inputs, shared(shared(inputs)))


def beside_the_chain():
    """The layers in order look like a chain, but the last one is fed by the first."""
    inputs = keras.Input((3,))
    first = layers.Dense(3, "relu")(inputs)
    second = layers.Dense(3, "relu")(first)
    return keras.Model(inputs, layers.Add()([first, second]))


class Subclassed(keras.Model):
    """Its layers alone do not say what it computes."""

    def __init__(self):
        super().__init__()
        self.dense = layers.Dense(2, "tanh")

    def call(self, observations):
        return 3 * self.dense(observations)


class SubclassedSequential(keras.Sequential):
    def call(self, inputs, training=None):
        return -super().call(inputs, training=training)


def built(model):
    model(np.zeros((1, 3), np.float32))
    return model


UNKNOWN = {
    "residual": residual,
    "two branches": two_branches,
    "one layer twice": one_layer_twice,
    "beside the chain": beside_the_chain,
    "custom layer": lambda: chain(layers.Dense(2, "tanh"), Doubling()),
    "own activation": lambda: chain(layers.Dense(2, activation=lambda x: x**2)),
    "elu": lambda: chain(layers.Dense(8, "elu"), layers.Dense(2)),
    "leaky": lambda: chain(layers.Dense(8), layers.ReLU(negative_slope=0.1), layers.Dense(2)),
    "capped": lambda: chain(layers.Dense(8), layers.ReLU(max_value=0.5), layers.Dense(2)),
    "without centre": lambda: chain(layers.LayerNormalization(center=False), layers.Dense(2)),
    "without scale": lambda: chain(layers.BatchNormalization(scale=False), layers.Dense(2)),
    "nested": lambda: chain(KNOWN["sequential"](), layers.Dense(2)),
    "subclassed": lambda: built(Subclassed()),
    "subclassed sequential": lambda: SubclassedSequential([keras.Input((3,)), layers.Dense(2)]),
}


def observations(*leading):
    return np.random.default_rng(9).normal(size=(*leading, 3)).astype(np.float32)


def assert_same_function(policy, actor):
    batch = observations(50)
    expected = np.array(actor(batch, training=False))
    np.testing.assert_allclose(policy(batch), expected, rtol=0, atol=1e-6)
    single = policy(batch[7])
    assert single.shape == expected[7].shape
    assert single.dtype == np.float32
    np.testing.assert_allclose(single, expected[7], rtol=0, atol=1e-6)
    two_axes = policy(batch.reshape(5, 10, 3))
    np.testing.assert_allclose(two_axes, expected.reshape(5, 10, -1), rtol=0, atol=1e-6)
    np.testing.assert_array_equal(policy(batch.astype(np.float64)), policy(batch))


@pytest.mark.parametrize("name", KNOWN)
def test_the_numpy_policy_is_the_actor(name):
    actor = shaken(KNOWN[name]())
    policy = policy_of(actor)
    assert isinstance(policy, NumpyPolicy)
    assert_same_function(policy.snapshot(), actor)


@pytest.mark.parametrize("name", UNKNOWN)
def test_an_actor_that_numpy_does_not_know_is_called(name):
    actor = shaken(UNKNOWN[name]())
    policy = policy_of(actor)
    assert isinstance(policy, KerasPolicy)
    assert_same_function(policy.snapshot(), actor)


def test_root_mean_square_layer_norm():
    # Keras's (deprecated) variant of layer norm: another formula, without a beta
    actor = shaken(chain(layers.LayerNormalization(rms_scaling=True), layers.Dense(2)))
    assert_same_function(policy_of(actor).snapshot(), actor)


def test_batch_norm_uses_the_moving_moments():
    actor = shaken(KNOWN["batch norm"]())
    snapshot = policy_of(actor).snapshot()
    batch = observations(50)
    # in training mode the moments are the batch's: the difference shows that the test can fail
    assert np.abs(snapshot(batch) - np.array(actor(batch, training=True))).max() > 1e-3


@pytest.mark.parametrize("name", ["plain", "batch norm"])
def test_a_snapshot_stays_and_the_next_one_follows(name):
    actor = shaken(KNOWN[name](), seed=1)
    policy = policy_of(actor)
    batch = observations(10)
    before = policy.snapshot()
    actions = before(batch)
    shaken(actor, seed=2)
    np.testing.assert_array_equal(before(batch), actions)
    assert np.abs(policy.snapshot()(batch) - actions).max() > 1e-2
    assert_same_function(policy.snapshot(), actor)


def test_a_called_actor_is_followed():
    actor = shaken(UNKNOWN["residual"](), seed=1)
    policy = policy_of(actor).snapshot()
    actions = policy(observations(10))
    shaken(actor, seed=2)
    assert np.abs(policy(observations(10)) - actions).max() > 1e-2
    assert_same_function(policy, actor)


def test_the_observation_is_not_changed():
    observation = observations(4)
    kept = observation.copy()
    for name in ("plain", "batch norm", "layer norm"):
        policy_of(shaken(KNOWN[name]())).snapshot()(observation)
    np.testing.assert_array_equal(observation, kept)
