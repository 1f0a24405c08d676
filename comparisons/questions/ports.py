"""Questions 26 and 27: code that is carried over, a flag of keras.io's and updates of PyTorch's."""

from dataclasses import replace

import keras
import numpy as np
import tensorflow as tf

from comparisons.ancestors.adam import Adam
from comparisons.questions.forms import (
    cosine,
    flat,
    freshly_initialised,
    norm_ratio,
    path,
    relative_difference,
)
from comparisons.questions.problem import (
    ACT_DIM,
    BATCH,
    OBS_DIM,
    STEPS,
    batch,
    dense,
    fit,
    new_actor,
    regret,
    regret_after,
)
from ddpg_tf import DDPGConfig
from ddpg_tf.agents.optimisation import build_optimizer
from ddpg_tf.strategies import get_strategy

LAYOUTS = {
    "plain": (),
    "last": ("relu", "batch_norm"),
    "before": ("batch_norm", "relu"),
    "dropout": ("relu", "dropout"),
}
"""What follows each hidden layer of a critic. "last" is keras.io's first critic, where batch norm
came after the activation and so directly before the output; "before" is the paper's."""


def critic_of_layout(name: str, width: int = 64) -> keras.Model:
    """Q: [observations, actions] -> [B, 1], two hidden layers with LAYOUTS[name] after each."""
    observations, actions = keras.Input((OBS_DIM,)), keras.Input((ACT_DIM,))
    x = keras.layers.Concatenate()([observations, actions])
    for seed in (10, 11):
        x = dense(width, None if LAYOUTS[name] else "relu", seed, None)(x)
        for part in LAYOUTS[name]:
            x = layer(part, seed)(x)
    return keras.Model([observations, actions], dense(1, None, 12, None)(x))


def layer(part: str, seed: int) -> keras.layers.Layer:
    """One of the parts that LAYOUTS names."""
    if part == "batch_norm":
        return keras.layers.BatchNormalization()
    return keras.layers.Dropout(0.2, seed=seed) if part == "dropout" else keras.layers.ReLU()


def fitted_critic(name: str, quick: bool) -> keras.Model:
    """A critic that has learned the bandit's Q from random actions, as an agent's would."""
    return fit(critic_of_layout(name), 3e-3, seed=3, quick=quick)


def gradients_with_flag(
    actor: keras.Model, critic: keras.Model, observations: tf.Tensor, flag: bool
) -> list[tf.Tensor]:
    """The gradients of -mean Q(s, mu(s)), with the critic called with training=flag."""
    theta = [variable.value for variable in actor.trainable_variables]
    with tf.GradientTape() as tape:
        q = critic([observations, actor(observations, training=True)], training=flag)
        loss = -tf.reduce_mean(q)
    return tape.gradient(loss, theta)


def both_flags(critic: keras.Model, observations: tf.Tensor) -> list[np.ndarray]:
    """The gradient of a new actor with the critic in training mode, and in inference mode."""
    actor = new_actor()
    return [flat(gradients_with_flag(actor, critic, observations, flag)) for flag in (True, False)]


def learned_with_flag(critic: keras.Model, flag: bool, quick: bool) -> float:
    """The regret of an actor that learned from this critic, called with training=flag."""

    def gradients(actor, observations, seed):
        return gradients_with_flag(actor, critic, observations, flag)

    return regret_after(gradients, quick)


def training_flag_of_the_critic(quick: bool) -> dict[str, float]:
    """Question 26: the critic in training mode within the actor's loss, as in keras.io's example.

    moments_moved: how far a single such gradient moves the moving means of batch norm.
    """
    observations = batch(BATCH, seed=12_345)
    values = {"n": BATCH, "updates": STEPS[quick], "start": regret(new_actor())}
    for name in LAYOUTS:
        critic = fitted_critic(name, quick)
        before = [weight.numpy() for weight in critic.non_trainable_weights]
        training, inference = both_flags(critic, observations)
        after = [weight.numpy() for weight in critic.non_trainable_weights]
        values[f"{name}_other_bits"] = int(np.sum(training != inference))
        values[f"{name}_norm"] = norm_ratio(training, inference)
        values[f"{name}_cosine"] = cosine(training, inference)
        moved = [np.abs(late - early).max() for late, early in zip(after, before, strict=True)]
        values[f"{name}_moved"] = float(max(moved, default=0.0))
        if LAYOUTS[name]:
            # inference first: it leaves the critic as it is
            values[f"{name}_inference"] = learned_with_flag(critic, False, quick)
            values[f"{name}_training"] = learned_with_flag(critic, True, quick)
    return {"ratio": values["last_training"] / values["last_inference"], **values}


ADAMS = {
    "default": {},
    "same_number": {"adam_epsilon": 1e-8},
    "scaled": {"adam_epsilon": 1e-8 * np.sqrt(1 - 0.999)},
    "same_place": {"adam_epsilon": 1e-8, "adam_epsilon_place": "pytorch"},
}
"""Settings of the port's optimiser; PyTorch's is Adam with epsilon 1e-8. "scaled" is what 1e-8
amounts to at Keras's place in the first step."""


def fresh_gradients(steps: int) -> np.ndarray:
    """The gradients of -mean Q for `steps` batches, one a row, at the paper's first weights."""
    actor, critic = freshly_initialised()
    strategy = get_strategy("mean_q")

    @tf.function(autograph=False)
    def gradients(observations):
        return strategy.gradients(actor, critic, observations)

    return np.stack([flat(gradients(batch(seed=seed))) for seed in range(steps)])


def path_in_pytorch(stream: np.ndarray, rate: float) -> np.ndarray:
    """Where PyTorch's Adam leads from zero on these gradients, a row an update, in float64."""
    weights = [np.zeros(stream.shape[1])]
    adam = Adam(weights, rate, 1e-8, "paper")
    rows = []
    for gradient in stream.astype(np.float64):
        weights = adam.step(weights, [gradient])
        rows.append(weights[0])
    return np.stack(rows)


def port_from_pytorch(quick: bool) -> dict[str, float]:
    """Question 27: the same gradients through PyTorch's Adam and through four settings of ours.

    Distances are over the way that PyTorch's weights have come, after the first update and after
    the last.
    """
    config = DDPGConfig()
    stream = fresh_gradients(20 if quick else 100)
    theirs = path_in_pytorch(stream, config.actor_learning_rate)
    values = {
        "updates": len(stream),
        "rms": float(np.sqrt(np.mean(np.square(stream)))),
        "keras_epsilon": config.adam_epsilon,
        "pytorch_epsilon": ADAMS["same_place"]["adam_epsilon"],
        "factor": float(1 / np.sqrt(1 - 0.999)),
        # half of the relative error of 1 - 0.999 in float32
        "rounding": abs(float((1 - np.float32(0.999)) / 0.001 - 1) / 2),
        "scaled_epsilon": ADAMS["scaled"]["adam_epsilon"],
    }
    for name, settings in ADAMS.items():
        optimizer = build_optimizer(
            replace(config, **settings), config.actor_learning_rate, len(stream)
        )
        ours = path(optimizer, stream)
        values[f"{name}_first"] = relative_difference(ours[0], theirs[0])
        values[f"{name}_last"] = relative_difference(ours[-1], theirs[-1])
        values[f"{name}_length"] = norm_ratio(ours[0], theirs[0])
    return {"ratio": values["default_length"], **values}
