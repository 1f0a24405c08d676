"""The calls of Linux that other people's code is confined with and that Python has no name for.

Their numbers are those of `linux/prctl.h`, `linux/sched.h` and `linux/capability.h`.
"""

import ctypes
import os
import struct

PARENT_DEATH_SIGNAL = 1
KEEP_CAPABILITIES = 8
CHILD_SUBREAPER = 36
NO_NEW_PRIVILEGES = 38

NEW_IPC, NEW_USER, NEW_PID, NEW_NET = 0x08000000, 0x10000000, 0x20000000, 0x40000000

READ_EVERYTHING = 1 << 2
"""The capability CAP_DAC_READ_SEARCH, as the mask of a set."""
CAPABILITIES_VERSION_3 = 0x20080522


def prctl(option: int, value: int) -> None:
    """Set a property of this process. Raises OSError."""
    checked(ctypes.CDLL(None, use_errno=True).prctl(option, value, 0, 0, 0))


def unshare(flags: int) -> None:
    """Move this process, and with NEW_PID its children, to new namespaces. Raises OSError."""
    checked(ctypes.CDLL(None, use_errno=True).unshare(flags))


def keep_capabilities(kept: int) -> None:
    """Give up all capabilities but those in the mask `kept`. Raises OSError."""
    header = struct.pack("Ii", CAPABILITIES_VERSION_3, 0)
    # effective, permitted and inheritable: first of the capabilities 0 to 31, then of the others
    sets = struct.pack("6I", kept, kept, 0, 0, 0, 0)
    checked(ctypes.CDLL(None, use_errno=True).capset(header, sets))


def checked(result: int) -> None:
    """Raise OSError if a call has failed."""
    if result:
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number))
