"""Nothing gets out: attacks by the dozen, by whoever runs the tests, on good kernels and bad."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from ddpg_tf.sandbox import strangers
from tests.sandbox.attacks import (
    ATTACKS,
    CHANGING,
    DATAGRAMS,
    LIMITS,
    NETWORK,
    PROCESSES,
    READING,
    SHARED,
)
from tests.sandbox.hostile import REFUSED, let_loose, refusing
from tests.sandbox.test_processes import gone
from tests.sizes import WHOLE, small_version

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="the sandbox needs Linux")

PLAIN = [each for each in ATTACKS if not each.tensorflow]
WITH_TENSORFLOW = [each for each in ATTACKS if each.tensorflow]
ROOT = hasattr(os, "geteuid") and os.geteuid() == 0
NOBODY = 65534


def may_be_run_by_everyone(file):
    return all(place.stat().st_mode & 0o001 for place in [file, *file.parents])


@pytest.mark.slow
def test_nothing_gets_out():
    """With the kernel's walls alone: that they hold does not depend on what Python refuses."""
    out, _ = let_loose(small_version(PLAIN, len(PLAIN) // 3), python=False)
    assert out == []


@pytest.mark.whole
@pytest.mark.parametrize("refused", [[], ["Landlock"], ["namespaces"], list(REFUSED)])
def test_nothing_gets_out_of_what_is_promised_where_the_kernel_refuses(refused):
    out, not_held = let_loose(PLAIN, True, refused)
    assert out == []
    assert bool(not_held) >= bool(refused)


@pytest.mark.whole
@pytest.mark.parametrize("python", [False, True])
def test_nothing_gets_out_through_tensorflow(python):
    out, _ = let_loose(WITH_TENSORFLOW, python)
    assert out == []


if ROOT and may_be_run_by_everyone(Path(sys.executable).resolve()):

    @pytest.mark.whole
    def test_nothing_gets_out_of_a_process_of_somebody_elses():
        subprocess.run(
            [sys.executable, "-m", "tests.sandbox.hostile"],
            user=NOBODY,
            group=NOBODY,
            extra_groups=[],
            check=True,
        )


NOT_HELD = {
    "": set(),
    "Landlock": {READING, SHARED} if ROOT else {READING, CHANGING},
    "namespaces": {DATAGRAMS} if ROOT else {DATAGRAMS, LIMITS},
    "Landlock namespaces": {READING, SHARED, NETWORK}
    if ROOT
    else {READING, CHANGING, NETWORK, PROCESSES},
}


@pytest.mark.parametrize("refused", NOT_HELD)
def test_what_is_not_held_is_told_once_in_a_line(refused, capsys, monkeypatch):
    monkeypatch.setattr(strangers, "TOLD", set())
    with refusing(refused.split()):
        strangers.tell_what_is_not_held()
        strangers.tell_what_is_not_held()
    lines = capsys.readouterr().err.splitlines()
    assert len(lines) <= 1
    if refused:
        assert all(part in lines[0] for part in NOT_HELD[refused])
    # a kernel that refuses by itself says so, and is no failure of ours
    assert lines or not refused


def test_a_strangers_process_ends_with_the_process_that_started_it():
    program = (
        "import sys, time\n"
        "from ddpg_tf.sandbox.strangers import *\n"
        "with directory_for_strangers() as directory:\n"
        "    then = 'import time; time.sleep(1000)'\n"
        "    stranger = Stranger(then, directory, environment_for_strangers(directory))\n"
        "    stranger.not_held()\n"
        "    print(stranger.process.pid, directory, flush=True)\n"
        "    time.sleep(1000)\n"
    )
    grader = subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE, text=True)
    with grader:
        keeper, directory = grader.stdout.readline().split()
        grader.send_signal(signal.SIGKILL)
    strangers.remove(directory)
    assert gone(int(keeper))


def test_there_are_enough_attacks():
    assert len({attack.name for attack in ATTACKS}) == len(ATTACKS) >= 60
    assert WHOLE or len(small_version(PLAIN, len(PLAIN) // 3)) * 3 >= 60
