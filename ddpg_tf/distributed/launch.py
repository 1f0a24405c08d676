"""All workers of a run on this machine: one process each, with a TF_CONFIG of its own.

A worker gets its order as the first message, and takes the closing of the channel for the end of
its parent. What it has to say comes back as messages.
"""

import builtins
import os
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from functools import partial
from pathlib import Path
from queue import Empty, Queue
from threading import Thread
from typing import TYPE_CHECKING, Any

from ddpg_tf.config import DDPGConfig
from ddpg_tf.distributed.cluster import local_clusters
from ddpg_tf.sandbox.processes import Worker, how_it_ended

if TYPE_CHECKING:
    from ddpg_tf.training.loop import Result

GRACE = 10
"""Seconds that the other workers have to end by themselves when one has failed."""
STANDARD_ERROR = 2
"""Where what a worker prints goes: standard output is this process's own."""


def train_on_this_machine(
    config: DDPGConfig,
    run_dir: str | Path | None = None,
    callbacks: Sequence[Callable] = (),
) -> "Result":
    """Train with `config.workers` processes. The result is the chief's `Result`.

    Raises what the chief raises, and ChildProcessError if a worker is killed. Whatever happens, no
    process is left behind.
    """
    from ddpg_tf.agents.ddpg import DDPG
    from ddpg_tf.training.loop import Result
    from ddpg_tf.training.progress import Progress, tell

    history = []
    with tempfile.TemporaryDirectory() as temporary:
        directory = Path(temporary) / "run" if run_dir is None else Path(run_dir)
        order = {"config": config.to_dict(), "run_dir": str(directory)}
        for message, reply in conversation("ddpg_tf.distributed", order, config.workers):
            if message["row"] is not None:
                history.append(message["row"])
            progress = Progress(message["step"], None, message["row"])
            tell(callbacks, progress)
            reply(progress.stopped)
        return Result(DDPG.load(directory), history, None if run_dir is None else directory)


def messages(module: str, order: dict, workers: int) -> Iterator[dict]:
    """What workers that wait for no answer tell, see `conversation`."""
    for message, _ in conversation(module, order, workers):
        yield message


def conversation(
    module: str, order: dict, workers: int
) -> Iterator[tuple[dict, Callable[[Any], None]]]:
    """Run `python -m MODULE` as so many workers; yield what they tell until all have ended.

    With each message comes a function that sends an answer to the worker. The module obeys `order`
    as `child.py` says. Raises the error that a worker reports and ChildProcessError if one ends
    without a word; the others then have GRACE seconds to say more.
    """
    with started(module, order, workers) as processes:
        queue, running, errors = Queue(), set(range(workers)), {}
        for index, worker in enumerate(processes):
            Thread(target=listen, args=(index, worker, queue), daemon=True).start()
        deadline = None
        while running:
            left = None if deadline is None else max(deadline - time.monotonic(), 0)
            try:
                index, message = queue.get(timeout=left)
            except Empty:
                break
            if isinstance(message, int):
                running.discard(index)
                if message != 0:
                    errors.setdefault(index, silent_end(index, workers, message))
            elif "error" in message:
                errors[index] = error = getattr(builtins, message["error"])(message["text"])
                error.trace = message["trace"]
            else:
                yield message, partial(answer, processes[index])
            if errors and deadline is None:
                deadline = time.monotonic() + GRACE
        if errors:
            # the cause rather than its effect: the others miss the worker that failed
            raise min(errors.values(), key=lambda error: isinstance(error, ConnectionError))


def answer(worker: Worker, message: Any) -> None:
    """Send a worker a message; if it has died, `listen` will tell."""
    with suppress(OSError):
        worker.channel.send(message)


@contextmanager
def started(module: str, order: dict, workers: int) -> Iterator[list[Worker]]:
    """Start the workers and give them their order; end what is left of them afterwards."""
    with ExitStack() as stack:
        processes = []
        for cluster in local_clusters(workers):
            # on the processor: networks this small gain nothing from a GPU that all share
            environment = {**os.environ, **cluster.variable, "CUDA_VISIBLE_DEVICES": "-1"}
            # what can be imported here, such as an environment in the current folder, can be there
            environment["PYTHONPATH"] = os.pathsep.join(filter(None, sys.path))
            command = [sys.executable, "-m", module]
            worker = Worker(command, environment=environment, output=STANDARD_ERROR)
            processes.append(stack.enter_context(worker))
            worker.channel.send(order)
        yield processes


def listen(index: int, worker: Worker, queue: Queue) -> None:
    """Put (index, message) for each message of the worker, then (index, exit code)."""
    try:
        while True:
            queue.put((index, worker.channel.receive()))
    except (EOFError, OSError):
        queue.put((index, worker.process.wait()))


def silent_end(index: int, workers: int, code: int) -> ChildProcessError:
    """The error for a worker that ended without a word."""
    return ChildProcessError(
        f"worker {index} of {workers} {how_it_ended(code)}, which ends the run; "
        "what was saved before is intact"
    )
