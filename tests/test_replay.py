from collections import deque

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ddpg_tf.batch import Batch
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
    assert tuple(arrays) == (*names, "discounts")
    assert arrays["discounts"] is None
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
    assert one.map(np.shape)._asdict() == shapes | {"discounts": None}
    assert many.map(np.shape)._asdict() == {name: (3, *shape) for name, shape in shapes.items()} | {
        "discounts": None
    }
    assert {each.dtype for batch in (one, many) for each in batch[:5]} == {np.dtype(np.float32)}


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
    assert replay.nbytes == 1_000_000 * (4 * (17 + 6 + 2) + 1)
    assert replay.nbytes < 200e6


# ---- next observations, which are stored once --------------------------------------------------


class TwoArrays:
    """The same buffer, with an array for each field."""

    def __init__(self, capacity, fields):
        self.capacity, self.size, self.position = capacity, 0, 0
        shapes = ((2,), (1,), (), (2,), (), ())[:fields]
        self.rows = [np.zeros((capacity, *shape), np.float32) for shape in shapes]

    def extend(self, batch):
        for index in range(len(batch.rewards)):
            for stored, new in zip(self.rows, batch, strict=False):
                stored[self.position] = new[index]
            self.position = (self.position + 1) % self.capacity
            self.size = min(self.size + 1, self.capacity)


def stepped(environments, steps, seed, values, n_step):
    """What n environments give in that many steps: episodes that end, some steps left out.

    values: observations are drawn from so few that different rows are often equal. n_step: how many
    steps later the next observation of a transition is; more than 1 comes with discounts.
    """
    generator = np.random.default_rng(seed)

    def drawn():
        return generator.integers(values, size=(environments, 2)).astype(np.float64)

    line = [drawn() for _ in range(n_step)]
    for _ in range(steps):
        observations = line.pop(0)
        following, over = drawn(), generator.random(environments) < 0.3
        kept = generator.random(environments) < 0.8
        rewards = generator.random(environments)
        discounts = generator.random(environments) if n_step > 1 else None
        batch = Batch(observations, rewards[:, None], rewards, following, over, discounts)
        if kept.any():
            yield batch.map(lambda rows, kept=kept: rows[kept])
        line.append(np.where(over[:, None], drawn(), following))


@given(
    capacity=st.integers(1, 12),
    environments=st.integers(1, 4),
    seed=st.integers(0, 1000),
    values=st.sampled_from([1, 2, 100]),
    n_step=st.sampled_from([1, 2, 5]),
)
def test_it_is_the_buffer_with_two_arrays(capacity, environments, seed, values, n_step):
    replay = ReplayBuffer(capacity, 2, 1, n_step=n_step)
    expected = TwoArrays(capacity, fields=5 if n_step == 1 else 6)
    for batch in stepped(environments, 15, seed, values, n_step):
        replay.extend(batch)
        expected.extend(batch)
        assert (replay.size, replay.position) == (expected.size, expected.position)
        contents = replay.contents()
        for stored, wanted in zip(contents, expected.rows, strict=False):
            np.testing.assert_array_equal(stored, wanted[: replay.size])
        sample = replay.sample(np.random.default_rng(seed), replay.size, updates=2)
        rows = np.random.default_rng(seed).integers(replay.size, size=(2, replay.size))
        for drawn, wanted in zip(sample, expected.rows, strict=False):
            assert drawn.tobytes() == wanted[rows].tobytes()
        pieces = b"".join(piece.tobytes() for piece in replay.pieces())
        assert pieces == b"".join(array.tobytes() for array in contents[:5])


def test_what_follows_in_order_is_stored_once():
    """A hundred steps of 8 bytes each and two episodes: two last observations are kept apart."""
    empty = ReplayBuffer(100, 2, 1).nbytes
    numbers = np.arange(101.0)
    states = np.stack([numbers, -numbers], axis=1)
    step_by_step, at_once = ReplayBuffer(100, 2, 1), ReplayBuffer(100, 2, 1)
    following = states[1:].copy()
    following[49] = 1000  # an episode ends; the next one begins with states[50]
    batch = Batch(states[:-1], numbers[:-1, None], numbers[:-1], following, numbers[:-1] == 49)
    at_once.extend(batch)
    for index in range(100):
        step_by_step.extend(batch.map(lambda rows, at=index: rows[at : at + 1]))
    for replay in (step_by_step, at_once):
        assert replay.nbytes == empty + 2 * 8
        np.testing.assert_array_equal(replay.contents().next_observations, following)


def test_images_are_stored_in_bytes_and_sampled_as_floats():
    replay = ReplayBuffer(5, (4, 3, 2), 1, np.uint8)
    images = np.random.default_rng(0).integers(256, size=(9, 4, 3, 2), dtype=np.uint8)
    for index in range(8):
        replay.add(images[index], [0.5], index, images[index + 1], False)
    assert replay.nbytes == 5 * (24 + 4 * 3 + 1) + 24
    assert replay.contents().observations.dtype == np.uint8
    batch = replay.sample(np.random.default_rng(1), 4, updates=3)
    assert batch.observations.dtype == batch.next_observations.dtype == np.float32
    assert batch.observations.shape == (3, 4, 4, 3, 2)
    steps = batch.rewards.astype(int)
    np.testing.assert_array_equal(batch.observations, images[steps])
    np.testing.assert_array_equal(batch.next_observations, images[steps + 1])


def test_more_than_fits_leaves_the_newest():
    replay = ReplayBuffer(4, 2, 1)
    replay.add(*transition(100))
    columns = zip(*map(transition, range(10)), strict=True)
    replay.extend(Batch(*map(np.array, columns)))
    assert sorted(replay.contents().rewards) == [6.5, 7.5, 8.5, 9.5]
    assert replay.contents().rewards[(replay.position - 1) % 4] == 9.5
