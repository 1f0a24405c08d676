"""The return of the policy without noise, in an environment of its own."""

from collections.abc import Callable, Iterator
from typing import NamedTuple

import gymnasium as gym
import numpy as np
from gymnasium.envs.registration import EnvSpec

from ddpg_tf.environments.make import make_environment


class Episode(NamedTuple):
    """One episode of T steps, as the environment gave it.

    observations [T + 1, obs_dim], the last one being where it ended; rewards [T], float64;
    terminated: whether the task ended, not whether time ran out.
    """

    observations: np.ndarray
    rewards: np.ndarray
    terminated: bool

    @property
    def total(self) -> float:
        """The undiscounted return."""
        # added one by one: np.sum adds in pairs, and rounds differently
        return float(np.add.accumulate(self.rewards)[-1])


def evaluate(
    agent, env_id: str | EnvSpec | Callable[..., gym.Env], episodes: int = 20, seed: int = 0
) -> np.ndarray:
    """The undiscounted returns [episodes] of the agent's policy, without noise.

    env_id: an id or a spec of Gymnasium's, or a function that makes an environment.

    Episode i starts from the environment's reset with the i-th seed that follows from `seed`, so
    that equal policies get equal returns. An agent whose config has an image_side sees images so.
    Raises ValueError for an unknown environment, for no episodes and for a negative seed.
    """
    require_episodes(episodes, seed)
    image_side = getattr(getattr(agent, "config", None), "image_side", None)
    with make_environment(env_id, image_side) as environment:
        played = episodes_of(agent.policy(), environment, episodes, seed)
        return np.array([episode.total for episode in played])


def episodes_of(
    policy: Callable, environment: gym.Env, episodes: int, seed: int
) -> Iterator[Episode]:
    """That many episodes of `policy`, an observation [obs_dim] -> an action."""
    for episode_seed in np.random.SeedSequence(seed).generate_state(episodes):
        yield one_episode(policy, environment, int(episode_seed))


def one_episode(policy: Callable, environment: gym.Env, seed: int) -> Episode:
    """One episode, from the environment's reset with `seed`."""
    observation, _ = environment.reset(seed=seed)
    # copies: some environments return the same array, changed
    observations, rewards, over = [np.array(observation)], [], False
    while not over:
        observation, reward, terminated, truncated, _ = environment.step(policy(observation))
        observations.append(np.array(observation))
        rewards.append(float(reward))
        over = terminated or truncated
    return Episode(np.stack(observations), np.array(rewards), bool(terminated))


def require_episodes(episodes: int, seed: int) -> None:
    """Raise ValueError unless there is at least one episode, and a seed that is not negative."""
    if episodes < 1:
        raise ValueError(f"episodes must be at least 1; got {episodes}")
    if seed < 0:
        raise ValueError(f"seed must be at least 0; got {seed}")
