"""All that changes weights besides the actor's gradient: optimisers, critic loss, soft updates."""

from collections.abc import Sequence
from typing import Any

import keras
import tensorflow as tf

from ddpg_tf.config import DDPGConfig


def build_optimizers(
    config: DDPGConfig,
    actor: keras.Model,
    critics: Sequence[keras.Model],
    actor_period: int,
    actor_waits: int,
) -> tuple[keras.optimizers.Optimizer, keras.optimizers.Optimizer]:
    """The actor's and the critics' optimiser, with schedules over the updates the run will make.

    actor_period, actor_waits: updates of the critics for each of the actor, and before its first.
    """
    steps = max(config.total_steps - config.warmup_steps, 1)
    updates = max(config.updates_after(steps), 1)
    actor_updates = max(updates // actor_period - actor_waits // actor_period, 1)
    of_actor = build_optimizer(config, config.actor_learning_rate, actor_updates)
    of_critics = build_optimizer(config, config.critic_learning_rate, updates)
    of_actor.build(actor.trainable_variables)
    of_critics.build([v for critic in critics for v in critic.trainable_variables])
    return of_actor, of_critics


def build_optimizer(
    config: DDPGConfig, learning_rate: float, updates: int
) -> keras.optimizers.Optimizer:
    """The Keras optimiser that `config.optimizer` names, with schedule and clipping.

    updates: how many steps it will take, the length of a schedule.
    Raises ValueError if Keras has none of that name.
    """
    settings: dict[str, Any] = {
        "learning_rate": learning_rate_schedule(config, learning_rate, updates)
    }
    if config.gradient_clip_norm is not None:
        settings["global_clipnorm"] = config.gradient_clip_norm
    if config.optimizer.lower() == "adam":
        kind = PyTorchAdam if config.adam_epsilon_place == "pytorch" else keras.optimizers.Adam
        return kind(epsilon=config.adam_epsilon, **settings)
    try:
        kind = type(keras.optimizers.get(config.optimizer))
    except (ValueError, TypeError, KeyError):
        raise ValueError(
            f"unknown optimizer {config.optimizer!r}; use a Keras name such as adam, sgd, rmsprop "
            "or adamw"
        ) from None
    return kind(**settings)


class PyTorchAdam(keras.optimizers.Adam):
    """Adam with epsilon where PyTorch and the paper have it (Kingma and Ba 2015, algorithm 1).

        paper, PyTorch   theta -= rate m / (1 - beta_1^t) / (sqrt(v / (1 - beta_2^t)) + epsilon)
        Keras            theta -= rate sqrt(1 - beta_2^t) / (1 - beta_1^t) m / (sqrt(v) + epsilon)

    Multiplied by sqrt(1 - beta_2^t), the first is the second with epsilon sqrt(1 - beta_2^t) in
    place of epsilon. So the same number counts 32-fold at Keras's place in the first step, and the
    two become the same as t grows.
    """

    def update_step(
        self, gradient: tf.Tensor, variable: keras.Variable, learning_rate: tf.Tensor
    ) -> None:
        """Take the step of one variable, from its gradient of the same shape."""
        index = self._get_variable_index(variable)
        m, v = self._momentums[index], self._velocities[index]
        t = tf.cast(self.iterations + 1, variable.dtype)
        correction_1, correction_2 = 1 - self.beta_1**t, 1 - self.beta_2**t
        m.assign_add((gradient - m) * (1 - self.beta_1))
        v.assign_add((tf.square(gradient) - v) * (1 - self.beta_2))
        direction = m / correction_1 / (tf.sqrt(v / correction_2) + self.epsilon)
        variable.assign_sub(tf.cast(learning_rate, variable.dtype) * direction)


def learning_rate_schedule(config: DDPGConfig, start: float, updates: int):
    """The learning rate: a number, or Keras's schedule from `start` to its final share."""
    final = config.learning_rate_final
    if config.learning_rate_schedule == "linear":
        return keras.optimizers.schedules.PolynomialDecay(start, updates, start * final)
    if config.learning_rate_schedule == "cosine":
        return keras.optimizers.schedules.CosineDecay(start, updates, alpha=final)
    return start


def bellman_loss(errors: tf.Tensor, delta_clip: float | None) -> tf.Tensor:
    """Mean e^2, a scalar; beyond `delta_clip`, e^2 goes on as its tangent (Huber 1964).

    errors: y - Q, [B]. The tangent of e^2 at delta is 2 delta |e| - delta^2.
    """
    if delta_clip is None:
        return tf.reduce_mean(tf.square(errors))
    size = tf.abs(errors)
    inside = tf.minimum(size, delta_clip)
    return tf.reduce_mean(inside * (2 * size - inside))


def squared_weights(models: Sequence[keras.Model], biases: bool) -> tf.Tensor:
    """The sum of squares of the weight matrices of all models, and with `biases` of those too.

    Never of a norm layer's scales and offsets.
    """
    variables = [v for model in models for v in model.trainable_variables]
    weights = [v for v in variables if len(v.shape) >= 2 or (biases and v.name == "bias")]
    return tf.add_n([tf.reduce_sum(tf.square(weight.value)) for weight in weights])


def soft_update(target: keras.Model, online: keras.Model, tau: tf.Tensor | float) -> None:
    """Assign theta' <- tau theta + (1 - tau) theta' for every weight, moving moments included.

    Weights that are not real numbers, such as a count, are copied.
    """
    for late, now in zip(target.weights, online.weights, strict=True):
        if now.value.dtype.is_floating:
            share = tf.cast(tau, now.value.dtype)
            late.assign(share * now.value + (1 - share) * late.value)
        else:
            late.assign(now.value)
