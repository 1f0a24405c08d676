"""Batch norm and layer norm: which flag where, and what belongs in the target networks."""

import keras
import numpy as np
import tensorflow as tf

from comparisons.questions.problem import BATCH, OBS_DIM, STEPS, dense, goal

TITLE = "Normalisation"

SCALES = np.array([0.05, 1.0, 20.0], "float32")
OFFSETS = np.array([0.0, 5.0, -40.0], "float32")
"""The bandit's observations in badly chosen units: scale and offset of each component."""


def observed(n, key):
    """Return observations in bad units, [n, OBS_DIM], and the standard normal ones behind them."""
    standard = tf.random.stateless_normal((n, OBS_DIM), key)
    return standard * SCALES + OFFSETS, standard


def normalized_actor(normalization, seed=0) -> keras.Model:
    """Return mu: [B, OBS_DIM] -> [B, 3], with "batch", "layer" or no norm of input and features."""
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


def train(actor, training, steps, after=()) -> None:
    """Imitate the bandit's best actions for `steps` batches, calling the actor with `training`.

    after: functions called in each step, for instance a target network's update.
    """
    optimizer = keras.optimizers.Adam(3e-3)
    optimizer.build(actor.trainable_variables)

    @tf.function(autograph=False)
    def step(key):
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

    for index in range(steps):
        step(tf.constant([index, 3], tf.int32))


def loss_of(actor) -> float:
    """Return the mean of |mu(s) - goal(s)|^2 in inference mode, on fresh observations."""
    observations, standard = observed(2_000, (99, 99))
    difference = actor(observations, training=False) - goal(standard)
    return float(tf.reduce_mean(tf.reduce_sum(tf.square(difference), axis=-1)))


def first_norm(actor):
    """Return the actor's first batch norm."""
    layers = actor.layers
    return next(layer for layer in layers if isinstance(layer, keras.layers.BatchNormalization))


def batch_norm_that_never_trains(quick) -> dict:
    """Question 18."""
    steps = STEPS[quick]
    actors = {"off": normalized_actor("batch"), "on": normalized_actor("batch")}
    actors["without"] = normalized_actor("none")
    for name, actor in actors.items():
        train(actor, name == "on", steps)
    loss = {name: loss_of(actor) for name, actor in actors.items()}
    off, on = first_norm(actors["off"]), first_norm(actors["on"])
    moved = float(
        np.abs(np.array(off.moving_mean)).max() + np.abs(np.array(off.moving_variance) - 1).max()
    )
    gain = float(1 / np.sqrt(1 + off.epsilon))
    learned = float(np.abs(np.array(off.gamma) - 1).max())
    true_variance = float(SCALES[2] ** 2)
    share = float(np.array(on.moving_variance)[2]) / true_variance
    ratio = loss["off"] / loss["on"]
    identity = "still 0 and 1" if moved == 0 else "no longer 0 and 1"
    outcome = "worse" if ratio > 1.1 else "better" if ratio < 0.9 else "about as well"
    return {
        "number": 18,
        "question": "What does batch norm do if its training flag is never set?",
        "threads": ["pemami4911/deep-rl #17", "keras-team/keras-io #198", "openai/spinningup #4"],
        "figures_of_merit": {
            "training steps": steps,
            "distance of the moving moments from 0 and 1, flag never set": moved,
            "what the layer multiplies by until its weights move, flag never set": gain,
            "largest change of the layer's gamma, flag never set": learned,
            "moving variance over true variance, third input, flag set": share,
            "loss (mean |a - best a|^2), flag never set": loss["off"],
            "loss, flag set in the updates": loss["on"],
            "loss without such a layer": loss["without"],
        },
        "difference": {"ratio": ratio, "of": "loss, batch norm's flag never set over set"},
        "verdict": (
            f"It normalises nothing: the moving moments are {identity}, the layer multiplies by "
            f"{gain:.4f}, and here the actor learns {outcome} ({loss['off']:.3g} against "
            f"{loss['on']:.3g} with the flag set)."
            if moved == 0
            else f"Its moving moments moved by {moved:.2g} even so."
        ),
        "answer": (
            f"The reporters are right that such a layer does not normalise; it is not quite a "
            f"no-op, since gamma and beta are weights like any other and do train (gamma by up to "
            f"{learned:.2g}). Here an actor imitates known best actions from observations in bad "
            f"units (deviations of 0.05, 1 and 20, means of 0, 5 and -40). After {steps:,} steps "
            f"its loss is {loss['off']:.3g} with the flag never set, {loss['without']:.3g} with "
            f"no such layer and {loss['on']:.3g} with the flag set. With the flag the moving "
            f"variance of the third input has reached {share:.2f} of the true one: the layer's "
            f"momentum of {on.momentum} needs some {1 / (1 - on.momentum):.0f} steps. As to which "
            f"flag belongs where: training mode for the network that a loss is being minimised "
            f"for; inference mode for acting on one observation, whose own deviation is zero; for "
            f"a target critic see the next question."
        ),
    }


def blend(target, online, tau) -> None:
    """Assign tau online + (1 - tau) target, variable by variable."""
    for late, now in zip(target, online, strict=True):
        late.assign(tau * now.value + (1 - tau) * late.value)


def target_update(kind, target, online, tau=0.05):
    """Return the update of a target network: "all", "weights only", "copied" or "kernels only".

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


def targets_apart(normalization, kinds, steps) -> tuple[dict[str, float], keras.Model]:
    """Return for each kind of update the rms of (target - online) over that of online's output.

    And the online network, trained.
    """
    online = normalized_actor(normalization)
    targets = {kind: normalized_actor(normalization) for kind in kinds}
    updates = [target_update(kind, target, online) for kind, target in targets.items()]
    train(online, True, steps, updates)
    observations, _ = observed(2_000, (98, 98))
    now = online(observations, training=False).numpy()
    apart = {}
    for kind, target in targets.items():
        late = target(observations, training=False).numpy()
        apart[kind] = rms(late - now) / rms(now)
    return apart, online


def noise_of_moments(network, target_mode: bool, batches=200, move=0.1) -> float:
    """Return what a batch's own moments add to target minus online, over the output's rms.

    The online network is called in training mode; a copy of it, the target, with `target_mode` on
    the next states, which are `move` deviations away. The noise is how far that difference is off
    the one in inference mode.
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


def rms(values) -> float:
    """Return the root of the mean square."""
    return float(np.sqrt(np.mean(np.square(values))))


def norms_in_target_networks(quick) -> dict:
    """Question 19."""
    steps = STEPS[quick]
    batch, online = targets_apart("batch", ("all", "weights only", "copied"), steps)
    layer, _ = targets_apart("layer", ("all", "kernels only"), steps)
    noise = {mode: noise_of_moments(online, mode) for mode in (False, True)}
    statistics = len(normalized_actor("layer").non_trainable_variables)
    ratio = batch["weights only"] / batch["all"]
    needed = "belong in the update" if ratio > 2 else "make little difference here"
    layer_ratio = layer["kernels only"] / layer["all"]
    closer = "closer" if batch["copied"] < batch["all"] else "no closer"
    return {
        "number": 19,
        "question": "Which of batch norm's and layer norm's numbers belong in target networks?",
        "threads": ["openai/baselines #647", "DLR-RM/stable-baselines3 #1004"],
        "figures_of_merit": {
            "training steps": steps,
            "batch norm, target off by (of online's rms), all blended": batch["all"],
            "batch norm, moving moments left out": batch["weights only"],
            "batch norm, moving moments copied": batch["copied"],
            "layer norm, all blended": layer["all"],
            "layer norm, gamma and beta left out": layer["kernels only"],
            "variables of layer norm that are not trained": statistics,
            "batch's noise in target minus online (of online's rms), target infers": noise[False],
            "the same, target in training mode": noise[True],
        },
        "difference": {
            "ratio": ratio,
            "of": "target's error, moving moments left out over blended",
        },
        "verdict": (
            f"Batch norm's moving moments {needed}: without them the target is off by "
            f"{batch['weights only']:.2g} of its output's size, with them by {batch['all']:.2g}."
        ),
        "answer": (
            f"After {steps:,} steps with tau = 0.05, a target whose trainable weights alone are "
            f"blended differs from the online network by {batch['weights only']:.3g} of the "
            f"latter's rms: its moments are still 0 and 1, and it is another function. With the "
            f"moments blended it differs by {batch['all']:.3g}, with the moments copied, as "
            f"Stable-Baselines3 chose, by {batch['copied']:.3g}, {closer}. Layer norm keeps "
            f"{statistics} such numbers; its gamma and beta are weights, and leaving those out "
            f"takes the difference from {layer['all']:.3g} to {layer['kernels only']:.3g}, "
            f"{layer_ratio:.2g} times. So the reply in the baselines thread, that what is trained "
            f"is blended like any weight, holds; that layer norm has nothing extra is true of "
            f"statistics. Our agent blends every variable. But moments are also noise: those of "
            f"{BATCH} samples move the online network's output by {noise[False]:.2g} of its rms in "
            f"training mode. A target that infers does not move along, and all of it is left in "
            f"their difference, the Bellman error; one in training mode, on next states a tenth "
            f"of a deviation away, leaves {noise[True]:.2g}. So our target critic is called in "
            f"training mode; the study `presets` shows what that does to learning."
        ),
    }


QUESTIONS = (batch_norm_that_never_trains, norms_in_target_networks)
