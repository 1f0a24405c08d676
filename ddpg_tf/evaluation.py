"""What the policy is worth without noise, in an environment of its own."""

import gymnasium as gym
import numpy as np


def make_environment(env_id: str) -> gym.Env:
    """Return the environment. Raises ValueError if Gymnasium has none of that id."""
    try:
        return gym.make(env_id)
    except (gym.error.Error, ModuleNotFoundError) as error:
        raise ValueError(f"cannot make environment {env_id!r}: {error}") from error


def evaluate(agent, env_id: str, episodes: int = 20, seed: int = 0) -> np.ndarray:
    """Return the undiscounted returns [episodes] of the agent's policy, without noise.

    Episode i starts from the environment's reset with the i-th seed that follows from `seed`, so
    that equal policies get equal returns. Raises ValueError for an unknown environment, for no
    episodes and for a negative seed.
    """
    if episodes < 1:
        raise ValueError(f"episodes must be at least 1; got {episodes}")
    if seed < 0:
        raise ValueError(f"seed must be at least 0; got {seed}")
    environment = make_environment(env_id)
    policy = agent.policy()
    seeds = np.random.SeedSequence(seed).generate_state(episodes)
    try:
        return np.array([episode_return(policy, environment, int(s)) for s in seeds])
    finally:
        environment.close()


def episode_return(policy, environment: gym.Env, seed: int) -> float:
    """Play one episode and return the sum of its rewards."""
    observation, _ = environment.reset(seed=seed)
    total, over = 0.0, False
    while not over:
        observation, reward, terminated, truncated, _ = environment.step(policy(observation))
        total += float(reward)
        over = terminated or truncated
    return total
