"""The return of the policy without noise, in an environment of its own."""

from collections.abc import Callable, Iterator
from typing import NamedTuple

import gymnasium as gym
import numpy as np

from ddpg_tf.config import DDPGConfig, NonNegativeInt, PositiveInt
from ddpg_tf.environments.description import with_environment
from ddpg_tf.environments.faults import FaultyEnvironmentError
from ddpg_tf.environments.make import Source, environment_for
from ddpg_tf.environments.wrappers import CUT_OFF
from ddpg_tf.startup import note_once
from ddpg_tf.validation import kind_of, plain, require


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


def evaluate(agent, env_id: Source, episodes: int = 20, seed: int = 0) -> np.ndarray:
    """The undiscounted returns [episodes] of the agent's policy, without noise.

    env_id: an id or a spec of Gymnasium's, or a function that makes an environment. It stands in
    for the env_id of the agent's config, whose env_kwargs, wrappers and max_episode_steps hold.

    Episode i starts from the environment's reset with the i-th seed that follows from `seed`, so
    that equal policies get equal returns.
    Raises ValueError or TypeError for an unknown environment or one of other spaces, for no
    episodes, for a negative seed and for what is no agent, and FaultyEnvironmentError for an
    environment that does what Gymnasium's API does not allow.
    """
    require_episodes(episodes, seed)
    if not callable(getattr(agent, "policy", None)):
        raise TypeError(
            "agent must be a DDPG, a TD3 or what saved_policy(DIR) gives; got " + kind_of(agent)
        )
    own = getattr(agent, "config", None)
    config, made_by = with_environment(own or DDPGConfig(), env_id)
    with environment_for(config, made_by) as environment:
        policy = agent.policy()
        require_fit(policy, environment, config.env_id)
        played = episodes_of(policy, environment, episodes, seed)
        return np.array([episode.total for episode in played])


def require_fit(policy: Callable, environment: gym.Env, name: str) -> None:
    """Raise ValueError unless `policy` takes the observations and gives the actions of `name`."""
    observation = np.zeros(environment.observation_space.shape, np.float32)
    try:
        given = np.shape(policy(observation))
    except ValueError as error:
        raise ValueError(
            f"env_id {name} is not an environment for this agent: {error}; choose one that has the "
            "spaces it was trained with"
        ) from error
    if given != environment.action_space.shape:
        raise ValueError(
            f"env_id {name} is not an environment for this agent, whose actions have shape "
            f"{given}, not {environment.action_space.shape}; choose one that has the spaces it was "
            "trained with"
        )


def episodes_of(
    policy: Callable, environment: gym.Env, episodes: int, seed: int
) -> Iterator[Episode]:
    """That many episodes of `policy`, an observation [obs_dim] -> an action."""
    seeds = np.random.SeedSequence(seed).generate_state(episodes)
    for number, episode_seed in enumerate(seeds, start=1):
        try:
            yield one_episode(policy, environment, int(episode_seed))
        except FaultyEnvironmentError as fault:
            fault.where += f" of episode {number}"
            raise


def one_episode(policy: Callable, environment: gym.Env, seed: int) -> Episode:
    """One episode, from the environment's reset with `seed`."""
    observations, rewards, over = [], [], False
    try:
        observation, _ = environment.reset(seed=seed)
        # copies: some environments return the same array, changed
        observations.append(np.array(observation))
        while not over:
            result = environment.step(policy(observation))
            observation, reward, terminated, truncated, info = result
            observations.append(np.array(observation))
            rewards.append(float(reward))
            over = terminated or truncated
    except FaultyEnvironmentError as fault:
        fault.where = f"in step {len(rewards) + 1:,}" if observations else "at the beginning"
        raise
    if CUT_OFF in info:
        note_once(info[CUT_OFF])
    return Episode(np.stack(observations), np.array(rewards), bool(terminated))


def require_episodes(episodes: int, seed: int) -> None:
    """Raise TypeError or ValueError unless there is an episode, and a seed that is not negative."""
    require("episodes", plain(episodes), PositiveInt)
    require("seed", plain(seed), NonNegativeInt)
