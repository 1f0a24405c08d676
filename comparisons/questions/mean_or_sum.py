"""Questions 1, 2, 5, 7 and 12: where 1/N belongs, and what an optimiser makes of a factor."""

import keras
import numpy as np
import tensorflow as tf

from comparisons.questions.forms import (
    cosine,
    flat,
    freshly_initialised,
    mean_gradient,
    norm_ratio,
    path,
    relative_difference,
    rms,
    step_ratio,
    symbolic_forms,
    two_tapes_summed,
)
from comparisons.questions.problem import BATCH, batch, new_actor, new_critic
from ddpg_tf.strategies import get_strategy
from ddpg_tf.strategies.action_gradient import action_gradient

SGD, ADAM = keras.optimizers.SGD, keras.optimizers.Adam


def divide_by_n(quick: bool) -> dict[str, float]:
    """Question 1: the gradient of two tapes beside that of -mean Q, and the steps they lead to."""
    actor, critic, observations = new_actor(), new_critic(), batch()
    mean = mean_gradient(actor, critic, observations)
    fresh = mean_gradient(*freshly_initialised(), observations)
    epsilon = ADAM().epsilon
    sgd = step_ratio(SGD, mean, BATCH)
    return {
        "ratio": sgd,
        "n": BATCH,
        "returned": norm_ratio(flat(two_tapes_summed(actor, critic, observations)), mean),
        "sgd": sgd,
        "adam": step_ratio(ADAM, mean, BATCH),
        "adam_fresh": step_ratio(ADAM, fresh, BATCH),
        "epsilon": epsilon,
        "adam_small": step_ratio(ADAM, mean * (epsilon / 10 / rms(mean)), BATCH),
    }


def divide_twice(quick: bool) -> dict[str, float]:
    """Question 2: the first step along a gradient that was divided by N once more."""
    observations = batch()
    mean = mean_gradient(new_actor(), new_critic(), observations)
    fresh = mean_gradient(*freshly_initialised(), observations)
    adam_fresh = step_ratio(ADAM, fresh, 1 / BATCH)
    return {
        "ratio": adam_fresh,
        "n": BATCH,
        "sgd": step_ratio(SGD, mean, 1 / BATCH),
        "adam": step_ratio(ADAM, mean, 1 / BATCH),
        "adam_fresh": adam_fresh,
        "rms": rms(mean),
        "rms_fresh": rms(fresh),
        "rms_fresh_twice": rms(fresh) / BATCH,
        "epsilon": ADAM().epsilon,
        # Keras adds epsilon before it corrects the bias of the second moment
        "acting_epsilon": float(ADAM().epsilon / np.sqrt(1 - ADAM().beta_2)),
    }


def two_symbolic_forms(quick: bool) -> dict[str, float]:
    """Question 5: tf.gradients(q, theta) / N beside tf.gradients(a, theta, -dq_da)."""
    actor, critic = new_actor(), new_critic()
    through_q, through_a = symbolic_forms(actor, critic, batch())
    hundred_q, hundred_a = symbolic_forms(actor, critic, batch(100))
    return {
        "ratio": norm_ratio(through_a, through_q),
        "n": BATCH,
        "cosine": cosine(through_a, through_q),
        "other_bits": int(np.sum(-through_a / np.float32(BATCH) != through_q)),
        "at_hundred": relative_difference(-hundred_a / np.float32(100), hundred_q),
    }


def jacobian_of_q(
    critic, observations: tf.Tensor, actions: tf.Tensor, training: bool
) -> np.ndarray:
    """dQ_i/da_j for all pairs of rows, [B, B, act_dim]."""
    with tf.GradientTape(persistent=True) as tape:
        tape.watch(actions)
        q = critic([observations, actions], training=training)[:, 0]
    return tape.jacobian(q, actions, experimental_use_pfor=False).numpy()


def rows_of_jacobian(jacobian: np.ndarray) -> tuple[np.ndarray, np.ndarray, float]:
    """Its diagonal dQ_i/da_i, what tape.gradient gives (the sum over i), the rest's norm."""
    diagonal = np.einsum("iij->ij", jacobian)
    rest = np.linalg.norm(jacobian - np.eye(len(jacobian))[:, :, None] * diagonal[:, None])
    return diagonal, jacobian.sum(0), float(rest / np.linalg.norm(diagonal))


def jacobian_or_sum(quick: bool) -> dict[str, float]:
    """Question 7: the Jacobian of a batch's Q, without and with batch norm in the critic."""
    observations = batch(16 if quick else BATCH)
    actions = new_actor()(observations)
    plain = jacobian_of_q(new_critic(), observations, actions, training=False)
    diagonal, _, rest = rows_of_jacobian(plain)
    _, dq_da = action_gradient(new_critic(), observations, actions)
    coupled = jacobian_of_q(new_critic(batch_norm=True), observations, actions, training=True)
    coupled_diagonal, coupled_sum, coupled_rest = rows_of_jacobian(coupled)
    return {
        "ratio": norm_ratio(dq_da.numpy(), diagonal),
        "n": len(observations),
        "act_dim": actions.shape[1],
        "rest": rest,
        "from_diagonal": relative_difference(dq_da.numpy(), diagonal),
        "batch_norm_rest": coupled_rest,
        "batch_norm_sum": norm_ratio(coupled_sum, coupled_diagonal),
    }


def gradient_stream(steps: int) -> np.ndarray:
    """The gradients of -mean Q for `steps` batches at fixed weights, one a row."""
    actor, critic, strategy = new_actor(), new_critic(), get_strategy("mean_q")

    @tf.function(autograph=False)
    def gradients(observations):
        return strategy.gradients(actor, critic, observations)

    return np.stack([flat(gradients(batch(seed=seed))) for seed in range(steps)])


def scale_or_zero_a_loss(quick: bool) -> dict[str, float]:
    """Question 12: the way travelled on scaled losses, the steps taken on zeroed ones."""
    stream = gradient_stream(40 if quick else 300)
    factor = np.float32(0.1)
    zeroed = stream.copy()
    zeroed[1::2] = 0
    values = {"gradients": len(stream), "factor": round(float(factor), 6)}
    for name, optimizer in (("sgd", SGD), ("adam", ADAM)):
        ends = [path(optimizer(1e-3), rows)[-1] for rows in (stream * factor, stream)]
        lengths = np.linalg.norm(np.diff(path(optimizer(1e-3), zeroed), axis=0), axis=1)
        values[f"scaled_{name}"] = norm_ratio(*ends)
        # the first difference is the step of row 1, a zeroed one
        values[f"zeroed_{name}"] = float(lengths[0::2].mean() / lengths[1::2].mean())
    return {"ratio": values["zeroed_adam"], **values}
