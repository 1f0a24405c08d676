"""How fast the learner is and how well it learns.

Speeds are compared within one run, in turns, because machines differ and are noisy: the ratio of
two speeds means more than either. The speed of a plain matrix product says what machine it was.
"""

import time
from dataclasses import replace

import numpy as np
import tensorflow as tf
from matplotlib.figure import Figure

from ddpg_tf import DDPG, DDPGConfig, evaluate, train
from ddpg_tf.environments.make import make_environment
from ddpg_tf.training.figures import COLOURS

STRATEGIES = ("output_gradients", "mean_q", "get_updates", "surrogate", "target_action")
UPDATES = 50


def run(quick, track) -> dict:
    """Return speeds of the strategies under XLA, and training runs of several seeds."""
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
    """Return a compiled agent for Pendulum-v1."""
    environment = make_environment("Pendulum-v1")
    spaces = environment.observation_space, environment.action_space
    agent = DDPG(*spaces, DDPGConfig(strategy=strategy))
    agent.learn(random_batches())
    return agent


def random_batches(updates: int = UPDATES) -> dict[str, np.ndarray]:
    """Return batches [updates, 64, ...] for Pendulum-v1, made up."""
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
    """Return the seconds for one of UPDATES updates in a call."""
    batches = random_batches()
    started = time.perf_counter()
    agent.learn(batches)
    return (time.perf_counter() - started) / UPDATES


def matrix_gflops(repetitions: int = 1_000) -> float:
    """Return the speed of [64, 256] x [256, 256] products under XLA, in GFLOP/s."""
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
    """Train with one seed; return the final return and the speed once everything is compiled."""
    moments = []
    config = replace(config, seed=seed)
    result = train(config, progress=lambda m: moments.append((m.step, time.perf_counter())))
    # the first call of the learner compiles
    (first_step, first_time), (last_step, last_time) = moments[2], moments[-1]
    return {
        "seed": seed,
        "return": float(evaluate(result.agent, config.env_id, 20, seed=1_000 + seed).mean()),
        "steps_per_second": (last_step - first_step) / (last_time - first_time),
        "steps": [row["step"] for row in result.history],
        "eval_returns": [row["eval_return_mean"] for row in result.history],
    }


def spread(data: dict) -> float:
    """Return how much faster the fastest strategy is than the slowest, as a share."""
    speeds = data["updates_per_second"].values()
    return max(speeds) / min(speeds) - 1


def figures(data: dict) -> dict[str, Figure]:
    """Return the figure of speeds and learning curves."""
    figure = Figure(figsize=(11, 4.2), layout="constrained")
    left, right = figure.subplots(1, 2)
    names = list(data["updates_per_second"])
    left.barh(names, data["updates_per_second"].values(), color=[COLOURS[n] for n in names])
    left.invert_yaxis()
    left.set_xlabel("updates a second (batch 64, 256-256, XLA)")
    left.set_title(f"Fastest and slowest strategy: {spread(data):.1%} apart")
    for run, colour, marker in zip(data["runs"], COLOURS.values(), "os^Dv", strict=False):
        label = f"seed {run['seed']}"
        right.plot(run["steps"], run["eval_returns"], color=colour, marker=marker, label=label)
    right.set_xlabel("environment steps of Pendulum-v1")
    right.set_ylabel("return without noise (mean of an evaluation)")
    worst = min(run["return"] for run in data["runs"])
    right.set_title(f"Mean of 20 new episodes at the end, worst seed: {worst:.0f}")
    right.grid(alpha=0.3)
    right.legend()
    return {"benchmark": figure}


def finding(data: dict) -> str:
    """Return what was seen."""
    speeds = data["updates_per_second"]
    rows = [f"| {name} | {speed:,.0f} |" for name, speed in speeds.items()]
    returns = [run["return"] for run in data["runs"]]
    steps = [run["steps_per_second"] for run in data["runs"]]
    return "\n".join(
        [
            "| strategy | updates a second |",
            "|---|---:|",
            *rows,
            "",
            f"Under XLA, with batch 64 and two hidden layers of 256, the fastest strategy is "
            f"{spread(data):.1%} faster than the slowest. A plain 256-wide matrix product runs at "
            f"{data['matrix_gflops']:.0f} GFLOP/s on one core of this machine.",
            "",
            f"Pendulum-v1, {data['total_steps']:,} steps, {len(returns)} seeds: mean return of 20 "
            f"evaluation episodes {min(returns):.0f} to {max(returns):.0f}, at {min(steps):,.0f} "
            f"to {max(steps):,.0f} environment steps a second, one update each, after compiling.",
        ]
    )
