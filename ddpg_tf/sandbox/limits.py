"""Limits for a process that runs somebody else's code.

They stop accidents and simple malice: a loop that eats all memory, a script that deletes files, a
fork bomb. They are not a jail: code that is determined to break out of a Python process can. To run
the work of strangers, put a container or a separate user around it. They need Linux.
"""

import os
import resource
import sys
from pathlib import Path

SPAWNING = frozenset(
    {"os.fork", "os.forkpty", "os.exec", "os.posix_spawn", "os.spawn", "os.system", "pty.spawn"}
    | {"subprocess.Popen", "os.kill", "os.killpg", "os.startfile"}
)
"""Audit events of starting or ending processes."""
REMOVING = frozenset(
    {"os.remove", "os.rmdir", "os.rename", "os.link", "os.symlink", "os.truncate", "os.mkdir"}
    | {"os.chmod", "os.chown", "shutil.rmtree", "shutil.move"}
)
"""Audit events of changing the file system; each of their arguments that is a path is checked."""
WRITING = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_APPEND


def confine(directory: str | Path, seconds: float, memory: int) -> None:
    """Limit this process for good, before the first line of somebody else's code runs in it.

    directory: the only place where it may still write. seconds: of time, counted on all cores.
    memory: bytes beyond those that it occupies now, so load all libraries first.
    """
    limit_resources(seconds, memory)
    forbid(directory)


def limit_resources(seconds: float, memory: int) -> None:
    """Limit CPU seconds, bytes of memory beyond those in use, and the size of files."""
    cores = os.cpu_count() or 1
    now_in_use = int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()
    limits = {
        resource.RLIMIT_AS: now_in_use + memory,
        resource.RLIMIT_CPU: int(seconds * cores) + 1,
        resource.RLIMIT_FSIZE: 128 * 2**20,
        resource.RLIMIT_CORE: 0,
    }
    for kind, limit in limits.items():
        resource.setrlimit(kind, (limit, limit))


def forbid(directory: str | Path) -> None:
    """From now on, refuse to start or end processes, and to write outside of the directory.

    Raises PermissionError in the code that tries. It cannot be undone: Python offers no way to
    remove an audit hook.
    """
    # all that the hook uses is bound here, where the code that it watches cannot replace it
    allowed = (os.path.realpath(directory) + os.sep, "/dev/null", "/dev/tty")
    real_path, fspath, flags_of_writing = os.path.realpath, os.fspath, WRITING
    spawning, removing = SPAWNING, REMOVING

    def refuse_outside(path) -> None:
        if isinstance(path, int) or path is None:
            return
        name = fspath(path)
        name = real_path(name.decode() if isinstance(name, bytes) else name)
        if not (name + "/").startswith(allowed):
            raise PermissionError(f"a submission may not change files: {name}")

    def hook(event, arguments) -> None:
        if event in spawning:
            raise PermissionError(f"a submission may not do this: {event}")
        if event == "open":
            path, mode, flags = arguments
            if (isinstance(mode, str) and set(mode) & set("wax+")) or flags & flags_of_writing:
                refuse_outside(path)
        elif event in removing:
            for argument in arguments:
                if isinstance(argument, str | bytes | os.PathLike):
                    refuse_outside(argument)

    sys.addaudithook(hook)
