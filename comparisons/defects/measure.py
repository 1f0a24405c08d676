"""What is measured: trainings of agents with one defect, and of the same agents without it."""

from dataclasses import replace

import numpy as np

from comparisons.defects.agents import TargetsApart
from comparisons.defects.catalogue import DEFECTS, PROBLEMS, Defect, Problem
from comparisons.runs import random_returns
from comparisons.study import Track
from ddpg_tf import DDPGConfig, evaluate
from ddpg_tf.environments.make import make_environment
from ddpg_tf.training.loop import TrainingRun

SEEDS = 5
EPISODES = 20
"""Episodes that the agents play at the end of their training."""


def run(quick: bool, track: Track) -> dict:
    """Train each problem's agent as it is and with each defect, with the same seeds.

    Raises ValueError, with the command that installs it, if an environment is missing.
    """
    episodes = 1 if quick else EPISODES
    problems = {
        name: {
            "label": problem.label,
            "env_id": problem.config.env_id,
            "total_steps": config_of(problem, quick).total_steps,
            "tau": problem.config.tau,
            "mark": problem.mark,
            "random_return": float(random_returns(problem.config.env_id, episodes).mean()),
            "runs": [],
        }
        for name, problem in PROBLEMS.items()
    }
    defects = {
        name: {
            "label": defect.label,
            "places": defect.places,
            "problem": defect.problem,
            "runs": [],
        }
        for name, defect in DEFECTS.items()
    }
    trials = [
        *[(row, PROBLEMS[name], None) for name, row in problems.items()],
        *[(row, PROBLEMS[row["problem"]], DEFECTS[name]) for name, row in defects.items()],
    ]
    everything = [(seed, *trial) for seed in range(1 if quick else SEEDS) for trial in trials]
    for seed, row, problem, defect in track(everything, "training"):
        row["runs"].append(training(problem, defect, seed, quick))
    return {
        "problems": problems,
        "defects": defects,
        "episodes": episodes,
        "apart_at_start": max(apart_at_start(seed) for seed in range(SEEDS)),
    }


def config_of(problem: Problem, quick: bool) -> DDPGConfig:
    """The problem's config, in a quick run a matter of a second."""
    small = {
        "total_steps": 300,
        "warmup_steps": 100,
        "hidden_sizes": (8, 8),
        "eval_every": 150,
        "eval_episodes": 1,
        "jit_compile": False,
    }
    return replace(problem.config, **small) if quick else problem.config


def training(problem: Problem, defect: Defect | None, seed: int, quick: bool) -> dict:
    """Train; the learning curve, and the mean return of new episodes at the end."""
    config = replace(config_of(problem, quick), seed=seed, **(defect.settings if defect else {}))
    with TrainingRun(config, defect.agent_class if defect else None) as run:
        for _ in run:
            pass
    episodes = 1 if quick else EPISODES
    return {
        "seed": seed,
        "steps": [row["step"] for row in run.history],
        "eval_returns": [row["eval_return_mean"] for row in run.history],
        "return": float(evaluate(run.agent, config.env_id, episodes, seed=1_000).mean()),
    }


def apart_at_start(seed: int) -> float:
    """How far targets that start as other random networks are from the online ones.

    The larger of the root mean squares of mu' - mu, in half ranges, and of Q' - Q, in units of
    return, on random observations and actions.
    """
    config = replace(PROBLEMS["pendulum"].config, seed=seed)
    with make_environment(config.env_id) as environment:
        spaces = environment.observation_space, environment.action_space
    for space in spaces:
        space.seed(seed)
    observations, actions = (np.stack([space.sample() for _ in range(200)]) for space in spaces)
    agent = TargetsApart(*spaces, config)
    half_range = (agent.action_high - agent.action_low) / 2
    differences = (
        (agent.target_actor(observations) - agent.actor(observations)) / half_range,
        agent.target_critic([observations, actions]) - agent.critic([observations, actions]),
    )
    return max(float(np.sqrt(np.mean(np.square(apart)))) for apart in differences)
