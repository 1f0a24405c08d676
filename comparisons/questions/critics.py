"""Questions 13 and 14: critics with too many outputs, critics that ignore the action."""

import keras
import numpy as np
import tensorflow as tf

from comparisons.questions.forms import chained, cosine, flat, mean_gradient, norm_ratio
from comparisons.questions.problem import (
    ACT_DIM,
    BATCH,
    OBS_DIM,
    STEPS,
    batch,
    exact_q,
    goal,
    new_actor,
    new_critic,
    regret_after,
    slope,
)
from ddpg_tf.strategies import get_strategy

TITLE = "Critics of another shape"


def fitted_critic(outputs, quick) -> keras.Model:
    """Return a critic whose every output was regressed on the bandit's Q, by Adam at 1e-2."""
    critic = new_critic(outputs=outputs)
    optimizer = keras.optimizers.Adam(1e-2)
    optimizer.build(critic.trainable_variables)
    phi = [variable.value for variable in critic.trainable_variables]

    @tf.function(autograph=False)
    def step(seed):
        observations = tf.random.stateless_normal((BATCH, OBS_DIM), seed)
        actions = tf.random.stateless_uniform((BATCH, ACT_DIM), seed + 1, -1.0, 1.0)
        with tf.GradientTape() as tape:
            error = critic([observations, actions]) - exact_q([observations, actions])
            loss = tf.reduce_mean(tf.square(error))
        optimizer.apply(tape.gradient(loss, phi), critic.trainable_variables)

    for index in range(STEPS[quick]):
        step(tf.constant([index, 3], tf.int32))
    return critic


def action_gradient(critic, observations, actions) -> tf.Tensor:
    """Return the derivative of all outputs' sum with respect to the actions, [B, ACT_DIM]."""
    (dq_da,) = tf.gradients(critic([observations, actions]), actions)
    return dq_da


def trained_on(critic):
    """Return gradients for `regret_after` that use this critic's slope at mu(s)."""

    def gradients(actor, observations, seed):
        return chained(actor, observations, lambda a: -action_gradient(critic, observations, a))

    return gradients


def accepted(critic) -> int:
    """Return 1 if our strategies take this critic, 0 if they raise ValueError."""
    try:
        get_strategy("mean_q").gradients(new_actor(), critic, batch())
    except ValueError:
        return 0
    return 1


def one_output_per_action(quick) -> dict:
    """Question 13."""
    critics = {outputs: fitted_critic(outputs, quick) for outputs in (1, ACT_DIM)}
    observations = batch(256)
    actions = new_actor()(observations)
    slopes = {
        outputs: np.ravel(tf.function(action_gradient)(critic, observations, actions))
        for outputs, critic in critics.items()
    }
    truth = np.ravel(slope(observations, actions))
    values = critics[ACT_DIM]([observations, actions]).numpy()
    disagreement = float(np.std(values, axis=1).mean() / np.std(values))
    ratio = norm_ratio(slopes[ACT_DIM], slopes[1])
    angles = {outputs: cosine(found, truth) for outputs, found in slopes.items()}
    regrets = {
        outputs: regret_after(trained_on(critic), quick) for outputs, critic in critics.items()
    }
    taken = accepted(critics[ACT_DIM])
    factor = "about that number" if abs(ratio / ACT_DIM - 1) < 0.15 else "not that number"
    gain = angles[ACT_DIM] - angles[1]
    direction = "about as good" if abs(gain) < 0.05 else "better" if gain > 0 else "worse"
    return {
        "number": 13,
        "question": "What does a critic with one output per action dimension do?",
        "threads": ["yanpanlau/DDPG-Keras-Torcs #2", "yanpanlau/DDPG-Keras-Torcs #22"],
        "figures_of_merit": {
            "outputs (action dimensions)": ACT_DIM,
            "norm of dQ/da, that many outputs over one": ratio,
            "cosine of dQ/da to the truth, one output": angles[1],
            "cosine of dQ/da to the truth, that many outputs": angles[ACT_DIM],
            "spread among the outputs over the spread of Q": disagreement,
            "regret of an actor trained on the critic, one output": regrets[1],
            "regret of an actor trained on the critic, that many outputs": regrets[ACT_DIM],
            "critics of that shape that our strategies accept": taken,
        },
        "difference": {"ratio": ratio, "of": f"norm of dQ/da, {ACT_DIM} outputs over 1"},
        "verdict": (
            f"With {ACT_DIM} outputs, all trained on the same target, dQ/da came out {ratio:.2f} "
            f"times as long as with one, {factor}; its direction is {direction} (cosine to the "
            f"true dQ/da {angles[ACT_DIM]:.3f}, with one output {angles[1]:.3f})."
        ),
        "answer": (
            f"The askers are right that Q is one number. A critic with {ACT_DIM} outputs learns "
            f"the same scalar {ACT_DIM} times: after {STEPS[quick]:,} steps of regression on a "
            f"known Q the outputs of a row spread by {disagreement:.1%} of the spread of Q "
            f"itself. Its gradient with respect to the actions is the sum over the outputs, "
            f"{ratio:.2f} times as long. Under SGD that is a larger learning rate; under Adam, "
            f"which takes constant factors out (question 12), actors trained on the two critics "
            f"end with regrets of {regrets[ACT_DIM]:.2g} and {regrets[1]:.2g}. The outputs are "
            f"not one Q per action component: nothing ties output j to component j. Our "
            f"strategies "
            f"{'accept such a critic' if taken else 'refuse such a critic with an error'}."
        ),
    }


def score_function_gradient(actor, observations, baseline, samples, sigma=0.3) -> np.ndarray:
    """Return the likelihood-ratio gradient of -mean Q for the policy N(mu(s), sigma^2).

    `baseline(observations)`, [B, 1], is subtracted from Q. No derivative of Q is used.
    """

    def vectors(mean):
        noise = sigma * tf.random.stateless_normal((samples, *mean.shape), (5, 6))
        q = tf.stack([exact_q([observations, mean + n]) for n in noise])
        return -tf.reduce_mean((q - baseline(observations)) * noise, axis=0) / sigma**2

    return flat(chained(actor, observations, vectors))


def state_value(actor, sigma=0.3):
    """Return V of the policy N(mu(s), sigma^2) on the bandit: observations -> [B, 1]."""

    def value(observations):
        error = tf.square(actor(observations) - goal(observations))
        return -tf.reduce_sum(error + sigma**2, axis=-1, keepdims=True)

    return value


def critic_without_action(quick) -> dict:
    """Question 14."""
    actor, observations = new_actor(), batch(32 if quick else BATCH)
    value = state_value(actor)
    blind = accepted(lambda inputs: value(inputs[0]))
    zeros = tf.zeros_like(actor(observations))
    pathwise = mean_gradient(actor, exact_q, observations)
    through_blind = flat(chained(actor, observations, lambda a: zeros))
    samples = 100 if quick else 1_000
    with_value = score_function_gradient(actor, observations, value, samples)
    without = score_function_gradient(actor, observations, lambda s: 0.0, samples)
    angle, plain_angle = cosine(with_value, pathwise), cosine(without, pathwise)
    noise = [norm_ratio(g - pathwise, pathwise) for g in (without, with_value)]
    ratio = norm_ratio(through_blind, pathwise)
    quieter = noise[0] / noise[1]
    left = "zero" if ratio == 0 else f"{ratio:.1g} times what it should be"
    use = "fits" if angle > 0.9 else "does not fit"
    return {
        "number": 14,
        "question": "Can the critic ignore the action?",
        "threads": ["keras-team/keras-io #764", "keras-team/keras-io #765"],
        "figures_of_merit": {
            "actor's gradient if dQ/da is zero, over that with the true Q": ratio,
            "critics without the action that our strategies accept": blind,
            "noise samples a state for the likelihood-ratio gradient": samples,
            "cosine of the likelihood-ratio gradient with V(s) to dQ/da's": angle,
            "cosine of the likelihood-ratio gradient without V(s) to dQ/da's": plain_angle,
            "error of the likelihood-ratio gradient, without V(s) over with it": quieter,
        },
        "difference": {"ratio": ratio, "of": "actor's gradient, critic without action over true Q"},
        "verdict": (
            f"Not in DDPG, where the actor's gradient is then {left}; but in a "
            f"likelihood-ratio method a critic V(s) {use} (cosine {angle:.3f} to the gradient "
            f"through dQ/da)."
        ),
        "answer": (
            f"DDPG's actor learns from dQ/da and from nothing else. A critic that does not look "
            f"at the action gives None for it, or zero, and the actor's gradient is {left}; our "
            f"strategies {'accept that silently' if blind else 'raise an error that says so'}. "
            f"The program that the pull request wanted to mend is of another family, as its "
            f"author answered (in #765): an actor-critic whose gradient multiplies the score of "
            f"the sampled action by an advantage, in which V(s) is what is subtracted. On the "
            f"bandit, with {samples:,} noise samples a state, that gradient has a cosine of "
            f"{angle:.3f} to the one through dQ/da although it never differentiates Q (with noise "
            f"of any size, because this Q is quadratic in the action; in general as the noise goes "
            f"to zero, Silver et al. 2014, theorem 2); without "
            f"V(s) the cosine is {plain_angle:.3f}, and the error {quieter:.1f} times as large. "
            f"Both parties had a point: which critic is right depends on how the actor gets its "
            f"gradient."
        ),
    }


QUESTIONS = (one_output_per_action, critic_without_action)
