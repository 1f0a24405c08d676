"""Limits for a process that runs somebody else's code, set when its libraries are loaded.

`limit_resources` is the kernel's. `forbid` speaks for Python alone: it says in words, in the line
that tries, what is not allowed, and stops accidents where the kernel has no walls. What holds
against code that is out to break out is in `walls.py`. All of it needs Linux.
"""

import os
import resource
import sys
from contextlib import suppress
from pathlib import Path

from ddpg_tf.sandbox.descendants import processes

PROCESSES = 256
"""How many more threads and processes the user may have, and 16 times the number of cores."""
SPAWNING = frozenset(
    {"os.fork", "os.forkpty", "os.exec", "os.posix_spawn", "os.spawn", "os.system", "pty.spawn"}
    | {"subprocess.Popen", "os.kill", "os.killpg", "os.startfile", "signal.pthread_kill"}
    | {"resource.setrlimit", "resource.prlimit"}
)
"""Audit events of starting, ending or changing processes."""
CONNECTING = frozenset(
    {"socket.connect", "socket.bind", "socket.sendto", "socket.sendmsg", "socket.getaddrinfo"}
    | {"socket.gethostbyname", "socket.gethostbyaddr"}
)
"""Audit events of speaking to others than through the connection that is there."""
CHANGING = {
    "os.remove": (1, 1),
    "os.rmdir": (1, 1),
    "os.rename": (2, 2),
    "os.link": (2, 2),
    "os.symlink": (2, 2),
    "os.truncate": (1, None),
    "os.mkdir": (1, 2),
    "os.chmod": (1, 2),
    "os.chown": (1, 3),
    "os.utime": (1, 3),
    "os.setxattr": (1, None),
    "os.removexattr": (1, None),
    "shutil.rmtree": (1, None),
    "shutil.move": (2, None),
    "sqlite3.connect": (1, None),
}
"""Audit events of changing the file system: how many of their first arguments are paths, and which
argument is the first of the open folders that these are relative to."""
WRITING = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_APPEND


def confine(directory: str | Path, seconds: float, memory: int) -> None:
    """Limit this process for good, before the first line of somebody else's code runs in it.

    directory: the only place where it may still write. seconds: of time, counted on all cores.
    memory: bytes beyond those that it occupies now, so load all libraries first.
    """
    limit_resources(seconds, memory)
    forbid(directory)


def limit_resources(seconds: float, memory: int) -> None:
    """Limit CPU seconds, bytes of memory and the number of threads and processes beyond those in
    use, and the size of files.

    Root's processes are not counted: `walls.enclose` makes them another user's.
    """
    cores = os.cpu_count() or 1
    now_in_use = int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()
    limits = {
        resource.RLIMIT_AS: now_in_use + memory,
        resource.RLIMIT_CPU: int(seconds * cores) + 1,
        resource.RLIMIT_FSIZE: 128 * 2**20,
        resource.RLIMIT_CORE: 0,
        resource.RLIMIT_NPROC: threads_of_this_user() + PROCESSES + 16 * cores,
    }
    for kind, limit in limits.items():
        resource.setrlimit(kind, (limit, limit))


def threads_of_this_user() -> int:
    """How many threads all processes of this process's user have."""
    count = 0
    for process in map(Path("/proc").joinpath, map(str, processes())):
        with suppress(OSError):  # it has ended
            if process.stat().st_uid == os.getuid():
                # after "pid (name)", where the name may hold anything: the 18th field from there
                count += int((process / "stat").read_text().rpartition(")")[2].split()[17])
    return count


def forbid(directory: str | Path) -> None:
    """From now on, refuse to start or end processes, to connect, and to write outside of the
    directory.

    Raises PermissionError in the code that tries. It cannot be undone: Python offers no way to
    remove an audit hook.
    """
    # all that the hook uses is bound here, where the code that it watches cannot replace it
    allowed = (os.path.realpath(directory) + os.sep, "/dev/null/")
    real_path, join, path_types = os.path.realpath, os.path.join, str | bytes | os.PathLike
    decode, flags_of_writing = os.fsdecode, WRITING
    refused, changing = SPAWNING | CONNECTING, CHANGING

    def refuse_outside(path, folder=-1) -> None:
        if isinstance(path, int):
            name = f"/proc/self/fd/{path}"
        elif isinstance(path, path_types):
            name = decode(path)
            name = join(f"/proc/self/fd/{folder}", name) if folder not in (-1, None) else name
        else:
            return
        name = real_path(name)
        if not (name + "/").startswith(allowed):
            raise PermissionError(f"a submission may not change files: {name}")

    def hook(event, arguments) -> None:
        if event in refused:
            raise PermissionError(f"a submission may not do this: {event}")
        if event == "open":
            path, mode, flags = arguments
            writes = (isinstance(mode, str) and set(mode) & set("wax+")) or flags & flags_of_writing
            # one that is open already was opened for it
            if writes and not isinstance(path, int):
                refuse_outside(path)
        elif event in changing:
            count, at = changing[event]
            for index in range(count):
                refuse_outside(arguments[index], -1 if at is None else arguments[at + index])

    sys.addaudithook(hook)
