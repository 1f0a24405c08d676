"""Questions 15, 16 and 17: what dt, the kind of random number, and the noise's presence do."""

import keras
import numpy as np
import tensorflow as tf

from comparisons.exploration.noises import NOISES, episode_rms, moments
from comparisons.questions.problem import (
    ACT_DIM,
    BATCH,
    OBS_DIM,
    batch,
    exact_q,
    new_actor,
    new_critic,
    regret,
)
from ddpg_tf.strategies import get_strategy

EPISODE = 200
"""Steps after a reset over which the noise is measured."""

NEW = 8
"""Transitions that question 17 tries before each update."""


def noise_without_dt(quick: bool) -> dict[str, float]:
    """Question 15: OU noise at dt = 1, at dt = 0.01, and with dt where its root belongs."""
    paths = 2_000 if quick else 20_000
    values = {"episode_steps": EPISODE}
    for name in ("ou", "small_dt", "missing_root"):
        noise = NOISES[name]
        measured, theory = moments(noise, paths), noise.theory()
        values[f"{name}_std"] = measured["standard_deviation"]
        values[f"{name}_std_theory"] = theory["standard_deviation"]
        values[f"{name}_memory"] = measured["correlation_time"]
        values[f"{name}_memory_theory"] = theory["correlation_time"]
        values[f"{name}_rms"] = episode_rms(noise, EPISODE, paths)
    return {
        "ratio": values["small_dt_rms"] / values["ou_rms"],
        "stationary": values["small_dt_std"] / values["ou_std"],
        "shrunk": values["small_dt_std"] / values["missing_root_std"],
        **values,
    }


def uniform_numbers(quick: bool) -> dict[str, float]:
    """Question 16: OU noise driven by uniform numbers and by normal ones."""
    paths = 2_000 if quick else 50_000
    normal, uniform = (moments(NOISES[name], paths) for name in ("ou", "uniform"))
    theory = NOISES["uniform"].theory()
    process = NOISES["uniform"].process(paths, np.random.default_rng(1))
    signs = [process(NOISES["uniform"].sigma) < 0 for _ in range(EPISODE)]
    return {
        "ratio": uniform["standard_deviation"] / normal["standard_deviation"],
        "mean": uniform["mean"],
        "mean_theory": theory["mean"],
        "mean_normal": normal["mean"],
        "std": uniform["standard_deviation"],
        "std_theory": theory["standard_deviation"],
        "std_normal": normal["standard_deviation"],
        "negative": float(np.mean(signs)),
    }


def explored_bandit(noise: float, warmup: float, updates: int, seed: int) -> keras.Model:
    """An actor that was trained on the bandit, with its critic, from a replay of what it tried.

    noise: standard deviation of the exploration. warmup: the share of the updates, the first ones,
    before which actions are uniformly random. NEW transitions are tried before each update, BATCH
    are learned from.
    """
    actor, critic = new_actor(seed), new_critic(seed + 10)
    fast = keras.optimizers.Adam(3e-3)
    slow = keras.optimizers.Adam(1e-3)
    fast.build(critic.trainable_variables)
    slow.build(actor.trainable_variables)
    strategy = get_strategy("mean_q")
    states = tf.Variable(tf.zeros((updates * NEW, OBS_DIM)))
    tried = tf.Variable(tf.zeros((updates * NEW, ACT_DIM)))

    @tf.function(autograph=False)
    def update(index):
        key = tf.stack([index, 100 + seed])
        observations = tf.random.stateless_normal((NEW, OBS_DIM), key)
        mu = actor(observations)
        noisy = tf.clip_by_value(mu + noise * tf.random.stateless_normal(mu.shape, key + 1), -1, 1)
        uniform = tf.random.stateless_uniform(mu.shape, key + 2, -1, 1)
        is_warmup = tf.cast(index, tf.float32) < warmup * updates
        place = slice(index * NEW, (index + 1) * NEW)
        states[place].assign(observations)
        tried[place].assign(tf.where(is_warmup, uniform, noisy))

        rows = tf.random.stateless_uniform((BATCH,), key + 3, 0, (index + 1) * NEW, tf.int32)
        observations, actions = tf.gather(states, rows), tf.gather(tried, rows)
        rewards = exact_q([observations, actions])
        with tf.GradientTape() as tape:
            loss = tf.reduce_mean(tf.square(rewards - critic([observations, actions])))
        found = tape.gradient(loss, [v.value for v in critic.trainable_variables])
        fast.apply(found, critic.trainable_variables)
        strategy.update(actor, critic, slow, observations)

    for index in range(updates):
        update(tf.constant(index))
    return actor


def noisy_regret(actor, noise: float) -> float:
    """The mean of |a - goal(s)|^2 if noise is added when the actor is tested."""
    observations = batch(1_000, seed=99)
    actions = actor(observations)
    drawn = noise * tf.random.stateless_normal(actions.shape, (5, 5))
    actions = tf.clip_by_value(actions + drawn, -1, 1)
    return float(-tf.reduce_mean(exact_q([observations, actions])))


def noise_never_added(quick: bool) -> dict[str, float]:
    """Question 17: the same training with noise, without, and with a random warm-up instead."""
    updates, seeds = (100, range(1)) if quick else (1_500, range(4))
    noise = 0.2
    conditions = {"noise": (noise, 0.0), "none": (0.0, 0.0), "warmup": (0.0, 0.2)}
    values = {"noise_std": noise, "updates": updates, "seeds": len(seeds)}
    values["observation_dim"] = OBS_DIM
    values["start"] = float(np.mean([regret(new_actor(seed)) for seed in seeds]))
    for name, condition in conditions.items():
        actors = [explored_bandit(*condition, updates, seed) for seed in seeds]
        losses = [regret(actor) for actor in actors]
        values[name] = float(np.mean(losses))
        values[f"{name}_lowest"], values[f"{name}_highest"] = min(losses), max(losses)
        if name == "none":
            values["tested_with_noise"] = float(np.mean([noisy_regret(a, noise) for a in actors]))
    return {
        "ratio": values["none"] / values["noise"],
        "warmup_ratio": values["warmup"] / values["none"],
        **values,
    }
