"""What target_action loses as dQ/da shrinks beside the action: (a + dQ/da) - a is not dQ/da."""

from collections.abc import Callable

import keras
import numpy as np
import tensorflow as tf

from comparisons.equivalence.problem import build_networks, flat, make_observations
from comparisons.study import Track
from ddpg_tf.strategies import get_strategy
from ddpg_tf.strategies.action_gradient import action_gradient
from ddpg_tf.strategies.tensors import policy_actions
from ddpg_tf.training.lockstep import same_bits

BATCH_SIZE = 64
MEASURED = ("target_action", "surrogate")


def measure_cancellation(quick: bool, track: Track) -> dict:
    """For each dtype, records over the scale of dQ/da; see `records_of`."""
    steps = {"float32": range(2, -31, -8 if quick else -2)}
    steps["float64"] = range(2, -61, -20 if quick else -4)
    return {
        dtype: records_of(dtype, list(exponents))
        for dtype, exponents in track(list(steps.items()), "cancellation")
    }


def records_of(dtype: str, exponents: list[int]) -> list[dict]:
    """A record for each scale 2^k of dQ/da; powers of two, so that scaling rounds nothing.

    dq_da, action: root mean square. theory: eps |a| / |dQ/da|. error: {strategy: |g - g'| / |g'|}
    in the Euclidean norm, g' the gradient of mean_q. same_bits: {strategy: whether g is g'}.
    """
    actor, critic = build_networks("none", (32, 32), dtype)
    observations = make_observations(BATCH_SIZE, dtype)
    scale = tf.Variable(1.0, dtype=dtype, trainable=False)
    runs = {name: scaled_gradient(name, scale, actor, critic) for name in ("mean_q", *MEASURED)}
    actions = policy_actions(actor, observations)
    _, dq_da = action_gradient(critic, observations, actions)
    action_size, unscaled = rms(actions), rms(dq_da)
    records = []
    for exponent in exponents:
        scale.assign(2.0**exponent)
        found = {name: flat(run(observations)) for name, run in runs.items()}
        reference, size = found["mean_q"], unscaled * 2.0**exponent
        records.append(
            {
                "dq_da": size,
                "action": action_size,
                "theory": float(np.finfo(dtype).eps) * action_size / size,
                "error": {name: distance(found[name], reference) for name in MEASURED},
                "same_bits": {
                    name: bool(same_bits(found[name], reference).all()) for name in MEASURED
                },
            }
        )
    return records


def scaled_gradient(
    name: str, scale: tf.Variable, actor: keras.Model, critic: keras.Model
) -> Callable[[tf.Tensor], list[tf.Tensor]]:
    """A compiled function observations -> gradients, with dQ/da times `scale`."""
    strategy = get_strategy(name, lambda dq_da, actions: scale * dq_da)
    return tf.function(lambda observations: strategy.gradients(actor, critic, observations))


def rms(tensor: tf.Tensor) -> float:
    """The root mean square of all components."""
    return float(np.sqrt(np.mean(np.square(tensor))))


def distance(ours: np.ndarray, theirs: np.ndarray) -> float:
    """|ours - theirs| / |theirs| in the Euclidean norm."""
    return float(np.linalg.norm(ours - theirs) / np.linalg.norm(theirs))


def law(records: list[dict]) -> dict:
    """How the error of target_action follows the theory where it is below one tenth.

    slope: of log error against log dQ/da. ratio: median of error over theory.
    """
    kept = [r for r in records if 0 < r["error"]["target_action"] < 0.1]
    errors = np.array([r["error"]["target_action"] for r in kept])
    sizes, theory = (np.array([r[key] for r in kept]) for key in ("dq_da", "theory"))
    return {
        "slope": float(np.polyfit(np.log(sizes), np.log(errors), 1)[0]),
        "ratio": float(np.median(errors / theory)),
    }
