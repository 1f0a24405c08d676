"""Noise: what dt, the kind of random number, and its presence do."""

import keras
import numpy as np
import tensorflow as tf

from comparisons.exploration.noises import DT, NOISES, episode_deviation, moments
from comparisons.questions.problem import (
    ACT_DIM,
    BATCH,
    OBS_DIM,
    batch,
    exact_q,
    new_actor,
    new_critic,
)
from comparisons.questions.problem import regret as regret_of
from ddpg_tf.strategies import get_strategy

TITLE = "Exploration"

EPISODE = 200
"""Steps after a reset over which the noise is measured."""

NEW = 8
"""Transitions that question 17 tries in each step."""


def noise_without_dt(quick) -> dict:
    """Question 15."""
    paths = 2_000 if quick else 20_000
    names = ("ou", "small_dt", "missing_root")
    rms = {name: episode_deviation(NOISES[name], EPISODE, paths) for name in names}
    seen = {name: moments(NOISES[name], paths) for name in names}
    theory = {name: NOISES[name].theory() for name in names}
    memory = {name: seen[name]["correlation_time"] for name in names}
    shrunk = seen["small_dt"]["deviation"] / seen["missing_root"]["deviation"]
    in_episode = rms["small_dt"] / rms["ou"]
    stationary = seen["small_dt"]["deviation"] / seen["ou"]["deviation"]
    kept = "keeps" if abs(stationary - 1) < 0.1 else "changes"
    outlasts = "outlasts" if memory["small_dt"] > EPISODE else "does not outlast"
    return {
        "number": 15,
        "question": "Does Ornstein-Uhlenbeck noise need a dt, and is 0.01 the right one?",
        "threads": ["openai/baselines #889", "rll/rllab #194", "yanpanlau/DDPG-Keras-Torcs #35"],
        "figures_of_merit": {
            "stationary deviation at dt = 1, half ranges": seen["ou"]["deviation"],
            "the same in theory": theory["ou"]["deviation"],
            f"stationary deviation at dt = {DT}": seen["small_dt"]["deviation"],
            f"stationary deviation at dt = {DT}, dt in place of its root": seen["missing_root"][
                "deviation"
            ],
            "correlation time at dt = 1, steps": memory["ou"],
            f"correlation time at dt = {DT}, steps": memory["small_dt"],
            f"the same in theory at dt = {DT}": theory["small_dt"]["correlation_time"],
            "rms over an episode of 200 steps at dt = 1": rms["ou"],
            f"rms over an episode of 200 steps at dt = {DT}": rms["small_dt"],
        },
        "difference": {
            "ratio": in_episode,
            "of": f"noise rms in an episode, OU dt = {DT} over dt = 1",
        },
        "verdict": (
            f"A dt of {DT} {kept} the noise's final size ({stationary:.2f} times) but gives it a "
            f"memory of {memory['small_dt']:.0f} steps, which {outlasts} an episode of {EPISODE}; "
            f"a dt without the root makes the noise {shrunk:.1f} times smaller."
        ),
        "answer": (
            f"With theta = 0.15 and sigma = 0.2, as in the paper, dt is the time between two "
            f"steps: with dt = 1 the noise forgets in {memory['ou']:.1f} steps, with {DT} in "
            f"{memory['small_dt']:.0f}. Because variances add, the random part takes the root of "
            f"dt, as two of the threads write it, and the drift takes dt itself. The final "
            f"deviation is then {seen['ou']['deviation']:.3f} and "
            f"{seen['small_dt']['deviation']:.3f} half ranges; with dt in place of the root it is "
            f"{seen['missing_root']['deviation']:.4f}. An episode that starts from zero never sees "
            f"the final deviation if the memory is long: over {EPISODE} steps the rms is "
            f"{rms['small_dt']:.3f} at dt = {DT} and {rms['ou']:.3f} at dt = 1. A reply in the "
            f"baselines thread traces 0.01 to an example outside reinforcement learning. To leave "
            f"dt out is the choice dt = 1; whoever changes it should ask for how many steps an "
            f"exploratory push is to last."
        ),
    }


def uniform_numbers(quick) -> dict:
    """Question 16."""
    paths = 2_000 if quick else 50_000
    names = ("ou", "uniform")
    normal, uniform = (moments(NOISES[name], paths) for name in names)
    theory = NOISES["uniform"].theory()
    lean = uniform["mean"] / uniform["deviation"]
    process = NOISES["uniform"].process(paths, np.random.default_rng(1))
    signs = [process(NOISES["uniform"].sigma) < 0 for _ in range(EPISODE)]
    negative = float(np.mean(signs))
    shrunk = uniform["deviation"] / normal["deviation"]
    biased = abs(lean) > 1
    return {
        "number": 16,
        "question": "Does it matter if uniform numbers drive Ornstein-Uhlenbeck noise?",
        "threads": [
            "udacity/deep-reinforcement-learning #19",
            "udacity/deep-reinforcement-learning #20",
        ],
        "figures_of_merit": {
            "mean with uniform numbers, half ranges": uniform["mean"],
            "the same in theory": theory["mean"],
            "mean with normal numbers, half ranges": normal["mean"],
            "deviation with uniform numbers, half ranges": uniform["deviation"],
            "the same in theory, uniform numbers": theory["deviation"],
            "deviation with normal numbers, half ranges": normal["deviation"],
            "share of negative noise in an episode, uniform numbers": negative,
        },
        "difference": {"ratio": shrunk, "of": "deviation of OU noise, uniform over normal numbers"},
        "verdict": (
            f"Yes: the noise becomes a constant push of {uniform['mean']:.2f} half ranges with "
            f"{shrunk:.0%} of the spread; {negative:.2%} of it is negative."
            if biased
            else f"Hardly: the mean, {uniform['mean']:.2f} half ranges, is less than a deviation."
        ),
        "answer": (
            f"Numbers from [0, 1) have the mean 1/2, and the process adds them up until the drift "
            f"balances them: at {uniform['mean']:.3f} half ranges for theta = 0.15 and sigma = "
            f"0.2 ({theory['mean']:.3f} in theory). Their spread is smaller than that of normal "
            f"numbers, so what varies has a deviation of {uniform['deviation']:.3f} instead of "
            f"{normal['deviation']:.3f}. The reporter's numbers before and after the mend show "
            f"the same picture. Any distribution of mean 0 and deviation 1 would do, since sums "
            f"of many steps come out nearly normal; the shape is not what matters here, the mean "
            f"and the deviation are."
        ),
    }


def explored_bandit(noise, warmup, steps, seed) -> keras.Model:
    """Train actor and critic on the bandit, from a replay of what they tried; return the actor.

    noise: deviation of the exploration. warmup: the share of the steps, the first ones, whose
    actions are uniformly random. NEW transitions are tried in each step, BATCH are learned from.
    """
    actor, critic = new_actor(seed), new_critic(seed + 10)
    fast = keras.optimizers.Adam(3e-3)
    slow = keras.optimizers.Adam(1e-3)
    fast.build(critic.trainable_variables)
    slow.build(actor.trainable_variables)
    strategy = get_strategy("mean_q")
    seen = tf.Variable(tf.zeros((steps * NEW, OBS_DIM)))
    tried = tf.Variable(tf.zeros((steps * NEW, ACT_DIM)))

    @tf.function(autograph=False)
    def step(index):
        key = tf.stack([index, 100 + seed])
        observations = tf.random.stateless_normal((NEW, OBS_DIM), key)
        mu = actor(observations)
        noisy = tf.clip_by_value(mu + noise * tf.random.stateless_normal(mu.shape, key + 1), -1, 1)
        uniform = tf.random.stateless_uniform(mu.shape, key + 2, -1, 1)
        is_warmup = tf.cast(index, tf.float32) < warmup * steps
        place = slice(index * NEW, (index + 1) * NEW)
        seen[place].assign(observations)
        tried[place].assign(tf.where(is_warmup, uniform, noisy))

        rows = tf.random.stateless_uniform((BATCH,), key + 3, 0, (index + 1) * NEW, tf.int32)
        observations, actions = tf.gather(seen, rows), tf.gather(tried, rows)
        rewards = exact_q([observations, actions])
        with tf.GradientTape() as tape:
            loss = tf.reduce_mean(tf.square(rewards - critic([observations, actions])))
        found = tape.gradient(loss, [v.value for v in critic.trainable_variables])
        fast.apply(found, critic.trainable_variables)
        strategy.update(actor, critic, slow, observations)

    for index in range(steps):
        step(tf.constant(index))
    return actor


def noisy_regret(actor, noise) -> float:
    """Return the mean of |a - goal(s)|^2 if noise is added when the actor is tested."""
    observations = batch(1_000, seed=99)
    actions = actor(observations)
    drawn = noise * tf.random.stateless_normal(actions.shape, (5, 5))
    actions = tf.clip_by_value(actions + drawn, -1, 1)
    return float(-tf.reduce_mean(exact_q([observations, actions])))


def noise_never_added(quick) -> dict:
    """Question 17."""
    steps, seeds = (100, 1) if quick else (1_500, 4)
    noise = 0.2
    conditions = {"noise": (noise, 0.0), "none": (0.0, 0.0), "warm-up": (0.0, 0.2)}
    actors = {
        name: [explored_bandit(*condition, steps, seed) for seed in range(seeds)]
        for name, condition in conditions.items()
    }
    regrets = {name: [regret_of(actor) for actor in found] for name, found in actors.items()}
    mean = {name: float(np.mean(values)) for name, values in regrets.items()}
    untrained = float(np.mean([regret_of(new_actor(seed)) for seed in range(seeds)]))
    swapped = float(np.mean([noisy_regret(actor, noise) for actor in actors["none"]]))
    ratio = mean["none"] / mean["noise"]
    learned = "still learns" if mean["none"] < untrained / 2 else "hardly learns"
    if ratio > 1.2:
        joint = "but" if learned == "still learns" else "and"
        effect = f"{joint} ends with {ratio:.2g} times the loss"
    elif ratio < 0.8:
        effect = f"and ends with {ratio:.2g} times the loss"
    else:
        effect = f"and ends about as well ({ratio:.2g} times the loss)"
    if min(regrets["none"]) < max(regrets["noise"]) and min(regrets["noise"]) < max(
        regrets["none"]
    ):
        effect += f"; over {seeds} seeds the two overlap"
    source = (
        "Even without noise it met different actions: the replay holds those of all earlier "
        "actors, in varying states"
        if learned == "still learns"
        else "Without noise only the change of the actor itself makes them differ, and that was "
        "not enough here"
    )
    helped = f"{mean['warm-up'] / mean['none']:.2g} times the loss without it"
    return {
        "number": 17,
        "question": "The noise was never added in training: why does it learn all the same?",
        "threads": ["cyoon1729/Policy-Gradient-Methods #2", "keiohta/tf2rl #56"],
        "figures_of_merit": {
            "seeds": seeds,
            "training steps": steps,
            "loss (mean |a - best a|^2) before training": untrained,
            "loss after training with noise": mean["noise"],
            "loss after training without noise": mean["none"],
            "the same, lowest of the seeds": min(regrets["none"]),
            "the same, highest of the seeds": max(regrets["none"]),
            "loss without noise, the first fifth of the data random": mean["warm-up"],
            "loss if the noise is added in testing instead": swapped,
        },
        "difference": {"ratio": ratio, "of": "loss at the end, no noise in training over noise"},
        "verdict": (
            f"Without noise it {learned} (loss {untrained:.2g} before, {mean['none']:.2g} after) "
            f"{effect}."
        ),
        "answer": (
            f"The critic learns dQ/da only where actions differ in the same kind of state. "
            f"{source}. On a bandit with {OBS_DIM}-dimensional states, {seeds} "
            f"seed{'s' * (seeds > 1)}, the loss goes from {untrained:.3g} to {mean['none']:.3g} "
            f"without noise ({min(regrets['none']):.2g} to {max(regrets['none']):.2g} over the "
            f"seeds) and to {mean['noise']:.3g} ({min(regrets['noise']):.2g} to "
            f"{max(regrets['noise']):.2g}) with noise of {noise}. If the first fifth "
            f"of the data comes from random actions, as in a warm-up, it ends at "
            f"{mean['warm-up']:.3g}, {helped} ({min(regrets['warm-up']):.2g} to "
            f"{max(regrets['warm-up']):.2g}); why was not taken apart. With noise in testing, the "
            f"other half of the mistake in tf2rl, the actors trained without it have a loss of "
            f"{swapped:.3g}. This problem has one maximum and dense rewards; where a reward must "
            f"be found first, it says nothing."
        ),
    }


QUESTIONS = (noise_without_dt, uniform_numbers, noise_never_added)
