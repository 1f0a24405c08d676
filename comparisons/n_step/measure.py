"""What is measured: learning curves for each task, n and seed, and targets beside the truth."""

from dataclasses import replace

from comparisons.n_step.regulator import target_slopes
from comparisons.study import Track
from ddpg_tf import DDPGConfig, train

STEPS = (1, 3, 5)
"""The n that are compared."""

TASKS = {
    "dense": DDPGConfig(
        env_id="Pendulum-v1",
        hidden_sizes=(64, 64),
        total_steps=6_000,
        eval_every=500,
        eval_episodes=5,
    ),
    "sparse": DDPGConfig(
        env_id="MountainCarContinuous-v0",
        hidden_sizes=(64, 64),
        exploration="ou",
        noise_sigma=0.5,
        total_steps=12_000,
        eval_every=1_000,
        eval_episodes=3,
    ),
}
"""Pendulum-v1 rewards every step. MountainCarContinuous-v0 pays 100 at the flag, which ends the
episode, and charges 0.1 a^2 a step; its noise is what reaches the flag (question 28)."""


def run(quick: bool, track: Track) -> dict:
    """Train every task with every n and seed: evaluations, and the slopes of targets."""
    seeds = range(1 if quick else 5)
    curves = {
        task: {"env_id": config.env_id, "steps": [], "returns": {str(n): [] for n in STEPS}}
        for task, config in TASKS.items()
    }
    trials = [(task, n, seed) for task in TASKS for seed in seeds for n in STEPS]
    for task, n, seed in track(trials, "training"):
        steps, returns = evaluations(TASKS[task], n, seed, quick)
        curves[task]["steps"] = steps
        curves[task]["returns"][str(n)].append(returns)
    return {"seeds": len(seeds), "tasks": curves, "slopes": target_slopes(STEPS)}


def evaluations(
    config: DDPGConfig, n: int, seed: int, quick: bool
) -> tuple[list[int], list[float]]:
    """The steps and the mean returns of all evaluations of a training."""
    config = replace(config, n_step=n, seed=seed)
    if quick:
        small = {"total_steps": 1_200, "eval_every": 600, "eval_episodes": 1}
        config = replace(config, hidden_sizes=(16, 16), jit_compile=False, **small)
    rows = train(config).history
    return [row["step"] for row in rows], [row["eval_return_mean"] for row in rows]
