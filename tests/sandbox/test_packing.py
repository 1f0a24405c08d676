"""What is packed comes back to the bit; what anyone else wrote is refused."""

from contextlib import suppress

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays, floating_dtypes, integer_dtypes

from ddpg_tf.sandbox.packing import SIZE_LIMIT, TEXT_LIMIT, pack, unpack

NUMBERS = arrays(
    st.one_of(floating_dtypes(), integer_dtypes(), st.just(np.dtype(bool))),
    array_shapes(min_dims=0, min_side=0),
)
SCALARS = NUMBERS.filter(lambda array: array.size).map(lambda array: array.flat[0])
PLAIN = st.none() | st.booleans() | st.integers() | st.floats() | st.text() | NUMBERS | SCALARS
KEYS = st.none() | st.booleans() | st.integers() | st.text() | st.tuples(st.integers(), st.text())


def containers(inside):
    return (
        st.lists(inside, max_size=3)
        | st.lists(inside, max_size=3).map(tuple)
        | st.dictionaries(KEYS, inside, max_size=3)
    )


def same(a, b):
    """Equal in type and to the bit."""
    if type(a) is not type(b):
        return False
    if isinstance(a, list | tuple):
        return len(a) == len(b) and all(map(same, a, b))
    if isinstance(a, dict):
        return same(list(a.items()), list(b.items()))
    if isinstance(a, np.ndarray | np.generic):
        return a.dtype == b.dtype and a.shape == b.shape and a.tobytes() == b.tobytes()
    return a == b or (a != a and b != b)


@given(st.recursive(PLAIN, containers, max_leaves=8))
def test_a_value_comes_back_to_the_bit(value):
    assert same(unpack(pack(value)), value)


def test_an_array_comes_back_as_one_of_its_own():
    sent = np.arange(6).reshape(2, 3).T
    arrived = unpack(pack([sent]))[0]
    arrived[:] = 0
    assert sent.sum() == 15


def test_a_generator_arrives_in_its_state():
    sent = np.random.default_rng(3)
    sent.random(5)
    np.testing.assert_array_equal(unpack(pack(sent)).random(9), sent.random(9))


def test_what_numpy_can_convert_is_packed_as_an_array():
    assert same(unpack(pack({"numbers": range(3)})), {"numbers": np.arange(3)})


@pytest.mark.parametrize("value", [object(), np.array([object()]), {1: print}, np.array("text")])
def test_what_is_not_plain_data_is_refused(value):
    with pytest.raises(TypeError):
        pack(value)


def message(text, contents=b""):
    return len(text).to_bytes(8, "big") + text + contents


MALFORMED = {
    "nothing": b"",
    "no text": message(b""),
    "no JSON": message(b"{"),
    "a deep list": message(b"[" * 100_000),
    "an unknown kind": message(b'{"pickle": "x"}'),
    "two kinds": message(b'{"tuple": [], "dict": []}'),
    "objects": message(b'{"array": ["|O", [1], 0]}', bytes(8)),
    "a record": message(b'{"array": ["f4,f4", [1], 0]}', bytes(8)),
    "an array beyond the end": message(b'{"array": ["<f8", [2], 0]}', bytes(8)),
    "an array before the beginning": message(b'{"array": ["<f8", [1], -8]}', bytes(8)),
    "an array of negative size": message(b'{"array": ["<f8", [-1], 0]}', bytes(8)),
    "a huge array": message(b'{"array": ["<f8", [4611686018427387904, 4], 0]}', bytes(8)),
    "a list as a key": message(b'{"dict": [[[], 1]]}'),
    "the state of another generator": message(b'{"generator": {"bit_generator": "MT19937"}}'),
    "a pickle": b"\x80\x04\x95\x00\x00\x00\x00\x00\x00\x00\x00.",
    "too long": bytes(SIZE_LIMIT + 1),
    "too much text": message(b"[" + b"[]," * (TEXT_LIMIT // 3) + b"[]]"),
    "the same bytes twice": message(
        b'[{"array": ["<f8", [1], 0]}, {"array": ["<f8", [1], 0]}]', bytes(8)
    ),
}


@pytest.mark.parametrize("name", MALFORMED)
def test_bytes_that_pack_did_not_write_are_refused(name):
    with pytest.raises(ValueError) as caught:
        unpack(MALFORMED[name])
    assert "\n" not in str(caught.value)


def test_what_could_not_be_unpacked_is_not_packed():
    with pytest.raises(ValueError):
        pack("x" * TEXT_LIMIT)


@given(st.binary(max_size=64))
def test_any_other_bytes_are_refused_or_plain(data):
    with suppress(ValueError):
        unpack(data)
