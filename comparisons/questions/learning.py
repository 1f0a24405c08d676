"""Questions 20, 21 and 22: saturated actions, time limits, and overestimating targets."""

import math

import numpy as np
import tensorflow as tf

from comparisons.questions.noisy_critics import climbed, normal_maximum, smooth_noise
from comparisons.questions.saturation import PUSHED, RAW_SCALE, push_and_reverse
from ddpg_tf.agents.targets import bellman_targets


def actions_saturate(quick: bool) -> dict[str, float]:
    """Question 20: actors pushed to the bound and called back, with four remedies or none."""
    cases = {
        "raw": push_and_reverse(RAW_SCALE, False, False, quick),
        "normalised": push_and_reverse(1.0, False, False, quick),
        "small": push_and_reverse(1.0, True, False, quick),
        "inverting": push_and_reverse(1.0, True, True, quick),
    }
    slopes = {f"slope_at_{x}": float(1 - tf.tanh(float(x)) ** 2) for x in (2, 5, 10)}
    return {
        "ratio": cases["small"]["updates"] / cases["inverting"]["updates"],
        "pushes": PUSHED[quick],
        **slopes,
        **{f"{name}_{key}": v for name, case in cases.items() for key, v in case.items()},
    }


def learned_value(time_limit: int, gamma: float, masked: bool, backups: int) -> float:
    """The value of a state with reward 1 for ever, learned by full backups from replay.

    masked: whether the step that the time limit cut off is stored as a terminal one.
    """
    rewards = tf.ones(10 * time_limit, tf.float64)
    ends = np.arange(1, 10 * time_limit + 1) % time_limit == 0
    terminated = tf.constant((ends & masked).astype("float64"))

    @tf.function(autograph=False)
    def backup(value):
        next_values = value * tf.ones_like(rewards)
        return tf.reduce_mean(bellman_targets(rewards, terminated, next_values, gamma))

    value = tf.constant(0.0, tf.float64)
    for _ in range(backups):
        value = backup(value)
    return float(value)


def time_limits_as_ends(quick: bool) -> dict[str, float]:
    """Question 21: a value learned with time limits bootstrapped and with them stored as ends."""
    gamma, time_limit, short_limit = 0.99, 200, 20
    backups = 800 if quick else 3_000
    true, wrong = 1 / (1 - gamma), learned_value(time_limit, gamma, True, backups)
    right = learned_value(time_limit, gamma, False, backups)
    return {
        "ratio": wrong / true,
        "gamma": gamma,
        "time_limit": time_limit,
        "short_limit": short_limit,
        "true": true,
        "right": right,
        "wrong": wrong,
        "wrong_theory": 1 / (1 - gamma * (1 - 1 / time_limit)),
        "short": learned_value(short_limit, gamma, True, backups),
        "error": wrong / true - 1,
        "right_error": abs(right / true - 1),
    }


def critic_targets(quick: bool) -> dict[str, float]:
    """Question 22: the mean of each target where the true Q is 0 and critics are only noise."""
    rng = np.random.default_rng(0)
    samples, n, gamma = (20_000 if quick else 200_000), 10, 0.99
    rows = np.arange(samples)
    target, online = rng.standard_normal((2, samples, n))
    functions = samples // 20
    q1, q2 = (smooth_noise(rng, functions, 81) for _ in range(2))
    climbed_to = np.arange(functions), climbed(q1, 80)
    ddpg = float(q1[climbed_to].mean())
    td3 = float(np.minimum(q1[climbed_to], q2[climbed_to]).mean())
    return {
        "ratio": abs(td3) / ddpg,
        "actions": n,
        "gamma": gamma,
        "dqn": float(target.max(axis=1).mean()),
        "dqn_theory": normal_maximum(n),
        "double": float(target[rows, online.argmax(axis=1)].mean()),
        "ddpg": ddpg,
        "separate": float(q2[climbed_to].mean()),
        "td3": td3,
        "summed_up": gamma / (1 - gamma) * ddpg,
        "standard_error": 1 / math.sqrt(functions),
    }
