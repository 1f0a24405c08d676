"""Several copies of an environment, stepped together."""

import multiprocessing
import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from typing import Any, NamedTuple

import gymnasium as gym
import numpy as np
from gymnasium.vector import AsyncVectorEnv, AutoresetMode, SyncVectorEnv

from ddpg_tf.config import DDPGConfig
from ddpg_tf.environments.faults import FaultyEnvironmentError
from ddpg_tf.environments.make import note_once
from ddpg_tf.environments.wrappers import CUT_OFF
from ddpg_tf.replay import Batch


class Transitions(NamedTuple):
    """The transitions of one step of n environments: n rows, or fewer if some were only reset."""

    batch: Batch
    """A row each; next observations as they were before any reset."""
    truncated: np.ndarray
    """[n], whether a time limit cut the episode off."""
    indices: np.ndarray
    """[n], the environment of each row."""

    @property
    def ended(self) -> np.ndarray:
        """The indices of the environments whose episode ended with this step."""
        return self.indices[self.batch.terminated | self.truncated]


class Environments:
    """n copies of an environment that are stepped together, their episodes one after the other.

    `observations` [n, obs_dim] are those that the next actions are to be chosen for; `begun` holds
    the indices of the environments in which an episode begins with them. The i-th copy is seeded
    with seed + i.
    Whatever gymnasium's autoreset mode, the same transitions come in the same order; in next_step
    some steps give fewer, because a step that resets an environment is no transition.
    Raises FaultyEnvironmentError where one of them does what Gymnasium's API does not allow.
    """

    def __init__(self, make: Callable[[], gym.Env], config: DDPGConfig, seed: int):
        mode = {"autoreset_mode": AutoresetMode[config.autoreset.upper()]}
        self.is_async = config.vectorization == "async"
        if self.is_async:
            self.vector = AsyncVectorEnv([partial(made_apart, make)] * config.num_envs, **mode)
        else:
            self.vector = SyncVectorEnv(
                [lambda: FreshObservations(make())] * config.num_envs, **mode
            )
        self.count = config.num_envs
        self.begun = np.arange(self.count)
        try:
            self.observations, _ = self._called(self.vector.reset, seed=seed)
        except BaseException:
            self.close()
            raise
        self.waits_for_reset = np.zeros(self.count, bool)

    def step(self, actions: np.ndarray) -> Transitions:
        """Take actions [n, act_dim]; the transitions that they led to."""
        observations, stepped = self.observations, ~self.waits_for_reset
        following, rewards, terminated, truncated, info = self._called(self.vector.step, actions)
        over = terminated | truncated
        some_over = over.any()
        if some_over and truncated.any():
            tell_of_limits(info)
        final = following
        mode = self.vector.metadata["autoreset_mode"]
        if some_over and mode == AutoresetMode.SAME_STEP:
            # `following` holds the first observations of the new episodes already
            final = following.copy()
            for index in np.flatnonzero(over):
                final[index] = info["final_obs"][index]
        if some_over and mode == AutoresetMode.DISABLED:
            following, _ = self._called(self.vector.reset, options={"reset_mask": over})
        self.begun = np.flatnonzero(over)
        if mode == AutoresetMode.NEXT_STEP:
            # the next step of these will ignore its action and begin an episode: no transition
            self.begun = np.flatnonzero(self.waits_for_reset)
            self.waits_for_reset = over
        self.observations = following
        batch = Batch(observations, actions, rewards, final, terminated)
        indices = np.arange(self.count)
        if not stepped.all():
            batch = batch.map(lambda rows: rows[stepped])
            truncated, indices = truncated[stepped], indices[stepped]
        return Transitions(batch, truncated, indices)

    def _called(self, method: Callable, *arguments, **options) -> tuple:
        """What a method of the vector environment gives."""
        if not self.is_async:
            return method(*arguments, **options)
        with told_from_processes():
            return method(*arguments, **options)

    def close(self) -> None:
        """Close all of them, whatever they were doing."""
        if self.is_async:
            # a process that was cut off in a step would not answer a request to close
            self.vector.close(terminate=True)
        else:
            self.vector.close()


def made_apart(make: Callable[[], gym.Env]) -> gym.Env:
    """The environment in a process of its own, which leaves Ctrl-C to its parent."""
    # gymnasium makes one in the parent too, to look at its spaces
    if multiprocessing.parent_process() is not None:
        signal.signal(signal.SIGINT, signal.SIG_IGN)
    return FreshObservations(make())


@contextmanager
def told_from_processes() -> Iterator[None]:
    """Let a fault that comes from an environment's process be told once, by the fault itself."""
    level = gym.logger.min_level
    gym.logger.min_level = gym.logger.ERROR + 1
    try:
        yield
    except FaultyEnvironmentError as fault:
        # gymnasium makes the error again, of the first one
        first = fault.args[0]
        raise first if isinstance(first, FaultyEnvironmentError) else fault from fault.__cause__
    finally:
        gym.logger.min_level = level


def tell_of_limits(info: dict[str, Any]) -> None:
    """Say once that a time limit struck, if one did that no environment has of its own."""
    for told in (info, info.get("final_info", {})):
        for line in filter(None, told.get(CUT_OFF, ())):
            note_once(line)


class FreshObservations(gym.ObservationWrapper):
    """Each observation an array of its own: some environments return the same one, changed."""

    def observation(self, observation: np.ndarray) -> np.ndarray:
        """A copy of the observation [obs_dim]."""
        return np.array(observation)
