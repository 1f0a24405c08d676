"""Lets attacks loose in a process for strangers and says which of them got out.

`python -m tests.sandbox.hostile` does so for all that need no TensorFlow, as whoever runs it.
"""

import os
import resource
import shutil
import socket
import stat
import subprocess
import sys
import tempfile
import time
import uuid
from collections.abc import Sequence
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path

from ddpg_tf.sandbox import channel, limits, packing, processes, strangers
from tests.sandbox.attacks import ATTACKS, INCLUDED, Attack
from tests.sizes import WHOLE

SECRET = "nobody but the teacher knows"
SECONDS = 2.0 if WHOLE else 0.5
"""How long an attack that may hang is waited for."""
ROOM = 2**30

SLEEPER = """
import signal, sys, time
signal.signal(signal.SIGWINCH, lambda *_: open(sys.argv[1], "w").close())
print(end=".", flush=True)
while True:
    time.sleep(1000)
"""
HOST = """
import json, os, sys
from ddpg_tf.sandbox.limits import forbid, limit_resources
from ddpg_tf.sandbox.processes import channel_to_parent
channel = channel_to_parent()
first = channel.receive()
if first["tensorflow"]:
    import keras
    import tensorflow as tf
limit_resources(60, first["room"])
if first["python"]:
    forbid(os.getcwd())
while True:
    names, code = channel.receive()
    space = {**globals(), **names}
    try:
        exec(code, space)
        told = [str(space.get("result") or "")[:200], ""]
    except BaseException as error:
        told = ["", f"{type(error).__name__}: {error}"[:200]]
    channel.send(told)
"""
"""Takes names and a program, runs it, says what it left in `result` and in what it ended."""
MODULES = (packing, channel, processes, limits)

REFUSED = {
    "Landlock": "import landlockpy._syscall, landlockpy.errors\n"
    "def refuse(*_): raise landlockpy.errors.UnsupportedError(95, 'not on this kernel')\n"
    "landlockpy._syscall.abi_version = landlockpy._syscall.create_ruleset = refuse\n",
    "namespaces": "def refuse(*_): raise PermissionError(1, 'not on this machine')\n"
    "sys.modules['ddpg_tf.sandbox.walls'].unshare = refuse\n",
}
"""What makes a process believe that its kernel refuses something."""


class Outside:
    """What there is to attack: a folder for each attack, a process, a server."""

    def __init__(self, stack: ExitStack):
        self.mark = uuid.uuid4().hex
        self.folder = Path(tempfile.mkdtemp(prefix="outside-"))
        stack.callback(shutil.rmtree, self.folder, ignore_errors=True)
        self.folder.chmod(0o755)
        sleeper = [sys.executable, "-c", SLEEPER, str(self.folder / "signalled")]
        self.other = processes.start(
            sleeper, environment={**os.environ, "TOKEN": SECRET}, stdout=subprocess.PIPE
        )
        stack.enter_context(self.other.stdout)
        self.other.stdout.read(1)
        stack.callback(processes.end, self.other)
        self.servers = {}
        for name, family, kind, address in [
            ("TCP", socket.AF_INET6, socket.SOCK_STREAM, ("::", 0)),
            ("UDP", socket.AF_INET, socket.SOCK_DGRAM, ("127.0.0.1", 0)),
            ("SOCKET", socket.AF_UNIX, socket.SOCK_STREAM, str(self.folder / "socket")),
            ("ABSTRACT", socket.AF_UNIX, socket.SOCK_STREAM, f"\0{self.mark}"),
        ]:
            server = stack.enter_context(socket.socket(family, kind))
            server.bind(address)
            server.setblocking(False)
            if kind == socket.SOCK_STREAM:
                server.listen()
            self.servers[name] = server
        (self.folder / "socket").chmod(0o777)
        self.state = self.state_of_the_other()

    def names(self, index: int, keeper: int) -> dict:
        """What the attack of that number is told, and its folder, new."""
        folder = self.folder / str(index)
        (folder / "folder").mkdir(parents=True)
        for name in ("victim.txt", "secret.txt", "secret.db", "folder/inner.txt"):
            (folder / name).write_text(SECRET)
        numbers = {name: self.servers[name].getsockname()[1] for name in ("TCP", "UDP")}
        paths = {"SOCKET": str(self.folder / "socket"), "ABSTRACT": f"\0{self.mark}"}
        user = {"OTHER": self.other.pid, "KEEPER": keeper, "START_USER": os.geteuid()}
        return {"OUT": str(folder), **numbers, **paths, **user}

    def changed(self, index: int) -> str:
        """What is otherwise than it was in an attack's folder, and with the process; "" if all is
        well.
        """
        folder = self.folder / str(index)
        there = sorted(str(path.relative_to(folder)) for path in folder.rglob("*"))
        if there != ["folder", "folder/inner.txt", "secret.db", "secret.txt", "victim.txt"]:
            return f"files: {there}"
        for name in ("victim.txt", "secret.txt", "secret.db", "folder/inner.txt"):
            found = (folder / name).lstat()
            if not stat.S_ISREG(found.st_mode) or (folder / name).read_text() != SECRET:
                return f"{name} is another"
            if stat.S_IMODE(found.st_mode) != 0o644 or found.st_mtime < 1e9:
                return f"{name} has another mode or time"
        now = self.state_of_the_other()
        return f"the process: {now}" if now != self.state else self.heard()

    def state_of_the_other(self) -> list:
        """Whether the process runs, and with what limits."""
        pid = self.other.pid
        status = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        return [
            self.other.poll(),
            status[0] in "RSD",
            status[16],
            resource.prlimit(pid, resource.RLIMIT_NOFILE),
            sorted(os.sched_getaffinity(pid)),
            Path(f"/proc/{pid}/oom_score_adj").read_text(),
            (self.folder / "signalled").exists(),
        ]

    def heard(self) -> str:
        """Which server has heard from somebody; "" if none has."""
        for name, server in self.servers.items():
            with suppress(BlockingIOError):
                if server.type == socket.SOCK_DGRAM:
                    return f"{name} heard {server.recv(99)!r}"
                server.accept()[0].close()
                return f"{name} was called"
        return ""

    def left(self) -> list[str]:
        """The processes that bear this outside's mark in their environment."""
        found = []
        for process in Path("/proc").glob("[0-9]*"):
            with suppress(OSError):
                if f"MARK={self.mark}".encode() in (process / "environ").read_bytes():
                    found.append(f"{process.name} {(process / 'cmdline').read_bytes()[:60]}")
        return found


@contextmanager
def refusing(names: Sequence[str]):
    """Let the processes for strangers that are started inside believe that those are refused."""
    whole = strangers.PROGRAM
    before = "".join(REFUSED[name] for name in names)
    strangers.PROGRAM = whole.replace("\nnot_held =", f"\n{before}not_held =".replace("{", "{{"), 1)
    try:
        yield
    finally:
        strangers.PROGRAM = whole


def let_loose(
    attacks: Sequence[Attack], python: bool, refused: Sequence[str] = ()
) -> tuple[list[str], list[str]]:
    """Run the attacks, those that are not `alone` in one process; what got out, and what this
    machine does not keep them from.

    python: whether Python's own refusals are in force; without them the attacks meet the kernel.
    refused: what of REFUSED the kernel is to be thought to refuse.
    """
    out: list[str] = []
    with ExitStack() as stack, refusing(refused):
        outside = Outside(stack)
        together = [each for each in attacks if not each.alone]
        groups = [together] if together else []
        not_held: list[str] = []
        for group in [*groups, *([each] for each in attacks if each.alone)]:
            start = attacks.index(group[0])
            with strangers.directory_for_strangers() as directory:
                not_held = run_group(group, start, outside, directory, python, out)
            if os.path.exists(directory):
                out.append(f"{group[0].name}: its folder is left")
            deadline = time.monotonic() + 1
            while (left := outside.left()) and time.monotonic() < deadline:
                time.sleep(0.01)
            if left:
                out.append(f"{group[0].name}: left behind {left}")
    return out, not_held


def run_group(group, start, outside, directory, python, out) -> list[str]:
    """Run some attacks in one process, add what got out to `out`; what is not held."""
    environment = strangers.environment_for_strangers(directory, MARK=outside.mark)
    sources = {f"{m.__name__}": Path(m.__file__).read_text() for m in MODULES}
    stranger = strangers.Stranger(HOST, directory, environment, sources)
    with stranger:
        not_held = stranger.not_held()
        tensorflow = any(each.tensorflow for each in group)
        # a process that may only end has little to do with memory
        room = 2**28 if group[0].alone else ROOM
        first = {"tensorflow": tensorflow, "python": python, "room": room}
        stranger.channel.send(first)
        for index, attack in enumerate(group, start=start):
            if {attack.of, INCLUDED.get(attack.of)} & set(not_held) or (
                attack.python and not python
            ):
                continue
            names = outside.names(index, stranger.process.pid)
            began = time.monotonic()
            seconds = SECONDS + 60 * tensorflow if attack.alone else 60.0
            try:
                told, error = stranger.exchange([names, attack.code], seconds)
            except (TimeoutError, EOFError, OSError, ValueError) as ended:
                told, error = "", f"no answer: {ended}"
                if not attack.alone:
                    out.append(f"{attack.name}: {error}")
                    break
            if time.monotonic() - began > seconds + 20:
                out.append(f"{attack.name}: held up the parent for {time.monotonic() - began} s")
            seen = told or outside.changed(index)
            if seen:
                out.append(f"{attack.name}: {seen} ({error})")
    return not_held


if __name__ == "__main__":
    refused = sys.argv[1:]
    plain = [each for each in ATTACKS if not each.tensorflow]
    failed = False
    for python in (False, True):
        out, not_held = let_loose(plain, python, refused)
        print(f"Python refuses: {python}; not held: {not_held}; {len(plain)} attacks, out: {out}")
        failed |= bool(out)
    sys.exit(failed)
