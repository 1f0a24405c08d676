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

from ddpg_tf.diagnosis.advice import advice_on
from ddpg_tf.diagnosis.cases import LEARNING_RATE, Case
from ddpg_tf.diagnosis.networks import (
    batch_norms,
    build_actor,
    build_critic,
    note_predictions,
    trainable_flags,
    watched,
)
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
    """All weights of the actor after the call."""
    networks_after: dict[str, list[np.ndarray]] = field(default_factory=dict)
    """All weights of each other network after the call."""
    optimizer_steps: int = 0
    """By how much the given optimizer's `iterations` grew."""
    refrozen: tuple[str, ...] = ()
    """The networks whose `trainable` flags were not the same after the call, the actor too."""


@dataclass
class CaseRecord:
    """What the calls of one case did."""

    calls: list[CallRecord]
    flags: "Flags" = field(default_factory=lambda: Flags())
    error: str = ""
    """The exception that ended it, if one did."""
    advice: str = ""
    """The name of the advice in `advice.py` on that exception, if there is one."""
    used: bool = True
    """Whether any of the networks was called."""
    predicted: bool = False
    """Whether a network was asked to `predict`."""
    stepped_with: frozenset = frozenset()
    """How the given optimizer was asked for its step: `APPLY`, or drawn into a graph of Keras 2's
    kind first, as `GET_UPDATES` does."""


@dataclass(frozen=True)
class Flags:
    """The `training` flags that batch norm was called with: True, False, None where left open."""

    actor: frozenset = frozenset()
    """In the calls of the actor that a gradient came through."""
    critic: frozenset = frozenset()
    """In the calls of the critic that a gradient came through."""
    all_actor: frozenset = frozenset()
    """In all calls of the actor."""
    all_critic: frozenset = frozenset()
    """In all calls of the critic."""


@dataclass(frozen=True)
class Modes:
    """The mode of batch norm where a candidate leaves it open: training, or inference."""

    actor_trains: bool = False
    critic_trains: bool = False


APPLY, GET_UPDATES = "apply", "get_updates"
AS_KERAS = Modes()
"""Keras takes a flag that is left open for inference."""


def run_case(
    candidate: Callable,
    signature: Signature,
    case: Case,
    modes: Modes = AS_KERAS,
    build: Callable | None = None,
) -> CaseRecord:
    """Make the candidate's calls on freshly built networks. Its exceptions end up in the record.

    build: a function to be used in place of `build_networks`.
    """
    actor, networks = (build or build_networks)(case, signature.networks)
    both = {"actor": actor, **networks}
    for name, network in both.items():
        prepare_batch_norm(network, modes.actor_trains if name == "actor" else modes.critic_trains)
    dense = [layer for network in both.values() for layer in watched(network)]
    for layer in dense:
        layer.was_called = layer.model_predicted = False
    optimizer, stepped_with = optimizer_that_notes(keras.optimizers.SGD(LEARNING_RATE))
    record = CaseRecord([])
    for call in case.calls:
        actor.set_weights(call.actor_weights)
        for name, network in networks.items():
            network.set_weights(call.weights[name])
        for network in both.values():
            network.trainable = True
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
            record.error, record.advice = one_line(error), advice_on(error)
            break
        found = CallRecord(None) if signature.performs_update else read_gradients(answer)
        found.actor_after = [read(variable) for variable in actor.weights]
        found.networks_after = {
            name: [read(variable) for variable in network.weights]
            for name, network in networks.items()
        }
        found.optimizer_steps = int(read(optimizer.iterations) - steps_before)
        found.refrozen = tuple(
            name for name, network in both.items() if not all(trainable_flags(network))
        )
        record.calls.append(found)
    record.flags = flags_of(actor, networks.get("critic"))
    record.used = any(layer.was_called for layer in dense)
    record.predicted = any(layer.model_predicted for layer in dense)
    record.stepped_with = frozenset(stepped_with)
    return record


def prepare_batch_norm(network: keras.Model, training_by_default: bool) -> None:
    """Set the mode of a network's batch norm where it is left open, and forget earlier calls.

    Its moments stay as they are, whatever the mode: a call in training mode would otherwise change
    what inference mode gives afterwards.
    """
    for layer in batch_norms(network):
        layer.training_by_default = training_by_default
        layer.flags.clear()
        layer.all_flags.clear()
        layer.momentum = 1.0


def flags_of(actor: keras.Model, critic: keras.Model | None) -> Flags:
    """The flags that the batch norm of both was called with."""

    def joined(network, which):
        layers = batch_norms(network) if network is not None else []
        return frozenset(flag for layer in layers for flag in getattr(layer, which))

    return Flags(
        joined(actor, "flags"),
        joined(critic, "flags"),
        joined(actor, "all_flags"),
        joined(critic, "all_flags"),
    )


def optimizer_that_notes(
    optimizer: keras.optimizers.Optimizer,
) -> tuple[keras.optimizers.Optimizer, set[str]]:
    """The same optimizer, and the set to which it adds the ways in which it is asked for a step."""
    ways: set[str] = set()
    apply = optimizer.apply

    def noted(*arguments, **options):
        ways.add(GET_UPDATES if is_in_symbolic_graph() else APPLY)
        return apply(*arguments, **options)

    optimizer.apply = noted
    return optimizer, ways


def is_in_symbolic_graph() -> bool:
    """Whether TensorFlow is drawing into a graph such as Keras 2 had: not just a tf.function."""
    graph = None if tf.executing_eagerly() else tf.compat.v1.get_default_graph()
    while graph is not None:
        if getattr(graph, "name", "") == "wrapped_function":
            return True
        graph = getattr(graph, "outer_graph", None)
    return False


def build_networks(case: Case, names: Sequence[str]) -> tuple[keras.Model, dict[str, keras.Model]]:
    """Build the actor, and the other networks of those names."""
    spec = case.architecture
    builders = {"target_actor": build_actor}
    networks = {name: builders.get(name, build_critic)(spec) for name in names}
    for network in networks.values():
        note_predictions(network)
    return note_predictions(build_actor(spec)), networks


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
