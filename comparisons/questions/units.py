"""Questions 24 and 30: what stands between the networks and the environment's own units."""

from dataclasses import replace

import gymnasium as gym
import numpy as np
from gymnasium.envs.classic_control.pendulum import PendulumEnv
from gymnasium.wrappers import RescaleAction, TimeLimit

from ddpg_tf import DDPGConfig, evaluate, train

BOUNDS = {"one": 1.0, "thousand": 1e3, "thousandth": 1e-3}
"""Sizes of the same pendulum's action box: its torques are the same, in other units."""
CONFIG = DDPGConfig(total_steps=8_000, eval_every=8_000, hidden_sizes=(64, 64))


def pendulum(bound: float, **options) -> gym.Env:
    """Pendulum-v1 with actions in [-bound, bound], which are stretched onto its torques."""
    box = np.float32([-bound]), np.float32([bound])
    return TimeLimit(RescaleAction(PendulumEnv(**options), *box), 200)


def rescaled(bound: float, **options) -> gym.Env:
    """The same, rescaled again by whoever trains on it: actions in [-1, 1]."""
    return RescaleAction(pendulum(bound, **options), np.float32([-1]), np.float32([1]))


def mean_return(make, bound: float, quick: bool) -> float:
    """The mean return over seeds of a short training on `make(bound)`."""
    steps = 1_200 if quick else CONFIG.total_steps
    config = replace(CONFIG, total_steps=steps, eval_every=steps)
    rows = [
        train(replace(config, seed=seed), env=lambda **options: make(bound, **options)).history[-1]
        for seed in range(1 if quick else 3)
    ]
    return float(np.mean([row["eval_return_mean"] for row in rows]))


def action_bounds(quick: bool) -> dict[str, float]:
    """Question 24: the same pendulum with bounds 1, 1,000 and 1/1,000, as it is and rescaled."""
    raw = {name: mean_return(pendulum, bound, quick) for name, bound in BOUNDS.items()}
    wrapped = {name: mean_return(rescaled, bound, quick) for name, bound in BOUNDS.items()}
    return {
        "ratio": raw["thousand"] / raw["one"],
        "seeds": 1 if quick else 3,
        "steps": 1_200 if quick else CONFIG.total_steps,
        **{f"raw_{name}": value for name, value in raw.items()},
        **{f"rescaled_{name}": value for name, value in wrapped.items()},
    }


def exported_actor(quick: bool) -> dict[str, float]:
    """Question 30: a trained agent's actions, from its policy and from the bare actor network."""
    steps = 1_200 if quick else CONFIG.total_steps
    config = replace(CONFIG, total_steps=steps, eval_every=steps, normalize_observations=True)
    agent = train(config).agent
    rng = np.random.default_rng(0)
    angle, speed = rng.uniform(-np.pi, np.pi, 1_000), rng.uniform(-8, 8, 1_000)
    observations = np.stack([np.cos(angle), np.sin(angle), speed], axis=1).astype(np.float32)
    half_range = (agent.action_high - agent.action_low) / 2
    policy = agent.policy()(observations) / half_range
    bare = agent.actor(observations, training=False).numpy() / half_range

    class Bare:
        """The actor alone, played as if it were the policy."""

        @staticmethod
        def policy():
            return lambda observation: agent.actor(observation[None], training=False).numpy()[0]

    episodes = 3 if quick else 20
    returns = {
        "policy_return": float(evaluate(agent, config.env_id, episodes).mean()),
        "bare_return": float(evaluate(Bare(), config.env_id, episodes).mean()),
    }
    return {
        "ratio": returns["bare_return"] / returns["policy_return"],
        **returns,
        "difference": float(np.abs(bare - policy).mean()),
        "largest_difference": float(np.abs(bare - policy).max()),
        "speed_std": float(agent.observation_moments.std[2]),
        "episodes": episodes,
        "steps": steps,
    }
