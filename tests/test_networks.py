import math

import keras
import numpy as np
import pytest
import tensorflow as tf
from gymnasium.spaces import Box
from hypothesis import given, settings
from hypothesis import strategies as st

from ddpg_tf import DDPG, DDPGConfig, make_agent
from ddpg_tf.networks.build import build_actor, build_critic

LOW, HIGH = np.float32([-1, 0.5]), np.float32([3, 0.75])


def dense_layers(model):
    return [layer for layer in model.layers if isinstance(layer, keras.layers.Dense)]


def assert_uniform(values, limit):
    """All within +-limit, and filling the range as uniform numbers do."""
    values = np.ravel(values)
    assert np.abs(values).max() <= limit
    n = values.size
    # the variance of a uniform number is limit^2 / 3, that of its square limit^4 * 4 / 45
    assert abs(values.mean()) < 5 * limit / math.sqrt(3 * n)
    assert abs(np.mean(values**2) - limit**2 / 3) < 5 * limit**2 * math.sqrt(4 / 45 / n)


@pytest.mark.parametrize("normalization", ["none", "layer", "batch"])
def test_initial_weights_are_the_paper_s(normalization):
    actor = build_actor(17, -np.ones(6), np.ones(6), (400, 300), normalization)
    critic = build_critic(17, 6, (400, 300), normalization, action_layer=1)
    for model, fan_ins in ((actor, (17, 400)), (critic, (17, 406))):
        *hidden, last = dense_layers(model)
        assert [layer.kernel.shape[0] for layer in hidden] == list(fan_ins)
        for layer, fan_in in zip(hidden, fan_ins, strict=True):
            assert_uniform(layer.kernel, 1 / math.sqrt(fan_in))
            assert_uniform(layer.bias, 1 / math.sqrt(fan_in))
        assert_uniform(last.kernel, 3e-3)
        assert np.abs(last.bias).max() <= 3e-3


def test_equal_seeds_give_equal_weights_and_others_do_not():
    def weights(seed):
        actor = build_actor(3, LOW, HIGH, (8, 8), seed=seed)
        critic = build_critic(3, 2, (8, 8), seed=seed)
        return actor.get_weights() + critic.get_weights()

    for a, b, other in zip(weights(5), weights(5), weights(6), strict=True):
        np.testing.assert_array_equal(a, b)
        assert not np.array_equal(a, other)


def test_no_two_layers_start_alike():
    first, second, _ = dense_layers(build_actor(8, LOW, HIGH, (8, 8), seed=0))
    assert not np.array_equal(first.kernel, second.kernel)


def test_actor_and_critic_of_an_agent_start_differently():
    agent = DDPG(Box(-1, 1, (4,)), Box(-1, 1, (1,)), DDPGConfig(hidden_sizes=(8, 8)))
    # both second layers are 8 x 8
    actor, critic = (dense_layers(model)[1].kernel for model in (agent.actor, agent.critic))
    assert actor.shape == critic.shape
    assert not np.array_equal(actor, critic)


def test_the_first_actions_are_near_the_middle_and_the_first_values_near_zero():
    observations = np.random.default_rng(0).normal(size=(100, 3)).astype(np.float32)
    actor, critic = build_actor(3, LOW, HIGH), build_critic(3, 2)
    actions = np.array(actor(observations))
    middle, half_range = (HIGH + LOW) / 2, (HIGH - LOW) / 2
    assert (np.abs(actions - middle) < 0.3 * half_range).all()
    assert np.abs(critic([observations, actions])).max() < 0.3


def with_constant_output(actor, pre_activation):
    """Set the last layer so that its tanh is taken of `pre_activation`, whatever comes in."""
    last = dense_layers(actor)[-1]
    last.set_weights([np.zeros(last.kernel.shape), np.full(last.bias.shape, pre_activation)])


bound = st.floats(-1e3, 1e3, width=32)
bounds = st.lists(
    st.tuples(bound, bound).map(sorted).filter(lambda b: b[1] - b[0] > 1e-3), min_size=1, max_size=4
)


@settings(max_examples=15)
@given(bounds=bounds, seed=st.integers(0, 100))
def test_actions_fill_their_own_range_and_no_more(bounds, seed):
    low, high = np.float32(bounds).T
    agent = DDPG(
        Box(-np.inf, np.inf, (3,)), Box(low, high), DDPGConfig(hidden_sizes=(4,), seed=seed)
    )
    generator = np.random.default_rng(seed)
    # an actor with large weights, so that tanh is anywhere
    agent.actor.set_weights([5 * generator.normal(size=w.shape) for w in agent.actor.weights])
    for observation in generator.normal(size=(20, 3)):
        action = agent.act(observation)
        assert action.shape == low.shape
        assert (low <= action).all() and (action <= high).all()
    rounding = 2e-7 * np.maximum(np.abs(low), np.abs(high))
    for pre_activation, expected in ((0, (low + high) / 2), (50, high), (-50, low)):
        with_constant_output(agent.actor, pre_activation)
        for action in (agent.act(np.zeros(3)), np.array(agent.actor(np.zeros((1, 3))))[0]):
            assert (np.abs(action - expected) <= rounding).all()


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_no_action_leaves_the_box(dtype):
    low, high = np.array([-0.1, 0.1, -1e3], dtype), np.array([0.1, 0.7, 1e-3], dtype)
    space = Box(low, high, dtype=dtype)
    agent = DDPG(Box(-1, 1, (3,)), space, DDPGConfig(hidden_sizes=(4,)))
    for pre_activation in (-50, -9, 9, 50):
        with_constant_output(agent.actor, pre_activation)
        action = agent.act(np.zeros(3))
        assert isinstance(action, np.ndarray) and action.dtype == np.float32
        assert space.contains(action), f"{action.astype(float)} is outside {low}, {high}"


@pytest.mark.parametrize(("action_layer", "widths"), [(0, [5, 16, 8]), (1, [3, 18, 8])])
def test_the_action_enters_the_critic_where_it_is_told_to(action_layer, widths):
    critic = build_critic(3, 2, (16, 8), action_layer=action_layer)
    assert [layer.kernel.shape[0] for layer in dense_layers(critic)] == widths
    assert critic.output_shape == (None, 1)


def count(model, kind):
    return sum(isinstance(layer, kind) for layer in model.layers)


def test_where_the_normalization_layers_are():
    batch, layer = keras.layers.BatchNormalization, keras.layers.LayerNormalization
    actor = build_actor(3, LOW, HIGH, (8, 8), "batch")
    critic = build_critic(3, 2, (8, 8), "batch", action_layer=1)
    # the observations and both hidden layers; in the critic only what comes before the action
    assert (count(actor, batch), count(critic, batch)) == (3, 2)
    actor = build_actor(3, LOW, HIGH, (8, 8), "layer")
    critic = build_critic(3, 2, (8, 8), "layer", action_layer=1)
    assert (count(actor, layer), count(critic, layer)) == (2, 2)
    assert count(build_actor(3, LOW, HIGH, (8, 8)), (batch, layer)) == 0


def test_the_plain_networks_by_hand():
    """Both networks against four lines of NumPy in float64."""
    generator = np.random.default_rng(0)
    actor, critic = build_actor(3, LOW, HIGH, (8, 8)), build_critic(3, 2, (8, 8), action_layer=1)
    for model in (actor, critic):
        model.set_weights([generator.normal(size=w.shape) for w in model.weights])
    s, a = generator.normal(size=(5, 3)), generator.normal(size=(5, 2))

    w1, b1, w2, b2, w3, b3 = (np.float64(w) for w in actor.get_weights())
    hidden = np.maximum(np.maximum(s @ w1 + b1, 0) @ w2 + b2, 0)
    expected = (LOW + HIGH) / 2 + (HIGH - LOW) / 2 * np.tanh(hidden @ w3 + b3)
    np.testing.assert_allclose(actor(np.float32(s)), expected, rtol=1e-5, atol=1e-5)

    w1, b1, w2, b2, w3, b3 = (np.float64(w) for w in critic.get_weights())
    joined = np.concatenate([np.maximum(s @ w1 + b1, 0), a], axis=1)
    expected = np.maximum(joined @ w2 + b2, 0) @ w3 + b3
    np.testing.assert_allclose(
        critic([np.float32(s), np.float32(a)]), expected, rtol=1e-5, atol=1e-5
    )


def test_inputs_have_the_precision_that_keras_is_set_to():
    """A float32 input would round float64 actions on their way into the critic."""
    before = keras.config.dtype_policy()
    keras.config.set_dtype_policy("float64")
    try:
        critic = build_critic(2, 1, (4,))
    finally:
        keras.config.set_dtype_policy(before)
    observations, actions = np.zeros((1, 2)), np.ones((1, 1))
    q = critic([observations, actions]).numpy()
    nudged = critic([observations, actions * (1 + 1e-12)]).numpy()
    assert q.dtype == np.float64
    assert 0 < abs(nudged - q).item() < 1e-12


# ---- actions in half ranges ---------------------------------------------------------------------


@settings(max_examples=10)
@given(bounds=bounds, seed=st.integers(0, 100), action_layer=st.sampled_from([0, 1]))
def test_a_critic_sees_actions_in_half_ranges(bounds, seed, action_layer):
    """The same critic for a box of +-1, at the same place in the box, has the same Q."""
    low, high = np.float32(bounds).T
    n = len(low)
    one = np.ones(n)
    settings = {"hidden_sizes": (8, 8), "action_layer": action_layer, "seed": seed}
    critic = build_critic(3, n, action_low=low, action_high=high, **settings)
    unit = build_critic(3, n, action_low=-one, action_high=one, **settings)
    unit.set_weights(critic.get_weights())
    generator = np.random.default_rng(seed)
    states = tf.constant(generator.normal(size=(9, 3)), tf.float32)
    places = generator.uniform(-1, 1, (9, n))
    middle, half_range = (np.float64(high) + low) / 2, (np.float64(high) - low) / 2
    actions = tf.constant(np.float32(middle + half_range * places))
    with tf.GradientTape() as tape:
        tape.watch(actions)
        q = critic([states, actions])
    dq_da = tape.gradient(q, actions)
    places = tf.constant(np.float32((np.float64(actions) - middle) / half_range))
    with tf.GradientTape() as tape:
        tape.watch(places)
        expected = unit([states, places])
    # a float32 action is known to 6e-8 of its size only, which may be many of its half ranges
    error = 1e-6 * (1 + np.max(np.abs(middle) / half_range))
    np.testing.assert_allclose(q, expected, atol=error)
    slopes = tape.gradient(expected, places).numpy() / half_range
    largest = np.abs(slopes).max(axis=0)
    np.testing.assert_allclose(dq_da / largest, slopes / largest, atol=100 * error)


def test_where_all_bounds_are_one_the_critic_is_as_it_was():
    one = np.ones(2, np.float32)
    plain, bounded = build_critic(3, 2), build_critic(3, 2, action_low=-one, action_high=one)
    assert [type(layer) for layer in plain.layers] == [type(layer) for layer in bounded.layers]


@pytest.mark.parametrize("algorithm", ["ddpg", "td3"])
def test_all_critics_of_an_agent_do(algorithm):
    config = DDPGConfig(algorithm=algorithm, hidden_sizes=(4,))
    agent = make_agent(Box(-1, 1, (3,)), Box(LOW, HIGH), config)
    critics = (*agent.critics, *agent.target_critics)
    assert len(critics) == (2 if algorithm == "ddpg" else 4)
    for critic in critics:
        layer = critic.get_layer("half_ranges")
        np.testing.assert_allclose(layer(np.stack([LOW, HIGH])), [[-1, -1], [1, 1]], atol=1e-5)


# ---- activations and normalisation --------------------------------------------------------------


def test_selu_by_hand():
    """scale * x, or scale * alpha (e^x - 1): the numbers of Klambauer et al. 2017, section 2."""
    config = DDPGConfig(hidden_sizes=(5,), activation="selu")
    agent = DDPG(Box(-9, 9, (3,)), Box(-1, 1, (1,)), config)
    kernel, bias, last, last_bias = agent.actor.get_weights()
    kernel *= 5
    agent.actor.set_weights([kernel, bias, 100 * last, last_bias])
    state = np.array([1.0, -2.0, 3.0])
    x = state @ kernel + bias
    assert x.min() < 0 < x.max()
    hidden = 1.0507 * np.where(x > 0, x, 1.6733 * (np.exp(x) - 1))
    expected = np.tanh(hidden @ (100 * last) + last_bias)
    np.testing.assert_allclose(agent.act(state), expected, atol=1e-3)
    np.testing.assert_allclose(agent.actor(state[np.newaxis])[0], expected, atol=1e-3)
    assert count(agent.critic, keras.layers.Activation) == 1
    assert count(agent.critic, keras.layers.ReLU) == 0


@pytest.mark.parametrize(
    ("of_actor", "of_critic"), [("none", "batch"), ("batch", "none"), ("layer", "batch")]
)
def test_each_network_can_have_a_normalisation_of_its_own(of_actor, of_critic):
    config = DDPGConfig(
        hidden_sizes=(4, 4), action_layer=1, normalization=of_actor, critic_normalization=of_critic
    )
    agent = DDPG(Box(-1, 1, (3,)), Box(-1, 1, (1,)), config)
    for network, kind in ((agent.actor, of_actor), (agent.critic, of_critic)):
        has = {
            "batch": count(network, keras.layers.BatchNormalization) > 0,
            "layer": count(network, keras.layers.LayerNormalization) > 0,
        }
        assert has == {"batch": kind == "batch", "layer": kind == "layer"}
