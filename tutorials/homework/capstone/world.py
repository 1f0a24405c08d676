"""The world in which the grader lets an agent learn: Pendulum-v1 in disguise, which stays here.

Its observations come in another order, some with the other sign, and its torque may be turned
round. To an agent that learns this is all the same; a controller that somebody wrote, or weights
from elsewhere, do nothing sensible in it. How it is disguised, each build draws for itself, as this
file is public.
"""

from itertools import permutations, product
from pathlib import Path
from typing import Any

import numpy as np

from tutorials.homework.capstone import measure as measurements
from tutorials.homework.checking import measure

LOW, HIGH = np.float32([-2.0]), np.float32([2.0])
EPISODES = 10
"""Episodes of an evaluation."""
FIRST_START = 1000
"""Seed of the first evaluated episode's start."""


SECRET = Path(__file__).with_name("disguise.txt")
"""The seed of the disguise, in an autograder's files alone."""


def seed_of_disguise() -> int:
    """What the build drew; 0 outside of a build."""
    return int(SECRET.read_text()) if SECRET.is_file() else 0


DISGUISES = [
    (order, signs, torque)
    for order in permutations(range(3))
    for signs in product((1, -1), repeat=3)
    for torque in (1, -1)
    # neither Pendulum nor its mirror image: there, whoever steers Pendulum steers this
    if (order, signs) != ((0, 1, 2), (1, torque, torque))
]
"""The order of the observation's numbers, their signs, and that of the torque: all 94."""


class DisguisedPendulum:
    """Pendulum-v1 with observations and torque as an agent gets them in one lesson.

    seed: of the disguise. The observation is one of 3 numbers, the action one within -2 to 2.
    """

    def __init__(self, seed: int):
        import gymnasium as gym

        order, signs, torque = DISGUISES[np.random.default_rng(seed).integers(len(DISGUISES))]
        self.order, self.signs, self.torque = [*order], np.float32(signs), np.float32(torque)
        self.pendulum = gym.make("Pendulum-v1", disable_env_checker=True)

    def reset(self, seed: int | None = None) -> np.ndarray:
        return self.seen(self.pendulum.reset(seed=seed)[0])

    def step(self, action: np.ndarray) -> tuple[np.ndarray, float, bool, bool]:
        """The observation, the reward, and whether the episode terminated or was truncated."""
        observation, reward, *ended, _ = self.pendulum.step(self.torque * action)
        return self.seen(observation), float(reward), *ended

    def seen(self, observation: np.ndarray) -> np.ndarray:
        return self.signs * observation[self.order]


class Lesson:
    """An agent of one's own in a world: steps are counted here, and here it is evaluated.

    seed: of the agent, and of its first episode's start. disguise: the seed of the world's.
    """

    def __init__(self, make_agent: Any, seed: int, disguise: int):
        self.make_agent, self.disguise, self.steps = make_agent, disguise, 0
        self.world = DisguisedPendulum(disguise)
        self.began = self.ask(measurements.seconds_used)
        self.ask(measurements.begin, 3, LOW, HIGH, seed)
        self.observation = self.world.reset(seed)
        self.action = self.action_of(self.ask(measurements.explore, self.observation))

    def ask(self, measurement: Any, *arguments: Any) -> Any:
        return measure(self.make_agent, measurement, *arguments)

    @property
    def seconds(self) -> float:
        """Processor time that the agent has used; what else the machine does is not counted."""
        return self.ask(measurements.seconds_used) - self.began

    def learn(self, steps: int) -> None:
        """Take so many more steps; the agent explores, and observes each of them."""
        for _ in range(steps):
            action = np.clip(self.action, LOW, HIGH)
            following, reward, terminated, truncated = self.world.step(action)
            transition = (self.observation, action, reward, following, terminated, truncated)
            ended = terminated or truncated
            self.observation = self.world.reset() if ended else following
            given = self.ask(measurements.observe_and_explore, transition, self.observation)
            self.action = self.action_of(given)
            self.steps += 1

    def mean_return(self) -> float:
        """The mean return of EPISODES episodes without exploration, always from the same starts."""
        worlds = [DisguisedPendulum(self.disguise) for _ in range(EPISODES)]
        observations = [world.reset(FIRST_START + i) for i, world in enumerate(worlds)]
        total, going = 0.0, True
        while going:
            actions = np.clip(self.actions_of(np.stack(observations)), LOW, HIGH)
            results = [world.step(action) for world, action in zip(worlds, actions, strict=True)]
            observations = [observation for observation, *_ in results]
            total += sum(reward for _, reward, *_ in results)
            # all begin together, and are cut off together
            going = not any(terminated or truncated for *_, terminated, truncated in results)
        return total / EPISODES

    def action_of(self, given: Any) -> np.ndarray:
        """An action, [1]. Raises ValueError if it is none."""
        return checked(given, (1,), "explore")

    def actions_of(self, observations: np.ndarray) -> np.ndarray:
        """What the agent does when it is judged, [B, 1]."""
        given = self.ask(measurements.act, observations)
        return checked(given, (len(observations), 1), "act")


def checked(given: Any, shape: tuple[int, ...], method: str) -> np.ndarray:
    """Actions as float32. Raises ValueError if they are not finite numbers of that shape."""
    actions = np.asarray(given)
    if actions.dtype.kind not in "iuf" or actions.shape != shape:
        raise ValueError(f"{method} returned shape {list(actions.shape)}, expected {list(shape)}")
    if not np.isfinite(actions).all():
        raise ValueError(f"{method} returned NaN or infinity")
    return np.float32(actions)
