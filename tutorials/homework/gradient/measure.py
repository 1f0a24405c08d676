"""What a student's gradient function does on small networks, as plain data.

This part runs beside the student's code; `hidden.py`, elsewhere, judges what it returns. It sees
the way as well: TensorFlow's functions for gradients, and the optimiser's step, are watched from
before the student's code runs.
"""

import functools
from collections import deque
from collections.abc import Callable, Iterable
from typing import Any

import keras
import numpy as np
import tensorflow as tf

from ddpg_tf.diagnosis.cases import default_cases
from ddpg_tf.diagnosis.messages import answer_of
from tutorials.homework.gradient.checks import one_weight_gradients, one_weight_step

SEEN: deque[dict[str, Any]] = deque(maxlen=1000)
"""What was done since it was last emptied, in order."""
WEIGHTS: set[int] = set()
"""The weights of the networks that the candidate was given, by identity."""


def watch(owner: Any, name: str, describe: Callable[..., dict[str, Any]]) -> None:
    """Replace a function of `owner` by one that does the same, and adds to SEEN."""
    function = getattr(owner, name)

    @functools.wraps(function)
    def watched(*args, **kwargs):
        what = {"what": name, "in_graph": not tf.executing_eagerly()}
        SEEN.append({**what, **describe(*args, **kwargs)})
        return function(*args, **kwargs)

    # tf.function must not translate it: its source is out of reach by then
    setattr(owner, name, tf.autograph.experimental.do_not_convert(watched))


def of_tape(tape: Any, target: Any, sources: Any, output_gradients: Any = None, *_, **__) -> dict:
    """A gradient that a tape was asked for; `targets` and `sources` are their shapes."""
    targets, sources = tf.nest.flatten(target), tf.nest.flatten(sources)
    return {
        "tape": id(tape),
        "targets": [list(tensor.shape) for tensor in targets],
        "sources": [list(source.shape) for source in sources],
        # a variable of the student's own, say with the actions in it, is none of them
        "of_weights": all(id(source) in WEIGHTS for source in sources),
        "onwards": output_gradients is not None,
    }


def weights_of(given: Iterable[Any]) -> set[int]:
    """The identities of the weights of the networks among what is given: Keras's variables, and
    TensorFlow's in them.
    """
    variables = [v for network in given for v in getattr(network, "trainable_variables", ())]
    return {id(each) for variable in variables for each in (variable, variable.value)}


watch(tf.GradientTape, "gradient", of_tape)
watch(tf.GradientTape, "jacobian", of_tape)
watch(tf.GradientTape, "batch_jacobian", of_tape)
watch(tf, "gradients", lambda *_, **__: {})
watch(tf.compat.v1, "gradients", lambda *_, **__: {})
watch(keras.optimizers.Optimizer, "apply", lambda *_, **__: {})


def run_cases(candidate: Callable) -> dict:
    """Run the candidate on the diagnosis' cases; return the answer that the diagnosis judges.

    Beside it, for each call: `ways`, what was seen; `losses`, what was returned if it is a number.
    Raises TypeError if its signature is not one that the diagnosis can call.
    """
    ways, losses = [], []

    @functools.wraps(candidate)
    def watched(*args, **kwargs):
        SEEN.clear()
        WEIGHTS.clear()
        WEIGHTS.update(weights_of([*args, *kwargs.values()]))
        tapes: dict[int, int] = {}
        result = candidate(*args, **kwargs)
        ways.append([numbered(event, tapes) for event in SEEN])
        losses.append(as_number(result))
        return result

    return {**answer_of(watched, default_cases()), "ways": ways, "losses": losses}


def numbered(event: dict[str, Any], tapes: dict[int, int]) -> dict[str, Any]:
    """An event with its tape as 0, 1, ..., in the order in which tapes were first asked."""
    if "tape" not in event:
        return event
    return {**event, "tape": tapes.setdefault(event["tape"], len(tapes))}


def as_number(result: Any) -> float | None:
    """A result as a number, if it is one."""
    if result is None:  # which NumPy takes for a NaN
        return None
    try:
        array = np.asarray(result, np.float64)
    except Exception:  # the result may be anything
        return None
    return float(array) if array.shape == () else None


MEASUREMENTS = {
    function.__name__: function for function in (one_weight_gradients, one_weight_step, run_cases)
}
"""What the grader asks for: those of the visible checks, and the one from here."""
