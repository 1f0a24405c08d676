"""Run a candidate on a case and record what it did: arrays and plain facts, without a judgement.

This runs in the student's process too. The functions that read the networks' weights are bound
here, when the module is imported, which is before any student's code runs: code that replaces
TensorFlow's or Keras's functions later does not replace these.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import keras
import numpy as np
import tensorflow as tf

from ddpg_tf.diagnosis.cases import LEARNING_RATE, Case
from ddpg_tf.diagnosis.networks import batch_norms, build_actor, build_critic, watched
from ddpg_tf.diagnosis.signature import Signature

read_variable = tf.raw_ops.ReadVariableOp
as_array = np.array


@dataclass
class CallRecord:
    """What one call did."""

    returned: list[np.ndarray | None] | None
    """The gradients; None if it returned something else, or performs the update."""
    problem: str = ""
    """What was returned in their place."""
    actor_after: list[np.ndarray] = field(default_factory=list)
    """The actor's trainable weights after the call."""
    networks_after: dict[str, list[np.ndarray]] = field(default_factory=dict)
    """All weights of each other network after the call."""
    optimizer_steps: int = 0
    """By how much the given optimizer's `iterations` grew."""


@dataclass
class CaseRecord:
    """What the calls of one case did."""

    calls: list[CallRecord]
    flags: frozenset = frozenset()
    """The `training` flags of the actor's batch norm in the calls that a gradient came through."""
    error: str = ""
    """The exception that ended it, if one did."""
    used: bool = True
    """Whether any of the networks was called."""


def run_case(
    candidate: Callable,
    signature: Signature,
    case: Case,
    training_by_default: bool = False,
    build: Callable | None = None,
) -> CaseRecord:
    """Make the candidate's calls on freshly built networks. Its exceptions end up in the record.

    training_by_default: the mode of the actor's batch norm where the candidate leaves it open,
    False as in Keras. build: a function to be used in place of `build_networks`.
    """
    actor, networks = (build or build_networks)(case, signature.networks)
    for layer in batch_norms(actor):
        layer.training_by_default = training_by_default
        layer.flags.clear()
        layer.momentum = 1.0  # or a call in training mode would change what inference mode gives
    dense = [layer for network in (actor, *networks.values()) for layer in watched(network)]
    for layer in dense:
        layer.was_called = False
    optimizer = keras.optimizers.SGD(LEARNING_RATE)
    record = CaseRecord([])
    for call in case.calls:
        actor.set_weights(call.actor_weights)
        for name, network in networks.items():
            network.set_weights(case.weights[name])
        things = {
            "actor": actor,
            **networks,
            "optimizer": optimizer,
            "observations": tf.constant(call.observations),
            "actions": tf.constant(call.actions),
        }
        steps_before = read(optimizer.iterations)
        try:
            with tf.device("/CPU:0"):  # a GPU may multiply with 10 bits where asked for 24
                answer = signature.call(candidate, things)
        except (Exception, SystemExit) as error:
            record.error = one_line(error)
            break
        found = CallRecord(None) if signature.performs_update else read_gradients(answer)
        found.actor_after = [read(variable) for variable in actor.trainable_variables]
        found.networks_after = {
            name: [read(variable) for variable in network.weights]
            for name, network in networks.items()
        }
        found.optimizer_steps = int(read(optimizer.iterations) - steps_before)
        record.calls.append(found)
    record.flags = frozenset(flag for layer in batch_norms(actor) for flag in layer.flags)
    record.used = any(layer.was_called for layer in dense)
    return record


def build_networks(case: Case, names: Sequence[str]) -> tuple[keras.Model, dict[str, keras.Model]]:
    """Build the actor, and the other networks of those names."""
    spec = case.architecture
    builders = {"target_actor": build_actor}
    return build_actor(spec), {name: builders.get(name, build_critic)(spec) for name in names}


def read(variable: keras.Variable) -> np.ndarray:
    """A Keras variable's value."""
    value = variable.value
    return as_array(read_variable(resource=value.handle, dtype=value.dtype))


def read_gradients(answer: Any) -> CallRecord:
    """Convert what a candidate returned to arrays, or say what it is instead."""
    if not isinstance(answer, list | tuple):
        return CallRecord(None, described(answer))
    gradients = []
    for index, gradient in enumerate(answer):
        array = None if gradient is None else to_array(gradient)
        if gradient is not None and array is None:
            return CallRecord(None, f"a list with a {type(gradient).__name__} at place {index}")
        gradients.append(array)
    return CallRecord(gradients)


def described(answer: Any) -> str:
    """What an answer is that is not a list, in words."""
    return "nothing" if answer is None or answer is ... else f"a {type(answer).__name__}"


def to_array(gradient: Any) -> np.ndarray | None:
    """Convert a gradient to an array of real numbers; None if that cannot be done."""
    # a pair (gradient, variable) would be stacked to one array
    if isinstance(gradient, list | tuple):
        return None
    try:
        if isinstance(gradient, tf.IndexedSlices | keras.Variable):
            gradient = tf.convert_to_tensor(gradient)
        array = as_array(gradient)
        # NumPy does not know bfloat16; whatever converts to float64 is a number here
        return array if array.dtype.kind == "f" else array.astype(np.float64)
    except Exception:
        return None


def one_line(error: BaseException) -> str:
    """The exception's type and the first 200 characters of its message in one line."""
    return f"{type(error).__name__}: {' '.join(str(error).split())}"[:200].rstrip(": ")
