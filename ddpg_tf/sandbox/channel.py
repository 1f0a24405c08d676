"""Messages between two processes: packed values over a pair of connected sockets.

It is not standard output, so nothing that the other process prints can pass for a message; and each
wait has a limit, even for the rest of a message that has begun.
"""

import socket
import time
from typing import Any

from ddpg_tf.sandbox.packing import SIZE_LIMIT, pack, unpack


class Channel:
    """One end of the connection."""

    def __init__(self, connected: socket.socket):
        self._socket = connected

    def send(self, message: Any, seconds: float | None = None) -> None:
        """Send a message that `pack` can pack. seconds: how long that may take; None: no limit.

        Raises TypeError for another message, TimeoutError, and OSError if the other end is closed.
        """
        data = pack(message)
        self._socket.settimeout(seconds)
        self._socket.sendall(len(data).to_bytes(8, "big") + data)

    def receive(self, seconds: float | None = None) -> Any:
        """Wait for the next message. seconds: how long the whole of it may take; None: no limit.

        Raises TimeoutError, EOFError if the other end is closed, and ValueError for a message that
        is too large or was not written by `pack`.
        """
        deadline = None if seconds is None else time.monotonic() + seconds
        size = int.from_bytes(self._read(8, deadline), "big")
        if size > SIZE_LIMIT:
            raise ValueError(f"the message is larger than {SIZE_LIMIT} bytes")
        return unpack(self._read(size, deadline))

    def close(self) -> None:
        """Close this end; the other end then receives EOFError."""
        self._socket.close()

    def _read(self, count: int, deadline: float | None) -> bytes:
        parts = []
        while count:
            if deadline is not None:
                left = deadline - time.monotonic()
                if left <= 0:
                    raise TimeoutError("no message came in time")
                self._socket.settimeout(left)
            else:
                self._socket.settimeout(None)
            try:
                part = self._socket.recv(min(count, 2**20))
            except ConnectionResetError:
                part = b""
            if not part:
                raise EOFError("the other end is closed")
            parts.append(part)
            count -= len(part)
        return b"".join(parts)
