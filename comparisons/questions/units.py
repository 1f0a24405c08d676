"""Questions 24 and 30: what stands between the networks and the environment's own units."""

from dataclasses import replace
from functools import partial

import gymnasium as gym
import keras
import numpy as np
from gymnasium.envs.classic_control.pendulum import PendulumEnv
from gymnasium.wrappers import RescaleAction, TimeLimit

from ddpg_tf import DDPGConfig, evaluate, train
from ddpg_tf.networks.build import build_critic

BOUNDS = {"one": 1.0, "two": 2.0, "thousand": 1e3, "thousandth": 1e-3}
"""Sizes of the same pendulum's action box: its torques are the same, in other units."""
CONFIG = DDPGConfig(total_steps=8_000, eval_every=8_000, hidden_sizes=(64, 64))


def pendulum(bound: float, **options) -> gym.Env:
    """Pendulum-v1 with actions in [-bound, bound], which are stretched onto its torques."""
    box = np.float32([-bound]), np.float32([bound])
    return TimeLimit(RescaleAction(PendulumEnv(**options), *box), 200)


def raw_critic(observation_space: gym.Space, action_space: gym.Space) -> keras.Model:
    """The library's critic, but its layers see actions in the environment's units."""
    return build_critic(observation_space.shape[0], action_space.shape[0], CONFIG.hidden_sizes)


def mean_return(bound: float, quick: bool, critic=None, **settings) -> float:
    """The mean return over seeds of a short training on `pendulum(bound)`."""
    steps = 1_200 if quick else CONFIG.total_steps
    config = replace(CONFIG, total_steps=steps, eval_every=steps, **settings)
    make = partial(pendulum, bound)
    rows = [
        train(replace(config, seed=seed), env=make, critic=critic).history[-1]
        for seed in range(1 if quick else 5)
    ]
    return float(np.mean([row["eval_return_mean"] for row in rows]))


def action_bounds(quick: bool) -> dict[str, float]:
    """Question 24: the same pendulum with four bounds, for critics that see them or half ranges."""
    returns = {}
    for name, bound in BOUNDS.items():
        returns[f"raw_{name}"] = mean_return(bound, quick, raw_critic)
        returns[f"ddpg_{name}"] = mean_return(bound, quick)
        returns[f"td3_{name}"] = mean_return(bound, quick, algorithm="td3")
    spreads = {
        f"{kind}_spread": max(values) - min(values)
        for kind in ("raw", "ddpg", "td3")
        for values in [[returns[f"{kind}_{name}"] for name in BOUNDS]]
    }
    return {
        "ratio": returns["raw_thousand"] / returns["raw_one"],
        "seeds": 1 if quick else 5,
        "steps": 1_200 if quick else CONFIG.total_steps,
        **returns,
        **spreads,
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
