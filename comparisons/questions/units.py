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


def config_of(quick: bool) -> DDPGConfig:
    """The training of both questions; a quick one is short, and waits for no compiler."""
    steps = 1_200 if quick else CONFIG.total_steps
    return replace(CONFIG, total_steps=steps, eval_every=steps, jit_compile=not quick)


def returns_of(config: DDPGConfig, bound: float, seeds: int, critic=None) -> list[float]:
    """The return of each seed after a short training on `pendulum(bound)`."""
    make = partial(pendulum, bound)
    runs = [train(replace(config, seed=seed), env=make, critic=critic) for seed in range(seeds)]
    return [run.history[-1]["eval_return_mean"] for run in runs]


def action_bounds(quick: bool) -> dict[str, float]:
    """Question 24: the same pendulum with four bounds, for critics that see them or half ranges.

    spread: largest less smallest mean over the bounds. deviation: standard deviation of all
    returns. other_at_two: seeds whose return is not, to the last bit, that of bounds 1.
    With bounds of 1 the two kinds of critic are the same one, which is trained once.
    """
    config = config_of(quick)
    seeds, raw_seeds = (1, 1) if quick else (5, 3)
    values = {"seeds": seeds, "raw_seeds": raw_seeds, "steps": config.total_steps}
    for name in ("thousand", "thousandth"):
        returns = returns_of(config, BOUNDS[name], raw_seeds, raw_critic)
        values[f"raw_{name}"] = float(np.mean(returns))
    for kind in ("ddpg", "td3"):
        config = replace(config, algorithm=kind)
        returns = {name: returns_of(config, bound, seeds) for name, bound in BOUNDS.items()}
        means = {name: float(np.mean(each)) for name, each in returns.items()}
        values |= {f"{kind}_{name}": mean for name, mean in means.items()}
        values[f"{kind}_spread"] = max(means.values()) - min(means.values())
        values[f"{kind}_deviation"] = float(np.std([*returns.values()]))
        values[f"{kind}_other_at_two"] = sum(
            one != two for one, two in zip(returns["one"], returns["two"], strict=True)
        )
    return {"ratio": values["raw_thousand"] / values["ddpg_one"], **values}


def exported_actor(quick: bool) -> dict[str, float]:
    """Question 30: a trained agent's actions, from its policy and from the bare actor network."""
    config = replace(config_of(quick), normalize_observations=True)
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
        "steps": config.total_steps,
    }
