"""What the speed of this project is to be, and what it is: ratios within rounds."""

import math
from typing import NamedTuple

import numpy as np

from comparisons.peers.rates import products_seconds

PENDULUM, HALF_CHEETAH = "Pendulum-v1", "HalfCheetah-v5"


class Goal(NamedTuple):
    """The rate of `program` in rates of `peer`, for a block of updates.

    asked: environment -> the ratio that is to be reached.
    """

    program: str
    peer: str
    block: int
    asked: dict[str, float]


def goal(program: str, peer: str, block: int, pendulum: float, half_cheetah: float) -> Goal:
    """A goal, with what is asked on each environment."""
    return Goal(program, peer, block, {PENDULUM: pendulum, HALF_CHEETAH: half_cheetah})


GOALS = (
    goal("ddpg-tf DDPG", "SBX DDPG", 50, 1.8, 1.4),
    goal("ddpg-tf DDPG", "SBX DDPG", 1, 1.2, 1.1),
    goal("ddpg-tf TD3", "SBX TD3", 50, 1.8, 1.3),
    goal("ddpg-tf TD3", "SBX TD3", 1, 1.2, 1.1),
    goal("ddpg-tf DDPG", "SB3 DDPG", 50, 4.5, 3.0),
    goal("ddpg-tf DDPG", "SB3 DDPG", 1, 2.5, 2.0),
    goal("ddpg-tf TD3", "SB3 TD3", 50, 4.5, 3.0),
    goal("ddpg-tf TD3", "SB3 TD3", 1, 2.5, 2.0),
    goal("ddpg-tf DDPG", "keras.io DDPG", 1, 8.0, 4.0),
)


class Measured(NamedTuple):
    """A ratio over the rounds: its median, its least and its largest value; and what is asked.

    needed: how many times as fast the learner would have to be for that, all else as it is;
    infinite if no speed is enough. possible: how many times as fast it would be if it did nothing
    but the matrix products of its updates. All are NaN where nothing was measured.
    """

    what: str
    env_id: str
    median: float
    low: float
    high: float
    asked: float
    needed: float = math.nan
    possible: float = math.nan

    @property
    def is_known(self) -> bool:
        """Whether it was measured."""
        return not math.isnan(self.median)

    @property
    def is_reached(self) -> bool:
        """Whether the median is as large as what is asked."""
        return self.median >= self.asked


def measured_goals(data: dict) -> list[Measured]:
    """All goals, each on both environments."""
    return [
        measured_goal(goal, env_id, asked, data)
        for goal in GOALS
        for env_id, asked in goal.asked.items()
    ]


def measured_goal(goal: Goal, env_id: str, asked: float, data: dict) -> Measured:
    """A goal on one environment."""
    title = f"{goal.program} against {goal.peer}, {in_blocks(goal.block)}"
    pairs = pairs_of(goal, env_id, data)
    if not pairs:
        return Measured(title, env_id, *[math.nan] * 3, asked)
    found = ratios(pairs)
    learning = float(np.median([own["seconds_a_step"]["learning"] for own, _ in pairs]))
    possible = learning / products_seconds(data, goal.program.split()[-1].lower(), env_id)
    median = float(np.median(found))
    needed = faster_learner(pairs, asked)
    return Measured(title, env_id, median, min(found), max(found), asked, needed, possible)


def in_blocks(block: int) -> str:
    """Steps between calls of the learner, in words."""
    return "one by one" if block == 1 else f"blocks of {block}"


def pairs_of(goal: Goal, env_id: str, data: dict) -> list[tuple[dict, dict]]:
    """In each round, what was measured of the program and of the peer."""
    for column in data["columns"]:
        programs = column["programs"]
        wanted = (env_id, goal.block) == (column["env_id"], column["block"])
        if wanted and {goal.program, goal.peer} <= set(programs):
            return list(zip(programs[goal.program], programs[goal.peer], strict=True))
    return []


def ratios(pairs: list[tuple[dict, dict]]) -> list[float]:
    """In each round, how many times as fast as the peer the program was."""
    return [whole_step(peer) / whole_step(own) for own, peer in pairs]


def faster_learner(pairs: list[tuple[dict, dict]], asked: float) -> float:
    """How many times as fast the learner would have to be, see `Measured`; the median round's."""
    factors = []
    for own, peer in pairs:
        learning = own["seconds_a_step"]["learning"]
        left = whole_step(peer) / asked - (whole_step(own) - learning)
        factors.append(learning / left if left > 0 else math.inf)
    return float(np.median(factors))


def whole_step(measured: dict) -> float:
    """The seconds of a step, all parts together."""
    return sum(measured["seconds_a_step"].values())
