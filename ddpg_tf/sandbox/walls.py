"""What Linux itself keeps other people's code from, whatever language that code speaks.

    a user of its own    if the grader is root: no file, and no process, is its own
    namespaces           no network, not even loopback; no process but its own can be named
    Landlock             nothing is written outside of its directory, and little is read

An ordinary user gets the namespaces and Landlock, as far as the kernel allows them. All of it
happens before NumPy is imported, as it holds for the thread that asks for it and for those that it
starts, and NumPy starts some. Needs the standard library and `landlockpy` alone.
"""

import os
import signal
import sys
from collections.abc import Iterable, Sequence
from pathlib import Path

from ddpg_tf.sandbox.keeper import keep
from ddpg_tf.sandbox.kernel import (
    KEEP_CAPABILITIES,
    NEW_IPC,
    NEW_NET,
    NEW_PID,
    NEW_USER,
    NO_NEW_PRIVILEGES,
    PARENT_DEATH_SIGNAL,
    READ_EVERYTHING,
    keep_capabilities,
    prctl,
    unshare,
)

SYSTEM = ("/usr", "/lib", "/lib32", "/lib64", "/bin", "/sbin", "/nix/store", "/proc", "/sys")
"""Where programs, libraries and facts about the machine lie. Of processes that are not its own,
/proc tells other people's code only what it tells everyone."""
SETTINGS = ("ld.so.cache", "localtime", "timezone", "passwd", "group", "nsswitch.conf", "fonts")
"""Files in /etc that libraries ask for."""
DEVICES = ("/dev/null", "/dev/zero", "/dev/full", "/dev/random", "/dev/urandom")
FIRST_USER, USERS = 61184, 4336
"""The users that systemd, too, takes for processes that get one of their own (`DynamicUser`)."""


def enclose(readable: Sequence[str | Path]) -> list[str]:
    """Confine this process for good to its working directory, without network or other processes.

    Returns in a new process, which is the one that is confined; this one becomes its keeper. To be
    called while there is only one thread.
    readable: files and folders that may be read, besides Python's own and the system's.
    Returns what the kernel does not keep the process from, in words that follow "from".
    """
    directory = os.getcwd()
    places = [*readable, *places_of_python()]
    user = user_of_its_own(directory) if os.geteuid() == 0 else None
    alone = takes_namespaces()
    keep()
    is_other_user = user is not None and becomes(user, places)
    if user is None:
        keep_capabilities(0)
    prctl(PARENT_DEATH_SIGNAL, signal.SIGKILL)
    prctl(NO_NEW_PRIVILEGES, 1)
    version = takes_landlock(directory, readable)
    return not_held(is_other_user, alone, version)


def places_of_python() -> list[str]:
    """The folders of Python, its packages and its modules.

    Of a clone of this repository, only the library: it may hold submissions, too.
    """
    packages = [place for place in sys.path if place and not is_clone(place)]
    return [sys.prefix, sys.base_prefix, sys.exec_prefix, *packages]


def is_clone(place: str | Path) -> bool:
    """Whether a folder is a clone of this repository, with its homework."""
    return Path(place, "tutorials", "homework").is_dir()


def user_of_its_own(directory: str) -> int | None:
    """The number of a user whom nobody else is, and who now owns the directory; None if that cannot
    be, as in a container that knows few users.
    """
    user = FIRST_USER + os.getpid() % USERS
    try:
        os.chown(directory, user, user)
    except OSError:
        return None
    return user


def becomes(user: int, places: Iterable[str | Path]) -> bool:
    """Make this process that user's, without root's capabilities; say whether that was allowed.

    One is kept if Python itself, or what is to be read, lies where only root can read.
    """
    there = [place for place in places if os.path.exists(place)]
    try:
        prctl(KEEP_CAPABILITIES, 1)
        os.setgroups([])
        os.setresgid(user, user, user)
        os.setresuid(user, user, user)
    except OSError:
        keep_capabilities(0)
        return False
    keep_capabilities(0 if all(map(may_read, there)) else READ_EVERYTHING)
    return True


def may_read(place: str | Path) -> bool:
    """Whether this process's user may read a file or folder."""
    return os.access(place, os.R_OK | (os.X_OK if os.path.isdir(place) else 0))


def takes_namespaces() -> bool:
    """Move to namespaces without network and without other processes; say whether that is allowed.

    The processes are for the children of this one. Root needs no user namespace for it.
    """
    apart = NEW_NET | NEW_PID | NEW_IPC
    user, group = os.geteuid(), os.getegid()
    try:
        unshare(apart)
    except OSError:
        try:
            unshare(apart | NEW_USER)
        except OSError:
            return False
        # the same numbers as outside
        Path("/proc/self/setgroups").write_text("deny")
        Path("/proc/self/uid_map").write_text(f"{user} {user} 1")
        Path("/proc/self/gid_map").write_text(f"{group} {group} 1")
    return True


def takes_landlock(directory: str | Path, readable: Iterable[str | Path]) -> int:
    """Allow this thread to write in the directory, to read there and where `enclose` says.

    It may start no program from a file, and reach no socket or process that is not its own. Called
    again, it can only take away. Returns the version of Landlock that holds it to that; 0 if there
    is none.
    """
    try:
        from landlockpy import AccessFS, Ruleset, Scope
    except ImportError:
        return 0
    reading = AccessFS.READ_FILE | AccessFS.READ_DIR
    changing = AccessFS.WRITE_FILE | AccessFS.TRUNCATE | AccessFS.REFER
    making = AccessFS.MAKE_REG | AccessFS.MAKE_DIR | AccessFS.MAKE_SYM
    removing = AccessFS.REMOVE_FILE | AccessFS.REMOVE_DIR
    settings = [f"/etc/{name}" for name in SETTINGS]
    places = [*SYSTEM, *settings, *DEVICES, *places_of_python(), *map(str, readable)]
    rights = dict.fromkeys(places, reading)
    # to find the library in a clone takes the names in it
    rights |= dict.fromkeys(filter(is_clone, sys.path), AccessFS.READ_DIR)
    rights["/dev/null"] |= AccessFS.WRITE_FILE
    rights[str(directory)] = reading | changing | making | removing
    try:
        with Ruleset(scoped=Scope.ABSTRACT_UNIX_SOCKET | Scope.SIGNAL) as rules:
            for place, allowed in rights.items():
                if os.path.isdir(place):
                    rules.allow_path(place, allowed)
                elif os.path.exists(place):
                    rules.allow_path(place, allowed & ~AccessFS.READ_DIR)
            rules.restrict()
            return rules.abi_version
    except OSError:
        return 0


def not_held(is_other_user: bool, alone: bool, landlock: int) -> list[str]:
    """What the kernel does not keep the code from, given what it allowed."""
    missing = []
    if landlock < 1:
        missing.append("reading files outside of its directory")
    if landlock < 3:
        which = "files outside of its directory"
        missing.append(f"changing {'what everyone may change' if is_other_user else which}")
    if not alone:
        missing.append("the network" if landlock < 4 else "UDP and UNIX sockets")
        if not is_other_user:
            missing.append("other processes" if landlock < 6 else "other processes' limits")
    return missing
