"""What a strategy accepts, what it refuses, and with which words."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from ddpg_tf.strategies import STRATEGIES, get_strategy, jacobian
from tests.errors import assert_one_line_that_names, refused
from tests.strategies.bits import MODES, in_mode, largest_difference
from tests.strategies.networks import make_networks, make_observations


def test_strategies_are_listed_in_teaching_order():
    assert list(STRATEGIES) == [
        "output_gradients",
        "mean_q",
        "get_updates",
        "surrogate",
        "target_action",
        "jacobian",
    ]


def test_a_strategy_is_found_by_its_name(name):
    strategy = get_strategy(name)
    assert type(strategy) is STRATEGIES[name]
    assert strategy.name == name


def test_gradients_are_aligned_with_the_trainable_variables(name):
    actor, critic = make_networks()
    gradients = get_strategy(name).gradients(actor, critic, make_observations(4))
    assert isinstance(gradients, list)
    expected = [tuple(variable.shape) for variable in actor.trainable_variables]
    assert [tuple(gradient.shape) for gradient in gradients] == expected


def test_frozen_layers_get_no_gradient(name):
    actor, critic = make_networks()
    observations = make_observations(4)
    all_gradients = get_strategy(name).gradients(actor, critic, observations)
    actor.layers[1].trainable = False
    gradients = get_strategy(name).gradients(actor, critic, observations)
    assert largest_difference(gradients, all_gradients[2:]) < 1e-7


def test_a_critic_may_return_a_vector_or_a_column(name):
    observations = make_observations(8)
    column = make_networks(q_shape="[B, 1]")
    vector = make_networks(q_shape="[B]")
    assert column[1].output_shape == (None, 1)
    assert vector[1].output_shape == (None,)
    strategy = get_strategy(name)
    loss, gradients = strategy.loss_and_gradients(*column, observations)
    vector_loss, vector_gradients = strategy.loss_and_gradients(*vector, observations)
    assert loss == vector_loss
    assert largest_difference(vector_gradients, gradients) < 1e-7


def test_observations_may_be_numpy_or_tensors(name):
    actor, critic = make_networks()
    observations, strategy = make_observations(4), get_strategy(name)
    from_array = strategy.gradients(actor, critic, observations)
    from_tensor = strategy.gradients(actor, critic, tf.constant(observations))
    assert largest_difference(from_array, from_tensor) == 0


@pytest.mark.parametrize("shape", [[], [-1, 1, 1]])
def test_a_critic_of_another_rank_is_refused(name, shape):
    actor, _ = make_networks()

    def critic(inputs):
        q = tf.reduce_sum(inputs[1], axis=-1)
        return tf.reduce_sum(q) if shape == [] else tf.reshape(q, shape)

    with refused(ValueError, "critic", "[B, 1]", "[B]"):
        get_strategy(name).gradients(actor, critic, make_observations(4))


@pytest.mark.parametrize("mode", ["eager", "graph"])
def test_a_critic_of_several_values_is_refused(name, mode):
    actor, _ = make_networks()

    def critic(inputs):
        return tf.concat(inputs, axis=-1)[:, -3:]

    run = in_mode(mode, lambda states: get_strategy(name).gradients(actor, critic, states))
    with pytest.raises(ValueError) as error:
        run(tf.constant(make_observations(4)))
    # tf.function puts the place in the user's code before the message
    message = str(error.value).strip().splitlines()[-1]
    assert_one_line_that_names(message, "critic", "(4, 3)", "[B, 1]", "[B]")


def test_an_actor_of_one_action_without_its_axis_is_refused(name):
    _, critic = make_networks()
    weight = tf.Variable(1.0)

    class Actor:
        trainable_variables = (weight,)

        def __call__(self, observations):
            return weight * observations[:, 0]

    with refused(ValueError, "actor", "(4,)", "[B, act_dim]"):
        get_strategy(name).gradients(Actor(), critic, make_observations(4))


def test_a_critic_that_ignores_the_action_is_refused(name):
    actor, _ = make_networks()

    def critic(inputs):
        return tf.reduce_sum(inputs[0], axis=-1)

    with refused(ValueError, "critic", "actions"):
        get_strategy(name).gradients(actor, critic, make_observations(4))
    with refused(ValueError, "critic", "actions"):
        get_strategy(name).update(actor, critic, keras.optimizers.Adam(), make_observations(4))


class LinearActor:
    """No Keras: a plain callable with two weights, of which it uses one."""

    def __init__(self):
        self.gain = tf.Variable(np.eye(5, 2, dtype="float32"))
        self.unused = tf.Variable([1.0, 2.0, 3.0])
        self.trainable_variables = [self.unused, self.gain]

    def __call__(self, observations):
        return observations @ self.gain


@pytest.mark.parametrize("mode", MODES)
def test_a_plain_callable_is_an_actor_and_an_unused_weight_has_no_slope(name, mode):
    actor = LinearActor()
    observations = make_observations(4)

    def critic(inputs):
        return -0.5 * tf.reduce_sum(tf.square(inputs[1]), axis=-1)  # so dQ/da = -a

    run = in_mode(mode, lambda states: get_strategy(name).gradients(actor, critic, states))
    unused, gain = run(tf.constant(observations))
    np.testing.assert_array_equal(unused, [0.0, 0.0, 0.0])
    expected = observations.T @ (observations @ actor.gain.numpy()) / 4
    np.testing.assert_allclose(gain, expected, rtol=1e-5, atol=1e-6)


def test_the_jacobian_of_a_large_network_is_refused(monkeypatch):
    actor, critic = make_networks()
    numbers = 8 * 2 * sum(int(np.prod(v.shape)) for v in actor.trainable_variables)
    strategy = get_strategy("jacobian")
    monkeypatch.setattr(jacobian, "MEMORY_LIMIT", 4 * numbers)
    strategy.gradients(actor, critic, make_observations(8))  # just fits
    monkeypatch.setattr(jacobian, "MEMORY_LIMIT", 4 * numbers - 1)
    with refused(ValueError, "Jacobian", 16):
        strategy.gradients(actor, critic, make_observations(8))


def test_the_jacobian_refuses_a_network_of_the_usual_size_and_batch():
    actor, critic = make_networks(17, 6, (400, 300))
    with refused(ValueError, "Jacobian", 512 * 6):
        get_strategy("jacobian").gradients(actor, critic, make_observations(512, 17))


def shared_networks(frozen=False):
    """An actor and a critic on the same first layer."""
    states, actions = keras.Input([5]), keras.Input([2])
    features = keras.layers.Dense(6, "tanh", name="features", trainable=not frozen)
    actor = keras.Model(states, keras.layers.Dense(2, "tanh")(features(states)))
    joined = keras.layers.Concatenate()([features(states), actions])
    return actor, keras.Model([states, actions], keras.layers.Dense(1)(joined))


@pytest.mark.parametrize("mode", ["eager", "graph"])
def test_trainable_layers_in_both_networks_are_refused(name, mode):
    actor, critic = shared_networks()
    strategy, optimizer = get_strategy(name), keras.optimizers.SGD()
    optimizer.build(actor.trainable_variables)
    before = [weights.copy() for weights in actor.get_weights()]
    calls = (
        lambda states: strategy.gradients(actor, critic, states),
        lambda states: strategy.update(actor, critic, optimizer, states),
    )
    for call in calls:
        with pytest.raises(ValueError) as error:
            in_mode(mode, call)(tf.constant(make_observations(4)))
        # tf.function puts the place in the user's code before the message
        message = str(error.value).strip().splitlines()[-1]
        assert_one_line_that_names(message, "features/kernel", "features/bias", "trainable")
    assert all(map(np.array_equal, actor.get_weights(), before))


def test_frozen_layers_in_both_networks_leave_one_gradient(name):
    actor, critic = shared_networks(frozen=True)
    observations = make_observations(8)
    found = get_strategy(name).gradients(actor, critic, observations)
    expected = get_strategy("output_gradients").gradients(actor, critic, observations)
    assert len(found) == 2
    assert largest_difference(found, expected) < 1e-6


def test_any_callable_with_the_actors_weights_is_refused(name):
    actor = LinearActor()

    class Critic:
        trainable_variables = (actor.gain,)

        def __call__(self, inputs):
            return tf.reduce_sum(inputs[1] * (inputs[0] @ actor.gain), axis=-1)

    with refused(ValueError, actor.gain.name):
        get_strategy(name).gradients(actor, Critic(), make_observations(4))
