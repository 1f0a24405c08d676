"""Peak memory, two ways.

Compiled by XLA: the compiler lays out every buffer beforehand, and its buffer assignment says how
many bytes the program needs beyond its inputs and outputs. Exact, and the same on every run.

Eagerly and in a graph: by how much the peak of the process's resident memory rises when a large
batch follows a small one, in a process of its own. It includes what the allocator keeps or rounds
up, so it is good to a few MB.
"""

import json
import os
import sys
from collections.abc import Callable
from pathlib import Path

import keras
import tensorflow as tf

from ddpg_tf.sandbox.processes import run

MIB = 2**20

LAUNCHER = "import subprocess, sys; sys.exit(subprocess.run(sys.argv[1:]).returncode)"
"""Starts the measuring process from a small one: Linux counts into a new process's peak the memory
of the process that started it, and this one is large."""


def xla_temporary_bytes(function: Callable, *arguments: tf.Tensor) -> int | None:
    """The bytes of temporary buffers of a compiled `tf.function`; None if unknown."""
    try:
        from tensorflow.compiler.xla.service import hlo_pb2
    except ImportError:  # not a public module: it may move
        return None
    compiled = function.experimental_get_compiler_ir(*arguments)
    proto = hlo_pb2.HloProto.FromString(compiled(stage="optimized_hlo_proto_serialized"))
    return sum(
        buffer.size
        for buffer in proto.buffer_assignment.buffer_allocations
        if not (buffer.is_entry_computation_parameter or buffer.maybe_live_out)
        and not (buffer.is_thread_local or buffer.is_constant)
    )


def resident_growth(strategy: str, mode: str, batch_size: int, width: int) -> float | None:
    """By how many MiB a large batch raises the peak of a process; None where unknown."""
    if sys.platform == "win32":  # it has no getrusage
        return None
    root = Path(__file__).parents[2]
    command = [sys.executable, "-c", LAUNCHER, sys.executable, "-m", "comparisons.cost.peak"]
    command += [strategy, mode, str(batch_size), str(width)]
    quiet = os.environ | {"TF_CPP_MIN_LOG_LEVEL": "3"}
    answer = run(command, root, quiet)
    if answer.returncode:
        raise OSError(f"measuring memory failed: {answer.stderr.strip().splitlines()[-1]}")
    return json.loads(answer.stdout.splitlines()[-1])


def jacobian_bytes(actor: keras.Model, batch_size: int, action_size: int) -> int:
    """The size of da/dtheta: batch * act_dim * P numbers of the actor's dtype."""
    weights = sum(int(tf.size(variable.value)) for variable in actor.trainable_variables)
    return batch_size * action_size * weights * tf.as_dtype(actor.dtype).size
