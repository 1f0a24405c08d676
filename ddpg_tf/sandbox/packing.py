"""Plain values and arrays as bytes and back. Nothing is ever unpickled.

What is packed: None, booleans, numbers, strings, NumPy's arrays, scalars and random generators, and
lists, tuples and dicts of these, with keys of any of these kinds.

The bytes are the length of a JSON text (8 bytes, big-endian), the text, and the contents of the
arrays one after the other. In the text a list stays a list; everything else that JSON lacks is an
object with one key, which says what it is:

    {"tuple": [items]}   {"dict": [[key, value], ...]}   {"generator": state}
    {"array": [dtype, shape, start]}    {"scalar": [dtype, [], start]}
"""

import json
from typing import Any

import numpy as np

SIZE_LIMIT = 64 * 2**20
"""Bytes. What is larger is not unpacked."""
TEXT_LIMIT = 4 * 2**20
"""Bytes of the JSON text, as an empty list takes three in it and a hundred in memory."""
PLAIN = (type(None), bool, int, float, str)
NUMBERS = "biuf"
"""The kinds of array that are packed: booleans, integers and floating-point numbers."""


def pack(value: Any) -> bytes:
    """The bytes from which `unpack` makes the value again.

    Whatever NumPy can convert to an array of numbers is packed as one. Raises TypeError for a value
    that is none of the above, ValueError for more text than is unpacked.
    """
    arrays, size = [], 0

    def described(node):
        nonlocal size
        if isinstance(node, np.ndarray | np.generic):
            return {"array" if isinstance(node, np.ndarray) else "scalar": added(node)}
        if isinstance(node, PLAIN):
            return node
        if isinstance(node, list):
            return [described(item) for item in node]
        if isinstance(node, tuple):
            return {"tuple": [described(item) for item in node]}
        if isinstance(node, dict):
            return {"dict": [[described(key), described(item)] for key, item in node.items()]}
        if isinstance(node, np.random.Generator):
            return {"generator": node.bit_generator.state}
        return {"array": added(node)}

    def added(node):
        nonlocal size
        array = np.asarray(node)
        if array.dtype.kind not in NUMBERS:
            raise TypeError(f"expected numbers, got a {type(node).__name__}")
        start = size
        arrays.append(array.tobytes())
        size += array.nbytes
        return [array.dtype.str, array.shape, start]

    text = json.dumps(described(value)).encode()
    if len(text) > TEXT_LIMIT:
        raise ValueError(f"it is more than {TEXT_LIMIT} bytes long, its arrays not counted")
    return b"".join([len(text).to_bytes(8, "big"), text, *arrays])


def unpack(data: bytes) -> Any:
    """The value that was packed; its arrays are new ones that may be written to.

    Raises ValueError if the bytes, which anyone may have written, are not a packed value.
    """
    if len(data) > SIZE_LIMIT:
        raise ValueError(f"the message is larger than {SIZE_LIMIT} bytes")
    try:
        end = 8 + int.from_bytes(data[:8], "big")
        if end > 8 + TEXT_LIMIT:
            raise ValueError(f"its text is longer than {TEXT_LIMIT} bytes")
        return rebuilt(json.loads(data[8:end]), Arrays(memoryview(data)[end:]))
    except (ValueError, TypeError, KeyError, IndexError, OverflowError, RecursionError) as error:
        raise ValueError(f"the message cannot be unpacked: {error}") from None


def rebuilt(node: Any, arrays: "Arrays") -> Any:
    """The value that a node of the JSON text describes, with its arrays, the next ones of all."""
    if isinstance(node, PLAIN):
        return node
    if isinstance(node, list):
        return [rebuilt(item, arrays) for item in node]
    ((kind, content),) = node.items()
    if kind == "array":
        return arrays.next(*content)
    if kind == "scalar":
        return arrays.next(*content)[()]
    if kind == "tuple":
        return tuple(rebuilt(item, arrays) for item in content)
    if kind == "dict":
        return {rebuilt(key, arrays): rebuilt(item, arrays) for key, item in content}
    if kind == "generator":
        generator = np.random.default_rng()
        generator.bit_generator.state = content
        return generator
    raise ValueError(f"it holds a {kind!r}")


class Arrays:
    """The arrays of a message, one after the other. contents: the bytes of all of them."""

    def __init__(self, contents: memoryview):
        self.contents, self.position = contents, 0

    def next(self, dtype: str, shape: list[int], start: int) -> np.ndarray:
        """A copy of the next array. Raises ValueError if it does not begin where the last one
        ended: a thousand arrays of the same bytes would fill the memory.
        """
        kind = np.dtype(dtype)
        if kind.kind not in NUMBERS:
            raise ValueError(f"it holds an array of {kind}")
        # NumPy looks for the end of the buffer only, and would read what lies before it
        if start != self.position or min(shape, default=0) < 0:
            raise ValueError("it holds an array of negative size, or in the wrong place")
        array = np.ndarray(shape, kind, self.contents, start)
        self.position += array.nbytes
        return array.copy()
