"""Who takes part in a run: what TensorFlow's environment variable TF_CONFIG says.

Each machine is told all addresses and its own place among them:

    TF_CONFIG='{"cluster": {"worker": ["10.0.0.1:2222", "10.0.0.2:2222"]},
                "task": {"type": "worker", "index": 0}}'

Worker 0 is the chief, unless there is a job "chief" of its own.
"""

import json
import os
import socket
from collections.abc import Mapping
from contextlib import ExitStack
from typing import NamedTuple

from ddpg_tf.config import DDPGConfig

VARIABLE = "TF_CONFIG"


class Cluster(NamedTuple):
    """All workers' addresses, "host:port", the chief's first, and this worker's index in them."""

    addresses: tuple[str, ...]
    index: int  # type: ignore[assignment]  # hides tuple.index

    @property
    def is_chief(self) -> bool:
        """Whether this worker evaluates, records and saves."""
        return self.index == 0

    @property
    def variable(self) -> dict[str, str]:
        """The environment variable that says this."""
        task = {"type": "worker", "index": self.index}
        return {VARIABLE: json.dumps({"cluster": {"worker": self.addresses}, "task": task})}


def cluster_of_environment(environment: Mapping[str, str] = os.environ) -> Cluster | None:
    """The cluster that TF_CONFIG describes, or None if it is not set.

    Raises ValueError for one that is not a cluster of workers.
    """
    text = environment.get(VARIABLE)
    if text is None:
        return None
    try:
        description = json.loads(text)
        jobs, task = description["cluster"], description["task"]
        places = [(job, i) for job in ("chief", "worker") for i in range(len(jobs.get(job, ())))]
        addresses = tuple(jobs[job][i] for job, i in places)
        index = places.index((task["type"], int(task["index"])))
        known = len(places) == sum(map(len, jobs.values()))
    except (ValueError, KeyError, TypeError, AttributeError):
        known = False
    if not known:
        raise ValueError(
            f"{VARIABLE} must be like "
            '{"cluster": {"worker": ["HOST:PORT", "HOST:PORT"]}, '
            f'"task": {{"type": "worker", "index": 0}}}}; got {text}'
        )
    return Cluster(addresses, index)


def cluster_for(workers: int, environment: Mapping[str, str] = os.environ) -> Cluster | None:
    """The cluster that TF_CONFIG describes, or None if it is not set.

    Raises ValueError if it is one of another number of workers.
    """
    cluster = cluster_of_environment(environment)
    if cluster is not None and len(cluster.addresses) != workers:
        listed = len(cluster.addresses)
        raise ValueError(
            f"{VARIABLE} lists {listed} workers and the config says {workers}; train "
            f"with --workers {listed}, or unset {VARIABLE} to train on this machine alone"
        )
    return cluster


def several_workers(config: DDPGConfig, environment: Mapping[str, str] = os.environ) -> bool:
    """Whether a run of `config` has several workers. Raises as `cluster_for` does."""
    cluster_for(config.workers, environment)
    return config.workers > 1


def is_chief(environment: Mapping[str, str] = os.environ) -> bool:
    """Whether this process shows and records a run: all do, except the others of a cluster."""
    cluster = cluster_of_environment(environment)
    return cluster is None or cluster.is_chief


def local_clusters(workers: int) -> list[Cluster]:
    """The places of that many workers on this machine, on loopback ports that are free."""
    with ExitStack() as sockets:
        bound = [sockets.enter_context(socket.socket()) for _ in range(workers)]
        for each in bound:
            each.bind(("127.0.0.1", 0))
        addresses = tuple(f"127.0.0.1:{each.getsockname()[1]}" for each in bound)
    return [Cluster(addresses, index) for index in range(workers)]
