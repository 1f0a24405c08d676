"""Saturated actions, time limits taken for ends, and critic targets that promise too much."""

import math

import numpy as np
import tensorflow as tf

from comparisons.questions.noisy_critics import climbed, normal_maximum, smooth_noise
from comparisons.questions.saturation import PUSHED, RAW_SCALE, push_and_reverse
from ddpg_tf.agents.targets import bellman_targets

TITLE = "Learning"


def actions_saturate(quick) -> dict:
    """Question 20."""
    cases = {
        "raw": push_and_reverse(RAW_SCALE, False, False, quick),
        "normalised": push_and_reverse(1.0, False, False, quick),
        "small": push_and_reverse(1.0, True, False, quick),
        "inverting": push_and_reverse(1.0, True, True, quick),
    }
    factors = {x: float(1 - tf.tanh(tf.constant(x)) ** 2) for x in (2.0, 5.0, 10.0)}
    raw, normalised, small, inverting = cases.values()
    ratio = small["updates"] / inverting["updates"]
    came_back = raw["updates"] < 5
    fate = (
        "took {:.2g} times".format(raw["updates"]) if came_back else "did not come back in 5 times"
    )
    best = min(cases, key=lambda name: cases[name]["updates"])
    labels = {
        "raw": "raw inputs",
        "normalised": "normalised inputs",
        "small": "normalised inputs and a small last layer",
        "inverting": "inverting gradients on an output without tanh",
    }
    return {
        "number": 20,
        "question": "Why does the action go to its bound and stay there?",
        "threads": [
            "floodsung/DDPG #6",
            "floodsung/DDPG #17",
            "yanpanlau/DDPG-Keras-Torcs #16",
            "rmst/ddpg #9",
        ],
        "figures_of_merit": {
            **{f"1 - tanh^2 at {x:g}, float32": factor for x, factor in factors.items()},
            f"actions beyond 0.99 before training, inputs of deviation {RAW_SCALE:g}": raw["start"],
            "the same, normalised inputs": normalised["start"],
            "the same, small last layer": small["start"],
            **{
                f"mean factor on dQ/da as the reversal begins, {labels[name]}": case["factor"]
                for name, case in cases.items()
            },
            **{
                f"updates to turn round, over updates of push, {labels[name]}": case["updates"]
                for name, case in cases.items()
            },
        },
        "difference": {"ratio": ratio, "of": "updates to turn round, tanh over inverting"},
        "verdict": (
            f"The tanh's slope is {factors[5.0]:.1g} at 5 and {factors[10.0]:.1g} at 10 in "
            f"float32; with raw inputs {raw['start']:.0%} of the actions start beyond 0.99, and "
            f"when the critic changed its mind they {fate} the updates of the push."
        ),
        "answer": (
            f"dQ/da reaches the weights through the factor 1 - tanh^2. A critic Q = a pushed the "
            f"actor for {PUSHED[quick]} updates, then Q = -a asked for the opposite. Counted in "
            f"lengths of the push (5: not within five), a mean action below zero came after "
            f"{raw['updates']:.2g} with raw inputs, {normalised['updates']:.2g} with normalised "
            f"inputs, {small['updates']:.2g} with a small last layer as well, and "
            f"{inverting['updates']:.2g} with inverting gradients, which stop pushing at the "
            f"bound, on an output without tanh; the quickest was {labels[best]}. As the reversal "
            f"begins, dQ/da is multiplied on average by {raw['factor']:.2g}, "
            f"{normalised['factor']:.2g}, {small['factor']:.2g} and {inverting['factor']:.2g}. "
            f"Before training {raw['start']:.0%} of the actions are beyond 0.99 with raw inputs, "
            f"{normalised['start']:.0%} with normalised inputs and {small['start']:.0%} with a "
            f"small last layer too; after the push {normalised['pushed']:.0%} and "
            f"{small['pushed']:.0%} of the latter two are."
        ),
    }


def learned_value(time_limit, gamma, masked, steps) -> float:
    """Return the value of a state with reward 1 for ever, learned by full backups from replay.

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
    for _ in range(steps):
        value = backup(value)
    return float(value)


def time_limits_as_ends(quick) -> dict:
    """Question 21."""
    gamma, time_limit = 0.99, 200
    steps = 800 if quick else 3_000
    right, wrong = (learned_value(time_limit, gamma, masked, steps) for masked in (False, True))
    short = learned_value(20, gamma, True, steps)
    true = 1 / (1 - gamma)
    limit = 1 / (1 - gamma * (1 - 1 / time_limit))
    error, right_error = wrong / true - 1, right / true - 1
    serious = abs(error) > 0.05
    return {
        "number": 21,
        "question": "May an episode that a time limit ended be stored as a terminal one?",
        "threads": ["openai/baselines #436"],
        "figures_of_merit": {
            "gamma": gamma,
            "time limit, steps": time_limit,
            "true value, 1 / (1 - gamma)": true,
            "value learned, the last step bootstrapped": right,
            "value learned, the last step stored as terminal": wrong,
            "the same in theory, 1 / (1 - gamma (1 - 1/T))": limit,
            "value learned as terminal with a limit of 20 steps": short,
        },
        "difference": {
            "ratio": wrong / true,
            "of": "learned value, limit taken for an end over true",
        },
        "verdict": (
            f"{'No' if serious else 'Here it hardly matters'}: with a limit of {time_limit} steps "
            f"the learned value is {wrong:.1f} instead of {true:.0f}, an error of {error:.0%} "
            f"(bootstrapped: {abs(right_error):.1%})."
        ),
        "answer": (
            f"One state, reward 1 at each step, for ever: its value is {true:.0f}. Backups from a "
            f"replay of ten episodes of {time_limit} steps give {right:.2f} if the last step is "
            f"bootstrapped like the others. Stored as terminal it has the target 1, one sample in "
            f"{time_limit}, and every backup carries that through the others: {wrong:.2f} "
            f"({limit:.2f} in theory). With a limit of 20 steps {short:.2f} is left. The state "
            f"cannot tell how much time is left, so no critic could do both right. The value is "
            f"pulled towards the reward of one step. In Gymnasium the mask is `terminated` alone, "
            f"without `truncated`; that is the mend that the thread asks for."
        ),
    }


def critic_targets(quick) -> dict:
    """Question 22."""
    rng = np.random.default_rng(0)
    samples, n, gamma = (20_000 if quick else 200_000), 10, 0.99
    rows = np.arange(samples)
    target, online = rng.standard_normal((2, samples, n))
    dqn = float(target.max(axis=1).mean())
    double = float(target[rows, online.argmax(axis=1)].mean())
    theory = normal_maximum(n)
    functions = samples // 20
    q1, q2 = (smooth_noise(rng, functions, 81) for _ in range(2))
    rows, actions = np.arange(functions), climbed(q1, 80)
    ddpg = float(q1[rows, actions].mean())
    separate = float(q2[rows, actions].mean())
    td3 = float(np.minimum(q1[rows, actions], q2[rows, actions]).mean())
    error = 3 / math.sqrt(functions)
    over = "overestimates as well" if ddpg > error else "does not overestimate"
    below = "turns it into an underestimate" if td3 < -error else "lessens it"
    return {
        "number": 22,
        "question": "Which target for the critic: DQN's, Double DQN's, DDPG's or TD3's?",
        "threads": ["ahoereth/ddpg, a slide", "Skylark's DDPG and TD3, a document"],
        "figures_of_merit": {
            f"DQN, {n} actions: mean error of the target, in deviations of the noise": dqn,
            "the same in theory, E max of normal numbers": theory,
            "Double DQN, independent critics": double,
            "DDPG, the actor has climbed the critic that is asked": ddpg,
            "DDPG's actor, another critic is asked": separate,
            "TD3, the smaller of the two": td3,
            "error summed up by bootstrapping, gamma / (1 - gamma) times DDPG's": gamma
            / (1 - gamma)
            * ddpg,
        },
        "difference": {"ratio": abs(td3) / ddpg, "of": "size of the target's error, TD3 over DDPG"},
        "verdict": (
            f"Where the true Q is 0 and critics are off by noise of deviation 1, DQN's target is "
            f"{dqn:+.2f}, Double DQN's {double:+.2f}, DDPG's {ddpg:+.2f} and TD3's {td3:+.2f}: "
            f"DDPG {over}, and the minimum {below}."
        ),
        "answer": (
            f"All true values are 0 here, so whatever a target says is error. A maximum over {n} "
            f"noisy values is {dqn:.3f} on average ({theory:.3f} in theory). Double DQN lets one "
            f"critic choose and another, here with independent errors, judge: {double:+.3f}. DDPG "
            f"has no maximum in its target, but its actor has climbed the same critic: on smooth "
            f"random functions of one action, climbing from the middle to a nearby top, the value "
            f"there is {ddpg:.3f}. A second critic at that action says {separate:+.3f}, and the "
            f"smaller of the two, TD3's target, is {td3:+.3f}. A constant error b of each target "
            f"grows to b gamma / (1 - gamma), {gamma / (1 - gamma) * ddpg:.0f} for DDPG with "
            f"gamma = {gamma}. Real critics are neither this independent nor this noisy: the "
            f"signs carry over more safely than the sizes."
        ),
    }


QUESTIONS = (actions_saturate, time_limits_as_ends, critic_targets)
