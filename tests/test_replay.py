from collections import deque

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ddpg_tf.replay import ReplayBuffer
from tests.errors import refused


def transition(number):
    """Number -> a transition in whose every component it can be read off."""
    return (
        np.array([number, number + 0.25]),
        np.array([-number]),
        number + 0.5,
        np.array([number + 1, number + 1.25]),
        number % 3 == 0,
    )


def filled(capacity, adds):
    replay = ReplayBuffer(capacity, 2, 1)
    for number in range(adds):
        replay.add(*transition(number))
    return replay


@given(capacity=st.integers(1, 20), adds=st.integers(0, 70))
def test_the_buffer_holds_what_a_bounded_deque_holds(capacity, adds):
    replay, model = filled(capacity, adds), deque(maxlen=capacity)
    for number in range(adds):
        model.append(transition(number))
    assert len(replay) == replay.size == len(model)
    arrays = replay.contents()._asdict()
    oldest = replay.position if len(replay) == capacity else 0
    names = ("observations", "actions", "rewards", "next_observations", "terminated")
    assert tuple(arrays) == names
    for index, expected in enumerate(model):
        slot = (oldest + index) % capacity
        for name, value in zip(names, expected, strict=True):
            np.testing.assert_array_equal(arrays[name][slot], value)


@given(capacity=st.integers(1, 20), adds=st.integers(1, 70), seed=st.integers(0, 1000))
def test_a_sample_s_rows_are_stored_transitions_and_belong_together(capacity, adds, seed):
    replay = filled(capacity, adds)
    batch = replay.sample(np.random.default_rng(seed), len(replay))
    numbers = batch.observations[:, 0]
    assert set(numbers) <= set(range(max(0, adds - capacity), adds))
    np.testing.assert_array_equal(batch.observations[:, 1], numbers + 0.25)
    np.testing.assert_array_equal(batch.actions, -numbers[:, None])
    np.testing.assert_array_equal(batch.rewards, numbers + 0.5)
    np.testing.assert_array_equal(batch.next_observations[:, 0], numbers + 1)
    np.testing.assert_array_equal(batch.terminated, numbers % 3 == 0)


def test_what_is_stored_is_a_copy():
    replay = ReplayBuffer(3, 2, 1)
    observation = np.zeros(2)
    replay.add(observation, [0.0], 0.0, observation, False)
    observation += 1
    np.testing.assert_array_equal(replay.contents().observations[0], [0, 0])


@pytest.mark.parametrize("adds", [50, 130], ids=["half full", "wrapped"])
def test_sampling_is_uniform(adds):
    replay = filled(100, adds)
    size, draws = len(replay), 200_000
    batches = replay.sample(np.random.default_rng(0), 50, updates=draws // 50)
    numbers, counts = np.unique(batches.rewards, return_counts=True)
    assert len(numbers) == size
    expected = draws / size
    chi_square = np.sum((counts - expected) ** 2 / expected)
    # mean size - 1, standard deviation sqrt(2 (size - 1)); 5 of them on both sides: neither
    # uneven nor suspiciously even (a permutation would give 0)
    assert abs(chi_square - (size - 1)) < 5 * np.sqrt(2 * (size - 1))


def test_batches_of_one_call_are_independent():
    batches = filled(100, 100).sample(np.random.default_rng(1), 4, updates=2000).rewards
    # the mean product of two batches' rows, centred: standard error var / sqrt(n)
    first, second = batches[:-1].ravel() - 50, batches[1:].ravel() - 50
    variance = (100**2 - 1) / 12
    assert abs(np.mean(first * second)) < 5 * variance / np.sqrt(first.size)


def test_shapes_and_dtypes():
    replay = filled(10, 10)
    generator = np.random.default_rng(0)
    one, many = replay.sample(generator, 4), replay.sample(generator, 4, updates=3)
    shapes = {
        "observations": (4, 2),
        "actions": (4, 1),
        "rewards": (4,),
        "next_observations": (4, 2),
        "terminated": (4,),
    }
    assert {name: array.shape for name, array in one._asdict().items()} == shapes
    assert {name: array.shape for name, array in many._asdict().items()} == {
        name: (3, *shape) for name, shape in shapes.items()
    }
    assert {array.dtype for batch in (one, many) for array in batch} == {np.dtype(np.float32)}


def test_the_same_generator_gives_the_same_batch():
    replay = filled(100, 100)
    a, b = (replay.sample(np.random.default_rng(7), 10).rewards for _ in range(2))
    other = replay.sample(np.random.default_rng(8), 10).rewards
    np.testing.assert_array_equal(a, b)
    assert not np.array_equal(a, other)


@pytest.mark.parametrize("adds", [0, 3])
def test_a_batch_of_more_than_is_stored(adds):
    with refused(ValueError, 4, adds, "batch_size"):
        filled(10, adds).sample(np.random.default_rng(0), 4)


def test_a_million_transitions_of_half_cheetah_take_less_than_200_megabytes():
    replay = ReplayBuffer(1_000_000, 17, 6)
    # an empty buffer's contents are views of the arrays that it fills
    total = sum(view.base.nbytes for view in replay.contents())
    assert total == 1_000_000 * (4 * (2 * 17 + 6 + 1) + 1)
    assert total < 200e6
