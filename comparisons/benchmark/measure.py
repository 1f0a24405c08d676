"""What is measured: updates per second of each strategy, and training runs of several seeds."""

import time
from dataclasses import replace

import numpy as np
import tensorflow as tf

from comparisons.study import Track
from ddpg_tf import DDPG, DDPGConfig, evaluate, train
from ddpg_tf.environments.make import make_environment

STRATEGIES = ("output_gradients", "mean_q", "get_updates", "surrogate", "target_action")
UPDATES = 50
"""Updates in a timed call."""


def run(quick: bool, track: Track) -> dict:
    """Time the strategies in turns, compiled by XLA, then train with several seeds."""
    agents = {name: new_agent(name) for name in track(STRATEGIES, "compiling")}
    rounds = {name: [] for name in STRATEGIES}
    for _ in track(range(4 if quick else 40), "updates a second"):
        for name, agent in agents.items():
            rounds[name].append(seconds_per_update(agent))
    config = DDPGConfig(total_steps=1_500 if quick else 10_000, eval_episodes=1 if quick else 10)
    seeds = range(1 if quick else 5)
    return {
        "updates_per_second": {name: 1 / min(times) for name, times in rounds.items()},
        "matrix_gflops": matrix_gflops(),
        "total_steps": config.total_steps,
        "runs": [training_run(config, seed) for seed in track(seeds, "training")],
    }


def new_agent(strategy: str) -> DDPG:
    """A compiled agent for Pendulum-v1."""
    environment = make_environment("Pendulum-v1")
    spaces = environment.observation_space, environment.action_space
    agent = DDPG(*spaces, DDPGConfig(strategy=strategy))
    agent.learn(random_batches())
    return agent


def random_batches(updates: int = UPDATES) -> dict[str, np.ndarray]:
    """Made-up batches [updates, 64, ...] for Pendulum-v1."""
    normal = np.random.default_rng(0).standard_normal
    shape = (updates, 64)
    return {
        "observations": normal((*shape, 3)),
        "actions": normal((*shape, 1)),
        "rewards": normal(shape),
        "next_observations": normal((*shape, 3)),
        "terminated": np.zeros(shape),
    }


def seconds_per_update(agent: DDPG) -> float:
    """The seconds for one of the UPDATES updates of a call."""
    batches = random_batches()
    started = time.perf_counter()
    agent.learn(batches)
    return (time.perf_counter() - started) / UPDATES


def matrix_gflops(repetitions: int = 1_000) -> float:
    """The speed of [64, 256] x [256, 256] products under XLA, in GFLOP/s."""
    weights = tf.random.stateless_normal((256, 256), seed=(0, 0)) / 16

    @tf.function(jit_compile=True)
    def products(x):
        for _ in tf.range(repetitions):
            x = tf.matmul(x, weights)
        return x

    x = tf.random.stateless_normal((64, 256), seed=(0, 1))
    products(x)
    started = time.perf_counter()
    products(x).numpy()
    return repetitions * 2 * 64 * 256 * 256 / (time.perf_counter() - started) / 1e9


def training_run(config: DDPGConfig, seed: int) -> dict:
    """Train with one seed: the final return, and the speed once everything is compiled."""
    reached = []
    config = replace(config, seed=seed)

    def note_blocks_with_updates(progress):
        if progress.metrics is not None:
            reached.append((progress.step, time.perf_counter()))

    result = train(config, callbacks=[note_blocks_with_updates])
    # the first call of the learner compiles
    (first_step, first_time), (last_step, last_time) = reached[2], reached[-1]
    return {
        "seed": seed,
        "return": float(evaluate(result.agent, config.env_id, 20, seed=1_000 + seed).mean()),
        "steps_per_second": (last_step - first_step) / (last_time - first_time),
        "steps": [row["step"] for row in result.history],
        "eval_returns": [row["eval_return_mean"] for row in result.history],
    }
