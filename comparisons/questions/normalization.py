"""Questions 18 and 19: batch norm's training flag, and what belongs in target networks."""

from collections.abc import Callable, Iterable

import keras
import numpy as np
import tensorflow as tf

from comparisons.questions.forms import rms
from comparisons.questions.problem import BATCH, OBS_DIM, STEPS, dense, goal

TAU = 0.05
"""The rate of the soft target updates of question 19."""

SCALES = np.array([0.05, 1.0, 20.0], "float32")
OFFSETS = np.array([0.0, 5.0, -40.0], "float32")
"""The bandit's observations in badly chosen units: scale and offset of each component."""


def observed(n: int, key: tuple[int, int]) -> tuple[tf.Tensor, tf.Tensor]:
    """Observations in bad units, [n, OBS_DIM], and the standard normal ones behind them."""
    standard = tf.random.stateless_normal((n, OBS_DIM), key)
    return standard * SCALES + OFFSETS, standard


def normalized_actor(normalization: str, seed: int = 0) -> keras.Model:
    """mu: [B, OBS_DIM] -> [B, 3], with "batch", "layer" or no norm of input and features."""
    layer = {
        "batch": keras.layers.BatchNormalization,
        "layer": keras.layers.LayerNormalization,
    }.get(normalization)
    observations = keras.Input((OBS_DIM,))
    x = observations
    if normalization == "batch":
        x = layer()(x)
    x = dense(32, None, seed, None)(x)
    if layer:
        x = layer()(x)
    x = keras.layers.ReLU()(x)
    return keras.Model(observations, dense(3, "tanh", seed + 1, None)(x))


def train(actor: keras.Model, training: bool, updates: int, after: Iterable[Callable] = ()) -> None:
    """Imitate the bandit's best actions for `updates` batches, calling the actor with `training`.

    after: functions called after each update, for instance a target network's update.
    """
    optimizer = keras.optimizers.Adam(3e-3)
    optimizer.build(actor.trainable_variables)

    @tf.function(autograph=False)
    def imitate(key):
        observations, standard = observed(BATCH, key)
        with tf.GradientTape() as tape:
            difference = actor(observations, training=training) - goal(standard)
            loss = tf.reduce_mean(tf.reduce_sum(tf.square(difference), axis=-1))
        optimizer.apply(
            tape.gradient(loss, [v.value for v in actor.trainable_variables]),
            actor.trainable_variables,
        )
        for update in after:
            update()

    for index in range(updates):
        imitate(tf.constant([index, 3], tf.int32))


def loss_of(actor: keras.Model) -> float:
    """The mean of |mu(s) - goal(s)|^2 in inference mode, on fresh observations."""
    observations, standard = observed(2_000, (99, 99))
    difference = actor(observations, training=False) - goal(standard)
    return float(tf.reduce_mean(tf.reduce_sum(tf.square(difference), axis=-1)))


def first_norm(actor: keras.Model) -> keras.layers.BatchNormalization:
    """The actor's first batch norm."""
    layers = actor.layers
    return next(layer for layer in layers if isinstance(layer, keras.layers.BatchNormalization))


def batch_norm_that_never_trains(quick: bool) -> dict[str, float]:
    """Question 18: the same training with the flag never set, with it set, without batch norm."""
    updates = STEPS[quick]
    actors = {"off": normalized_actor("batch"), "on": normalized_actor("batch")}
    actors["without"] = normalized_actor("none")
    for name, actor in actors.items():
        train(actor, name == "on", updates)
    loss = {name: loss_of(actor) for name, actor in actors.items()}
    off, on = first_norm(actors["off"]), first_norm(actors["on"])
    mean, variance = np.array(off.moving_mean), np.array(off.moving_variance)
    return {
        "ratio": loss["off"] / loss["on"],
        "updates": updates,
        "moved": float(np.abs(mean).max() + np.abs(variance - 1).max()),
        "factor": float(1 / np.sqrt(1 + off.epsilon)),
        "gamma": float(np.abs(np.array(off.gamma) - 1).max()),
        "variance_share": float(np.array(on.moving_variance)[2]) / float(SCALES[2] ** 2),
        "momentum": on.momentum,
        "memory": 1 / (1 - on.momentum),
        **loss,
    }


def blend(target: list, online: list, tau: float) -> None:
    """Assign tau online + (1 - tau) target, variable by variable."""
    for late, now in zip(target, online, strict=True):
        late.assign(tau * now.value + (1 - tau) * late.value)


def target_update(
    kind: str, target: keras.Model, online: keras.Model, tau: float = TAU
) -> Callable:
    """The update of a target network: "all", "weights only", "copied" or "kernels only".

    all: a soft update of everything, moving moments included. weights only: the trainable ones.
    copied: those softly, the moving moments copied. kernels only: no norm's gamma and beta either.
    """
    trainable = target.trainable_variables, online.trainable_variables
    moments = target.non_trainable_variables, online.non_trainable_variables
    norms = ("gamma", "beta")
    dense_only = [[v for v in group if v.name not in norms] for group in trainable]
    parts = {
        "all": [(*trainable, tau), (*moments, tau)],
        "weights only": [(*trainable, tau)],
        "copied": [(*trainable, tau), (*moments, 1.0)],
        "kernels only": [(*dense_only, tau)],
    }[kind]

    def update():
        for late, now, rate in parts:
            blend(late, now, rate)

    return update


def targets_apart(
    normalization: str, kinds: tuple[str, ...], updates: int
) -> tuple[dict[str, float], keras.Model]:
    """For each kind of update, the rms of (target - online) over that of online's output.

    And the online network, trained.
    """
    online = normalized_actor(normalization)
    targets = {kind: normalized_actor(normalization) for kind in kinds}
    blends = [target_update(kind, target, online) for kind, target in targets.items()]
    train(online, True, updates, blends)
    observations, _ = observed(2_000, (98, 98))
    now = online(observations, training=False).numpy()
    apart = {}
    for kind, target in targets.items():
        late = target(observations, training=False).numpy()
        apart[kind] = rms(late - now) / rms(now)
    return apart, online


def noise_of_moments(
    network: keras.Model, target_mode: bool, batches: int, move: float = 0.1
) -> float:
    """What a batch's own moments add to target minus online, over the output's rms.

    The online network is called in training mode; a copy of it, the target, with `target_mode` on
    the next states, which are `move` standard deviations away. The noise is how far that difference
    is from the one in inference mode.
    """
    target = keras.models.clone_model(network)
    target.set_weights(network.get_weights())
    errors, outputs = [], []
    for index in range(batches):
        now, _ = observed(BATCH, (index, 96))
        later = now + move * SCALES * tf.random.stateless_normal(now.shape, (index, 95))
        quiet = target(later, training=False) - network(now, training=False)
        errors.append(target(later, training=target_mode) - network(now, training=True) - quiet)
        outputs.append(network(now, training=False))
    return rms(errors) / rms(outputs)


def norms_in_target_networks(quick: bool) -> dict[str, float]:
    """Question 19: targets that blend, copy or leave out what the two norms keep."""
    updates, batches = STEPS[quick], 20 if quick else 200
    batch, online = targets_apart("batch", ("all", "weights only", "copied"), updates)
    layer, _ = targets_apart("layer", ("all", "kernels only"), updates)
    return {
        "ratio": batch["weights only"] / batch["all"],
        "updates": updates,
        "tau": TAU,
        "batch": BATCH,
        "blended": batch["all"],
        "left_out": batch["weights only"],
        "copied": batch["copied"],
        "layer_blended": layer["all"],
        "layer_left_out": layer["kernels only"],
        "layer_ratio": layer["kernels only"] / layer["all"],
        "layer_statistics": len(normalized_actor("layer").non_trainable_variables),
        "noise_inference": noise_of_moments(online, False, batches),
        "noise_training": noise_of_moments(online, True, batches),
    }
