"""Moments against NumPy's of all rows at once; Pop-Art against the critic as it was before."""

import keras
import numpy as np
import pytest
import tensorflow as tf
from hypothesis import given, settings
from hypothesis import strategies as st

from ddpg_tf.acting.moments import RunningMoments
from ddpg_tf.agents.normalisation import ReturnMoments, last_layer_of, preserve_outputs
from ddpg_tf.networks.build import build_critic
from tests.errors import refused

MODES = {
    "eager": lambda function: function,
    "graph": tf.function,
    "xla": lambda function: tf.function(function, jit_compile=True),
}


@st.composite
def batches(draw):
    """Rows [n, 3] of many scales and offsets, cut into batches somewhere."""
    n = draw(st.integers(2, 60))
    offset, scale = draw(st.floats(-1e4, 1e4)), 10 ** draw(st.floats(-2, 4))
    generator = np.random.default_rng(draw(st.integers(0, 10_000)))
    rows = offset + scale * generator.normal(size=(n, 3))
    return np.split(rows, sorted(draw(st.lists(st.integers(0, n), max_size=6))))


def assert_moments(moments, rows):
    """Mean and deviation are those of all rows; rounding is on the scale of the numbers."""
    scale = np.abs(rows).max()
    np.testing.assert_allclose(moments.mean, rows.mean(axis=0), rtol=1e-12, atol=1e-13 * scale)
    np.testing.assert_allclose(moments.std, rows.std(axis=0), rtol=1e-9, atol=1e-13 * scale)


def test_running_moments_by_hand():
    moments = RunningMoments(2)
    moments.update([[1.0, 10.0], [3.0, 10.0]])
    np.testing.assert_array_equal(moments.mean, [2, 10])
    np.testing.assert_array_equal(moments.std, [1, 1])  # the second component has not varied
    moments.update([[5.0, 16.0]])
    # deviations -2, 0, 2 and -2, -2, 4
    np.testing.assert_array_equal(moments.mean, [3, 12])
    np.testing.assert_allclose(moments.std, np.sqrt([8 / 3, 24 / 3]), rtol=1e-15)
    normal = moments.normalize([[3.0, 12.0], [5.0, 20.0], [-1e9, 12.0]], clip=2.5)
    assert normal.dtype == np.float32
    expected = [[0, 0], [2 / np.sqrt(8 / 3), 2.5], [-2.5, 0]]
    np.testing.assert_allclose(normal, expected, rtol=1e-6)


@given(batches())
def test_running_moments_are_those_of_all_rows_for_any_split(parts):
    moments = RunningMoments(3)
    for part in parts:
        moments.update(part)
    rows = np.concatenate(parts)
    assert moments.count == len(rows)
    assert_moments(moments, rows)


def test_before_any_observation_nothing_changes_but_outliers():
    normal = RunningMoments(2).normalize(np.float32([0.5, -30]), clip=5.0)
    np.testing.assert_array_equal(normal, np.float32([0.5, -5]))


def test_no_rows_change_nothing():
    moments = RunningMoments(1)
    moments.update(np.zeros((0, 1)))
    assert moments.count == 0
    np.testing.assert_array_equal(moments.std, [1])


@pytest.mark.parametrize("constant", [0.0, 0.1, -1e6, 1e12])
def test_a_constant_component_is_not_blown_up(constant):
    moments = RunningMoments(1)
    for n in (1, 7, 30, 1):
        moments.update(np.full((n, 1), constant))
    np.testing.assert_array_equal(moments.std, [1])
    np.testing.assert_allclose(moments.normalize([[constant]], 5.0), [[0]], atol=1e-3)


def test_a_large_mean_leaves_a_small_deviation_visible():
    rows = 1e4 + 0.01 * np.random.default_rng(0).normal(size=(1000, 1))
    moments = RunningMoments(1)
    for part in np.split(rows, 100):
        moments.update(part)
    np.testing.assert_allclose(moments.std, rows.std(axis=0), rtol=1e-9)
    naive = np.sqrt(np.mean(rows**2) - np.mean(rows) ** 2)
    assert abs(naive / rows.std() - 1) > 1e-7  # this data would tell


def test_any_leading_axes_are_normalized():
    moments = RunningMoments(2)
    rows = np.random.default_rng(0).normal(3, 2, size=(50, 2))
    moments.update(rows)
    block = rows[:24].reshape(4, 6, 2)
    by_row = [[moments.normalize(row, 5.0) for row in batch] for batch in block]
    np.testing.assert_array_equal(moments.normalize(block, 5.0), by_row)


def test_running_moments_continue_from_their_state():
    rows = np.random.default_rng(0).normal(3, 2, size=(50, 2))
    moments, restored = RunningMoments(2), RunningMoments(2)
    moments.update(rows[:20])
    state = moments.state()
    kept = {name: array.copy() for name, array in state.items()}
    moments.update(rows[20:])
    for name, array in state.items():
        np.testing.assert_array_equal(array, kept[name])  # a state is not a view
    restored.restore(state)
    restored.update(rows[20:])
    for name, array in moments.state().items():
        np.testing.assert_array_equal(restored.state()[name], array)


def test_a_state_of_another_size_is_refused():
    with refused(ValueError, 3, 2):
        RunningMoments(2).restore(RunningMoments(3).state())


@pytest.mark.parametrize("rows", [np.zeros(2), np.zeros((4, 3)), np.zeros((1, 2, 2))])
def test_rows_of_another_shape_are_refused(rows):
    with refused(ValueError, "observations", "[n, 2]", list(rows.shape)):
        RunningMoments(2).update(rows)


def test_return_moments_by_hand():
    moments = ReturnMoments()
    assert (moments.mean, moments.std) == (0, 1)
    moments.update(tf.constant([-1.0, 3.0]))
    assert (moments.mean, moments.std) == (1, 2)
    moments.update(tf.constant([7.0]))
    # deviations -4, 0, 4
    assert moments.mean == 3
    np.testing.assert_allclose(moments.std, np.sqrt(32 / 3), rtol=1e-15)
    values = tf.constant([[3.0], [11.0]])
    normal = moments.normalize(values)
    assert normal.dtype == tf.float32
    np.testing.assert_allclose(normal, [[0], [8 / np.sqrt(32 / 3)]], rtol=1e-6)
    np.testing.assert_allclose(moments.denormalize(normal), values, rtol=1e-6)


@pytest.mark.parametrize("mode", MODES)
def test_return_moments_are_those_of_all_targets(mode):
    generator = np.random.default_rng(0)
    targets = (1e4 + generator.normal(size=(20, 8))).astype(np.float32)
    moments = ReturnMoments()
    update = MODES[mode](moments.update)
    for batch in targets:
        update(tf.constant(batch))
    everything = targets.astype(np.float64).reshape(-1, 1)
    assert_moments(moments, everything)
    assert moments.count == everything.size


@given(batches())
def test_return_moments_agree_with_running_moments(parts):
    ours, numpys = ReturnMoments(), RunningMoments(1)
    for part in parts:
        column = part[:, :1]
        if len(column):
            ours.update(tf.constant(column[:, 0]))
        numpys.update(column)
    np.testing.assert_allclose(ours.mean, numpys.mean[0], rtol=1e-12)
    np.testing.assert_allclose(ours.std, numpys.std[0], rtol=1e-9)
    for variable, array in zip(ours.variables, numpys.state().values(), strict=True):
        np.testing.assert_allclose(variable, np.ravel(array)[0], rtol=1e-9, atol=1e-9)


@pytest.mark.parametrize("constant", [0.0, 0.1, -1e6])
def test_equal_targets_leave_deviation_one(constant):
    moments = ReturnMoments()
    for n in (1, 7, 30):
        moments.update(tf.fill([n], constant))
    assert moments.std == 1
    np.testing.assert_allclose(moments.normalize(tf.constant([constant])), [0], atol=1e-6)


def test_moments_that_were_read_stay_as_they_were():
    moments = ReturnMoments()
    moments.update(tf.constant([1.0, 5.0]))
    mean, std = moments.mean, moments.std
    moments.update(tf.constant([100.0]))
    assert (mean, std) == (3, 2)

    @tf.function
    def around_an_update():
        before = moments.mean
        moments.update(tf.constant([1e3]))
        return before, moments.mean

    before, after = around_an_update()
    np.testing.assert_allclose([before, after], [106 / 3, 1106 / 4], rtol=1e-14)


def test_preserve_outputs_by_hand():
    layer = keras.layers.Dense(1)
    layer.build((None, 2))
    layer.set_weights([np.float32([[2], [-4]]), np.float32([3])])
    preserve_outputs(layer, old_mean=5.0, old_std=6.0, new_mean=-10.0, new_std=3.0)
    # 6 (2 x1 - 4 x2 + 3) + 5  =  12 x1 - 24 x2 + 23  =  3 (4 x1 - 8 x2 + 11) - 10
    kernel, bias = layer.get_weights()
    np.testing.assert_array_equal(kernel, [[4], [-8]])
    np.testing.assert_array_equal(bias, [11])


@pytest.mark.parametrize("mode", MODES)
def test_pop_art_preserves_every_value(mode):
    critic = build_critic(3, 2, (16, 16), seed=1)
    last = last_layer_of(critic)
    preserve = MODES[mode](lambda *moments: preserve_outputs(last, *moments))
    generator = np.random.default_rng(0)
    inputs = [tf.constant(generator.normal(size=(64, n)), tf.float32) for n in (3, 2)]
    hidden = [array.copy() for array in critic.get_weights()[:-2]]

    for _ in range(50):
        last.set_weights([generator.normal(size=(16, 1)), generator.normal(size=1)])
        mean, new_mean = generator.normal(size=2) * 10 ** generator.uniform(-2, 5)
        std, new_std = 10 ** generator.uniform(-2, 4, size=2)
        before = std * critic(inputs).numpy().astype(np.float64) + mean
        preserve(*(tf.constant(m, tf.float64) for m in (mean, std, new_mean, new_std)))
        after = new_std * critic(inputs).numpy().astype(np.float64) + new_mean
        # float32 resolves the old and the new output, times its deviation, to 6e-8 of themselves
        scale = 10 * std + np.abs(before - mean).max() + np.abs(before - new_mean).max()
        np.testing.assert_allclose(after, before, rtol=0, atol=3e-7 * scale)
        assert np.ptp(before) > 0.1 * std  # there was something to preserve

    for now, then in zip(critic.get_weights()[:-2], hidden, strict=True):
        np.testing.assert_array_equal(now, then)


@settings(max_examples=20)
@given(seed=st.integers(0, 1000), shift=st.floats(-1e6, 1e6), stretch=st.floats(1e-2, 1e2))
def test_pop_art_in_float64_is_exact_to_its_rounding(seed, shift, stretch):
    layer = keras.layers.Dense(1, dtype="float64")
    layer.build((None, 4))
    generator = np.random.default_rng(seed)
    layer.set_weights([generator.normal(size=(4, 1)), generator.normal(size=1)])
    x = tf.constant(generator.normal(size=(10, 4)))
    before = layer(x)
    preserve_outputs(layer, 0.0, 1.0, shift, stretch)
    after = stretch * layer(x) + shift
    np.testing.assert_allclose(after, before, rtol=0, atol=1e-14 * (abs(shift) + 100))


def test_pop_art_keeps_values_while_targets_run_away():
    """As in an agent's update: new moments, then online and target critic follow them."""
    online, target = build_critic(3, 2, (8, 8), seed=0), build_critic(3, 2, (8, 8), seed=1)
    layers = [last_layer_of(critic) for critic in (online, target)]
    moments = ReturnMoments()

    @tf.function(jit_compile=True)
    def follow(targets):
        old = moments.mean, moments.std
        moments.update(targets)
        for layer in layers:
            preserve_outputs(layer, *old, moments.mean, moments.std)

    generator = np.random.default_rng(0)
    inputs = [tf.constant(generator.normal(size=(32, n)), tf.float32) for n in (3, 2)]
    before = [moments.denormalize(critic(inputs)).numpy() for critic in (online, target)]
    for step in range(30):
        follow(tf.constant(generator.normal(-10.0 * step, 5.0, size=64), tf.float32))
    assert moments.std > 50 and moments.mean < -100
    for critic, values in zip((online, target), before, strict=True):
        # the values are of order 1e-3 about a mean of -145: float32 resolves those to 2e-5
        np.testing.assert_allclose(moments.denormalize(critic(inputs)), values, atol=1e-3)
        assert np.abs(critic(inputs) - values).max() > 1  # the weights did move


def test_last_layer_of_the_critics_that_can_be_rescaled():
    built = build_critic(3, 2, (8,))
    assert last_layer_of(built) is built.get_layer("q")
    sequential = keras.Sequential([keras.layers.Concatenate(), keras.layers.Dense(1)])
    sequential([tf.zeros((1, 3)), tf.zeros((1, 2))])
    assert last_layer_of(sequential) is sequential.layers[-1]


class Subclassed(keras.Model):
    def call(self, inputs):
        return tf.reduce_sum(inputs[1], axis=-1)


def critic_ending_with(*layers):
    inputs = [keras.Input((3,)), keras.Input((2,))]
    x = keras.layers.Concatenate()(inputs)
    for layer in layers:
        x = layer(x)
    return keras.Model(inputs, x, name="mine")


@pytest.mark.parametrize(
    "critic",
    [
        critic_ending_with(keras.layers.Dense(1, activation="tanh")),
        critic_ending_with(keras.layers.Dense(1, use_bias=False)),
        critic_ending_with(keras.layers.Dense(1), keras.layers.Rescaling(2.0)),
        keras.Sequential(name="mine"),
        Subclassed(name="mine"),
    ],
    ids=["activation", "no bias", "not last", "empty", "subclassed"],
)
def test_other_critics_are_refused_in_one_line(critic):
    with refused(ValueError, "'mine'", "critic", "Dense(1)"):
        last_layer_of(critic)
