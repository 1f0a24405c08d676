"""Questions 13 and 14: critics with too many outputs, critics that ignore the action."""

from collections.abc import Callable

import keras
import numpy as np
import tensorflow as tf

from comparisons.questions.forms import chained, cosine, flat, mean_gradient, norm_ratio
from comparisons.questions.problem import (
    ACT_DIM,
    BATCH,
    STEPS,
    batch,
    exact_q,
    fit,
    goal,
    new_actor,
    new_critic,
    regret_after,
    slope,
)
from ddpg_tf.strategies import get_strategy


def fitted_critic(outputs: int, quick: bool) -> keras.Model:
    """A critic whose every output was regressed on the bandit's Q, by Adam at 1e-2."""
    return fit(new_critic(outputs=outputs), 1e-2, seed=3, quick=quick)


def action_gradient(critic, observations: tf.Tensor, actions: tf.Tensor) -> tf.Tensor:
    """The derivative of all outputs' sum with respect to the actions, [B, ACT_DIM]."""
    (dq_da,) = tf.gradients(critic([observations, actions]), actions)
    return dq_da


def trained_on(critic) -> Callable:
    """Gradients for `regret_after` that use this critic's slope at mu(s)."""

    def gradients(actor, observations, seed):
        return chained(actor, observations, lambda a: -action_gradient(critic, observations, a))

    return gradients


def accepted(critic) -> int:
    """1 if our strategies take this critic, 0 if they raise ValueError."""
    try:
        get_strategy("mean_q").gradients(new_actor(), critic, batch())
    except ValueError:
        return 0
    return 1


def one_output_per_action(quick: bool) -> dict[str, float]:
    """Question 13: critics with one output and with ACT_DIM, fitted to the same Q."""
    one, many = (fitted_critic(outputs, quick) for outputs in (1, ACT_DIM))
    observations = batch(256)
    actions = new_actor()(observations)
    slope_one, slope_many = (
        np.ravel(tf.function(action_gradient)(critic, observations, actions))
        for critic in (one, many)
    )
    truth = np.ravel(slope(observations, actions))
    values = many([observations, actions]).numpy()
    return {
        "ratio": norm_ratio(slope_many, slope_one),
        "outputs": ACT_DIM,
        "updates": STEPS[quick],
        "cosine_one": cosine(slope_one, truth),
        "cosine_many": cosine(slope_many, truth),
        "disagreement": float(np.std(values, axis=1).mean() / np.std(values)),
        "regret_one": regret_after(trained_on(one), quick),
        "regret_many": regret_after(trained_on(many), quick),
        "accepted": accepted(many),
    }


def score_function_gradient(
    actor, observations: tf.Tensor, baseline: Callable, samples: int, sigma: float = 0.3
) -> np.ndarray:
    """The likelihood-ratio gradient of -mean Q for the policy N(mu(s), sigma^2).

    `baseline(observations)`, [B, 1], is subtracted from Q. No derivative of Q is used.
    """

    def vectors(mean):
        noise = sigma * tf.random.stateless_normal((samples, *mean.shape), (5, 6))
        q = tf.stack([exact_q([observations, mean + n]) for n in noise])
        return -tf.reduce_mean((q - baseline(observations)) * noise, axis=0) / sigma**2

    return flat(chained(actor, observations, vectors))


def state_value(actor, sigma: float = 0.3) -> Callable:
    """V of the policy N(mu(s), sigma^2) on the bandit: observations -> [B, 1]."""

    def value(observations):
        error = tf.square(actor(observations) - goal(observations))
        return -tf.reduce_sum(error + sigma**2, axis=-1, keepdims=True)

    return value


def critic_without_action(quick: bool) -> dict[str, float]:
    """Question 14: the actor's gradient through dQ/da = 0, and one that never needs dQ/da."""
    actor, observations = new_actor(), batch(32 if quick else BATCH)
    value = state_value(actor)
    zeros = tf.zeros_like(actor(observations))
    pathwise = mean_gradient(actor, exact_q, observations)
    through_zeros = flat(chained(actor, observations, lambda a: zeros))
    samples = 100 if quick else 1_000
    with_value = score_function_gradient(actor, observations, value, samples)
    without = score_function_gradient(actor, observations, lambda s: 0.0, samples)
    errors = [norm_ratio(gradient - pathwise, pathwise) for gradient in (without, with_value)]
    return {
        "ratio": norm_ratio(through_zeros, pathwise),
        "accepted": accepted(lambda inputs: value(inputs[0])),
        "samples": samples,
        "cosine_with_value": cosine(with_value, pathwise),
        "cosine_without": cosine(without, pathwise),
        "error_ratio": errors[0] / errors[1],
    }
