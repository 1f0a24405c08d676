"""Several copies of an environment, stepped together; their present episodes, played again."""

import multiprocessing
import signal
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import partial
from typing import Any, NamedTuple

import gymnasium as gym
import numpy as np
from gymnasium.vector import AsyncVectorEnv, AutoresetMode, SyncVectorEnv

from ddpg_tf.batch import Batch
from ddpg_tf.config import DDPGConfig
from ddpg_tf.environments.faults import FaultyEnvironmentError
from ddpg_tf.environments.wrappers import CUT_OFF
from ddpg_tf.startup import note_once
from ddpg_tf.validation import is_plain


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
            self.vector = SyncVectorEnv([lambda: Repeatable(make())] * config.num_envs, **mode)
        self.count = config.num_envs
        self.begun = np.arange(self.count)
        try:
            self.observations, _ = self._called(self.vector.reset, seed=seed)
        except BaseException:
            self.close()
            raise
        self.waits_for_reset = np.zeros(self.count, bool)
        self.lengths = np.zeros(self.count, int)

    def place(self) -> dict[str, list]:
        """Where the present episodes are, as plain values for `begin_again`.

        began: of each environment, the seed or the state of its generator with which the episode
        began. lengths: steps since then. waits: whether it is over and waits to be reset.
        """
        return {
            "began": list(self._called(self.vector.get_attr, "began")),
            "lengths": self.lengths.tolist(),
            "waits": self.waits_for_reset.tolist(),
        }

    def begin_again(
        self, place: Mapping[str, list], actions: Sequence[Sequence[np.ndarray]]
    ) -> list[list[float]]:
        """Begin new environments' episodes as those of `place` and take their actions again.

        actions: of each environment, those that it took since. Returns its rewards.
        """
        rows = zip(place["began"], actions, place["waits"], strict=True)
        self._called(self.vector.set_attr, "again", [*rows])
        self.observations, _ = self._called(self.vector.reset)
        self.waits_for_reset, self.lengths = np.array(place["waits"]), np.array(place["lengths"])
        self.begun = np.flatnonzero(self.lengths == 0)
        return list(self._called(self.vector.get_attr, "rewards"))

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
        self.lengths += 1
        self.lengths[self.begun] = 0
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
    """The environment in a process of its own, which leaves signals to its parent."""
    # gymnasium makes one in the parent too, to look at its spaces
    if multiprocessing.parent_process() is not None:
        signal.set_wakeup_fd(-1)
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        signal.signal(signal.SIGTERM, signal.SIG_DFL)
    return Repeatable(make())


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


class Repeatable(gym.Wrapper):
    """An environment whose present episode can be played again in a new one.

    began: the seed with which the episode began, or the state of the environment's generator, or
    None if it has no such state. again: (began, actions, waits) of an episode that the next reset
    is to play, as far as it had come; if it `waits`, the step after that is a reset, as gymnasium's
    own are in next_step. rewards: those of that episode.
    Each observation is an array of its own: some environments return the same one, changed.
    """

    def __init__(self, env: gym.Env):
        super().__init__(env)
        self.began: Any = None
        self.again: tuple[Any, Sequence[np.ndarray], bool] | None = None
        self.rewards: list[float] = []
        self.owes_reset = False

    def reset(
        self, *, seed: int | None = None, options: dict[str, Any] | None = None
    ) -> tuple[np.ndarray, dict[str, Any]]:
        """Reset it, or play `again`."""
        if self.again is not None:
            return self._play_again(*self.again)
        self.began = generator_state(self.env) if seed is None else seed
        observation, info = self.env.reset(seed=seed, options=options)
        return np.array(observation), info

    def step(self, action: np.ndarray) -> tuple[np.ndarray, Any, bool, bool, dict[str, Any]]:
        """Take one step."""
        if self.owes_reset:
            self.owes_reset = False
            observation, info = self.reset()
            return observation, 0.0, False, False, info
        observation, *rest = self.env.step(action)
        return np.array(observation), *rest

    def _play_again(self, began, actions, waits):
        self.again, self.rewards, self.owes_reset = None, [], waits
        if isinstance(began, dict):
            self.env.unwrapped.np_random.bit_generator.state = began
            observation, info = self.reset()
        else:
            observation, info = self.reset(seed=began)
        for action in actions:
            observation, reward, *_, info = self.env.step(action)
            self.rewards.append(float(reward))
        return np.array(observation), info


def generator_state(env: gym.Env) -> dict | None:
    """The state of an environment's random generator, if it is plain values."""
    generator = getattr(env.unwrapped, "np_random", None)
    state = getattr(getattr(generator, "bit_generator", None), "state", None)
    return state if isinstance(state, dict) and is_plain(state) else None
