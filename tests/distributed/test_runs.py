"""Whole runs with two workers: what they write, and how they end when a worker does."""

import os
import subprocess
import sys
import time
from contextlib import contextmanager
from threading import Thread

import numpy as np
import pytest

from ddpg_tf import DDPG, DDPGConfig, evaluate, train
from ddpg_tf.cli.main import main
from ddpg_tf.distributed import launch
from ddpg_tf.distributed.cluster import local_clusters

SHORT = {
    "workers": 2,
    "warmup_steps": 40,
    "update_every": 10,
    "eval_every": 50,
    "eval_episodes": 1,
    "hidden_sizes": (8, 8),
    "batch_size": 16,
    "normalize_observations": True,
    # their processes must neither hang nor outlive their worker
    "num_envs": 2,
    "vectorization": "async",
}
OPTIONS = ["--workers", "2", "--warmup-steps", "40", "--update-every", "10", "--eval-every", "50"]
OPTIONS += ["--eval-episodes", "1", "--hidden-sizes", "8", "8", "--batch-size", "16"]
OPTIONS += ["--normalize-observations", "True", "--num-envs", "2", "--vectorization", "async"]
PIPES = dict.fromkeys(("stdin", "stdout", "stderr"), subprocess.PIPE) | {"text": True}
STATED = 30
"""Seconds, stated in the README, after which the loss of a worker has ended the run."""

pytestmark = pytest.mark.slow


@pytest.fixture
def processes(monkeypatch):
    """The workers that are started in this test."""
    spied, start = [], launch.started

    @contextmanager
    def spying(*arguments):
        with start(*arguments) as workers:
            spied.extend(worker.process for worker in workers)
            yield workers

    monkeypatch.setattr(launch, "started", spying)
    return spied


@contextmanager
def machines(folder, total_steps):
    """Two processes of the command line, which a TF_CONFIG each makes one cluster."""
    command = [sys.executable, "-m", "ddpg_tf.cli", "train", *OPTIONS]
    command += ["--total-steps", str(total_steps)]
    processes = [
        subprocess.Popen(
            [*command, "--run-dir", f"run-{cluster.index}"],
            cwd=folder,
            env={**os.environ, **cluster.variable},
            **PIPES,
        )
        for cluster in local_clusters(2)
    ]
    try:
        yield processes
    finally:
        for process in processes:
            process.kill()
            process.communicate()


def wait_for_a_row(run_dir):
    """Wait until an evaluation has been saved and recorded there."""
    deadline = time.monotonic() + 200
    metrics = run_dir / "metrics.csv"
    while not (metrics.is_file() and metrics.read_text().count("\n") > 1):
        assert time.monotonic() < deadline, "the run does not get anywhere"
        time.sleep(0.1)


@pytest.mark.whole
def test_a_cluster_makes_the_run_that_local_workers_make(tmp_path, processes):
    result = train(DDPGConfig(**SHORT, total_steps=100), tmp_path / "local")
    assert [process.returncode for process in processes] == [0, 0]
    assert [row["step"] for row in result.history] == [50, 100]
    assert result.agent.config.workers == 2
    # each worker's 100 observations
    assert result.agent.observation_moments.count == 200

    with machines(tmp_path, total_steps=100) as cluster:
        said = [machine.communicate(timeout=200) for machine in cluster]
        assert [machine.returncode for machine in cluster] == [0, 0], said
    assert said[0][0].count("\n") == 1
    assert said[1] == ("", "")
    assert not (tmp_path / "run-1").exists()
    metrics = (tmp_path / "local" / "metrics.csv").read_bytes()
    assert metrics.count(b"\n") == 3
    assert metrics == (tmp_path / "run-0" / "metrics.csv").read_bytes()


def killed_local_worker(folder, processes, capsys):
    """Train with local workers, one of which is killed; what the user is told, in how long."""

    def kill():
        wait_for_a_row(folder / "run")
        processes[1].kill()
        killed.append(time.monotonic())

    killed = []
    Thread(target=kill).start()
    options = ["--run-dir", str(folder / "run"), "--total-steps", "1000000"]
    assert main(["train", *OPTIONS, *options]) == 2
    took = time.monotonic() - killed[0]
    assert None not in [process.poll() for process in processes]
    error = capsys.readouterr().err
    assert "worker 1 of 2" in error
    assert "SIGKILL" in error
    return error, took


def killed_machine(folder, processes, capsys):
    """Train as two machines, one of which is killed; what the user of the other is told."""
    with machines(folder, total_steps=1_000_000) as cluster:
        wait_for_a_row(folder / "run-0")
        cluster[1].kill()
        killed = time.monotonic()
        _, error = cluster[0].communicate(timeout=STATED)
        assert cluster[0].returncode == 2
    (folder / "run-0").rename(folder / "run")
    return error, time.monotonic() - killed


@pytest.mark.whole
@pytest.mark.parametrize("killed", [killed_local_worker, killed_machine])
def test_a_lost_worker_ends_the_run_and_leaves_what_was_saved(killed, tmp_path, processes, capsys):
    error, took = killed(tmp_path, processes, capsys)
    assert error.count("\n") == 1
    assert took < STATED
    returns = evaluate(DDPG.load(tmp_path / "run"), "Pendulum-v1", episodes=1)
    assert np.isfinite(returns).all()


def test_workers_end_with_the_process_that_started_them(tmp_path):
    order = {"config": {**SHORT, "total_steps": 1_000_000}, "run_dir": str(tmp_path / "run")}
    code = (
        "from ddpg_tf.distributed.launch import started\n"
        f"with started('ddpg_tf.distributed', {order}, 2) as workers:\n"
        "    print(*(worker.process.pid for worker in workers), flush=True)\n"
        "    input()\n"
    )
    parent = subprocess.Popen([sys.executable, "-c", code], **PIPES)
    workers = [int(pid) for pid in parent.stdout.readline().split()]
    assert len(workers) == 2
    assert all(map(is_alive, workers))
    parent.kill()
    parent.communicate()
    deadline = time.monotonic() + STATED
    while any(map(is_alive, workers)):
        assert time.monotonic() < deadline
        time.sleep(0.1)


def is_alive(pid: int) -> bool:
    """Whether there is such a process, other than a dead one that has not been waited for."""
    state = subprocess.run(["ps", "-o", "stat=", "-p", str(pid)], capture_output=True, text=True)
    return state.stdout.strip()[:1] not in ("", "Z")
