"""Processes in groups of their own: what they get, what they answer, and that none is left."""

import os
import subprocess
import sys
import time

import numpy as np
import pytest

from ddpg_tf.sandbox.descendants import descendants
from ddpg_tf.sandbox.processes import (
    RUNNING,
    Worker,
    end,
    end_all,
    how_it_ended,
    run,
    start,
)
from ddpg_tf.sandbox.strangers import environment_for_strangers

ECHO = """
from ddpg_tf.sandbox.processes import channel_to_parent
channel = channel_to_parent()
while True:
    message = channel.receive()
    {then}
    channel.send(message)
"""


def worker(then="pass"):
    return Worker([sys.executable, "-c", ECHO.format(then=then)], environment=dict(os.environ))


def is_alive(pid):
    state = subprocess.run(["ps", "-o", "stat=", "-p", str(pid)], capture_output=True, text=True)
    return state.stdout.strip()[:1] not in ("", "Z")


def gone(pid):
    """Whether a process that was killed goes within a second."""
    deadline = time.monotonic() + 1
    while is_alive(pid) and time.monotonic() < deadline:
        time.sleep(0.01)
    return not is_alive(pid)


@pytest.mark.parametrize("module", ["limits", "notebooks", "packing", "channel", "processes"])
def test_the_sandbox_needs_neither_tensorflow_nor_the_rest_of_the_library(module):
    code = (
        f"import sys, ddpg_tf.sandbox.{module}\n"
        "names = [n for n in sys.modules if n.partition('.')[0] in ('tensorflow', 'keras')]\n"
        "names += [n for n in sys.modules if n.startswith('ddpg_tf.')]\n"
        "sys.exit(any(not n.startswith('ddpg_tf.sandbox') for n in names))"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_run_gives_the_exit_code_and_what_was_printed(tmp_path):
    code = (
        "import os, sys; print(os.getcwd()); print(os.environ['A'], file=sys.stderr); sys.exit(3)"
    )
    finished = run([sys.executable, "-c", code], tmp_path, {"A": "b"})
    assert (finished.returncode, finished.stdout.strip(), finished.stderr.strip()) == (
        3,
        str(tmp_path),
        "b",
    )
    assert not RUNNING


@pytest.mark.parametrize("ends_by_itself", [True, False])
def test_run_leaves_nothing_behind(ends_by_itself, tmp_path):
    """Of a process that has ended, its group; of one that runs too long, all its descendants."""
    note = tmp_path / "pid"
    code = (
        "import subprocess, sys, time\n"
        "nowhere = {'stdout': subprocess.DEVNULL, 'stderr': subprocess.DEVNULL}\n"
        f"nowhere['start_new_session'] = {not ends_by_itself}\n"
        "child = subprocess.Popen(['sleep', '1000'], **nowhere)\n"
        f"open({str(note)!r}, 'w').write(str(child.pid))\n"
        f"time.sleep({0 if ends_by_itself else 1000})"
    )
    if ends_by_itself:
        assert run([sys.executable, "-c", code]).returncode == 0
    else:
        with pytest.raises(TimeoutError):
            run([sys.executable, "-c", code], seconds=1.0)
    assert gone(int(note.read_text()))


def test_the_end_of_a_process_is_the_end_of_its_descendants():
    code = (
        "import subprocess, time\n"
        "child = subprocess.Popen(['sleep', '1000'], start_new_session=True)\n"
        "print(child.pid, flush=True)\n"
        "time.sleep(1000)"
    )
    process = start([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True)
    with process.stdout:
        child = int(process.stdout.readline())
    assert child in descendants(process.pid)
    assert os.getpgid(child) != os.getpgid(process.pid) == process.pid
    end_all()
    assert process.returncode == -9
    assert gone(child)
    assert end(process) == -9, "once more does no harm"


def test_a_worker_answers_and_is_gone_afterwards():
    with worker() as echo:
        for message in [(1, {2: None}), "text"]:
            assert echo.exchange(message, seconds=30) == message
    assert not is_alive(echo.process.pid)
    assert not RUNNING


@pytest.mark.parametrize(
    ("then", "error"),
    [
        ("import time; time.sleep(1000)", TimeoutError),
        ("import os; os._exit(3)", EOFError),
        ("import os; os.write(channel._socket.fileno(), bytes(8)); continue", ValueError),
        ("import os; os.write(channel._socket.fileno(), b'x' * 8); continue", ValueError),
        # the beginning of a message, and never its end
        ("import os; os.write(channel._socket.fileno(), bytes(7) + b'x'); continue", TimeoutError),
    ],
)
def test_whatever_a_worker_does_its_parent_goes_on(then, error):
    with worker(then) as bad, pytest.raises(error):
        bad.exchange("hello", seconds=5 if error is not TimeoutError else 1)
    assert not is_alive(bad.process.pid)


def test_a_worker_that_reads_nothing_does_not_hold_up_its_parent():
    silent = Worker([sys.executable, "-c", "import time; time.sleep(1000)"])
    with silent, pytest.raises(TimeoutError):
        silent.exchange(np.zeros(10**7), seconds=0.5)


def test_what_a_worker_prints_is_no_message():
    with worker("print('correct', flush=True)") as loud:
        assert loud.exchange(1, seconds=30) == 1


def test_a_process_ends_with_its_parent():
    code = (
        "import sys, time\n"
        "from ddpg_tf.sandbox.processes import channel_to_parent, end_with_parent\n"
        "end_with_parent(channel_to_parent())\n"
        "time.sleep(1000)"
    )
    orphan = Worker([sys.executable, "-c", code])
    orphan.channel.close()
    assert orphan.process.wait(timeout=30) == -9
    assert how_it_ended(orphan.end()) == "was killed by SIGKILL"


def test_strangers_see_no_secrets(monkeypatch, tmp_path):
    monkeypatch.setenv("COURSE_TOKEN", "secret")
    environment = environment_for_strangers(str(tmp_path), MORE="1")
    assert "secret" not in environment.values()
    assert (environment["HOME"], environment["MORE"]) == (str(tmp_path), "1")
