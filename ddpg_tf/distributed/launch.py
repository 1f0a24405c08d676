"""All workers of a run on this machine: one process each, with a TF_CONFIG of its own.

A worker gets its order as one line of JSON on standard input, and takes the end of that input for
the end of its parent. What it has to say comes back as lines of JSON on standard output.
"""

import builtins
import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from queue import Empty, Queue
from threading import Thread

from ddpg_tf.distributed.cluster import local_clusters

GRACE = 10
"""Seconds that the other workers have to end by themselves when one has failed."""


def train_on_this_machine(config, run_dir=None, progress=None):
    """Train with `config.workers` processes; return the `Result` of the chief.

    Raises what the chief raises, and ChildProcessError if a worker is killed. No process is left
    behind, whatever happens.
    """
    from ddpg_tf.agents.ddpg import DDPG
    from ddpg_tf.training.loop import Progress, Result

    history = []
    with tempfile.TemporaryDirectory() as temporary:
        directory = Path(temporary) / "run" if run_dir is None else Path(run_dir)
        order = {"config": config.to_dict(), "run_dir": str(directory)}
        for message in messages("ddpg_tf.distributed", order, config.workers):
            if message["row"] is not None:
                history.append(message["row"])
            if progress:
                progress(Progress(message["step"], None, None, None, message["row"]))
        return Result(DDPG.load(directory), history, run_dir and directory)


def messages(module: str, order: dict, workers: int) -> Iterator[dict]:
    """Run `python -m MODULE` as so many workers; yield what they tell until all have ended.

    The module obeys `order` as `child.py` says. Raises the error that a worker reports and
    ChildProcessError if one ends without a word; the others then have GRACE seconds to say more.
    """
    with started(module, order, workers) as processes:
        queue, running, errors = Queue(), set(range(workers)), {}
        for index, process in enumerate(processes):
            Thread(target=listen, args=(index, process, queue), daemon=True).start()
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
                errors[index] = getattr(builtins, message["error"])(message["text"])
            else:
                yield message
            if errors and deadline is None:
                deadline = time.monotonic() + GRACE
        if errors:
            # what befell one worker, rather than that another misses it
            raise min(errors.values(), key=lambda error: isinstance(error, ConnectionError))


@contextmanager
def started(module: str, order: dict, workers: int):
    """Yield the workers' processes; kill what is left of them in the end."""
    with ExitStack() as stack:
        processes = []
        for cluster in local_clusters(workers):
            process = subprocess.Popen(
                [sys.executable, "-m", module],
                # on the processor: networks this small gain nothing from a GPU that all share
                env={**os.environ, **cluster.variable, "CUDA_VISIBLE_DEVICES": "-1"},
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                text=True,
                # a group of its own, with its environments' processes: Ctrl-C is for the parent
                start_new_session=True,
            )
            processes.append(stack.enter_context(process))
            stack.callback(kill_group, process.pid)
            process.stdin.write(json.dumps(order) + "\n")
            process.stdin.flush()
        yield processes


def kill_group(leader: int) -> None:
    """Kill the processes of a worker's group, if there are any left."""
    with suppress(ProcessLookupError):
        os.killpg(leader, signal.SIGKILL)


def listen(index: int, process, queue: Queue) -> None:
    """Put (index, message) for each line of the process, then (index, exit code)."""
    for line in process.stdout:
        queue.put((index, json.loads(line)))
    queue.put((index, process.wait()))


def silent_end(index: int, workers: int, code: int) -> ChildProcessError:
    """Return the error for a worker that ended without a word."""
    how = f"was killed by {signal.Signals(-code).name}" if code < 0 else f"ended with code {code}"
    return ChildProcessError(
        f"worker {index} of {workers} {how}, which ends the run; what was saved before is intact"
    )
