"""Turns of the learner that are taken ahead of time, several together, with the same outcome.

Algorithm 1 learns after every step, and much of such a turn's time is spent on the way into the
compiled program and out of it. But a turn needs nothing of the steps that come before it except the
transitions that it draws, and it seldom draws the newest. So the turns to come are drawn at once,
just as the generator would have drawn them one by one; as far as all their transitions are there
already, they are taken in one call. The steps follow, each with the actor that it would have had.
Not a bit of the run depends on it.
"""

from collections import deque
from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from ddpg_tf.agents import DDPG
from ddpg_tf.agents.program import Bookmark
from ddpg_tf.replay import Batch, ReplayBuffer
from ddpg_tf.training.schedule import next_evaluation, updates_due

MOST = 16
"""Updates in one call: with more there is little left to gain."""

MOST_BYTES = 8_000_000
"""Bytes of transitions that go into such a call, or of actors' weights that come out of it."""

MARK_EVERY = 16
"""Calls from one bookmark to the next, which takes as long as an update or two."""


class Turn(NamedTuple):
    """What the K updates of a turn give.

    metrics: name -> [K]. rested: in which of them the actor took no step, [K]. observations: those
    of the last batch, [B, obs_dim]. policy: the agent's after them.
    """

    metrics: dict[str, np.ndarray]
    rested: np.ndarray
    observations: np.ndarray
    policy: Callable


class Drawn(NamedTuple):
    """What a turn draws.

    rows: numbers of the replay buffer's rows, [K, B]. stored: what is stored when the turn comes,
    as in `Ahead.stored`. generator: the generator's state after the draw.
    """

    rows: np.ndarray
    stored: tuple[int, int]
    generator: dict


class Ahead:
    """Takes an agent's turns ahead of time, until somebody looks at the agent.

    Whoever keeps the agent may look at it after any step and must find it as it is then: `look`
    takes back the turns that have not come, and ends this. `look_once` is for those who do not keep
    it.
    """

    def __init__(self, agent: DDPG, replay: ReplayBuffer, generator: np.random.Generator):
        self._agent = agent
        self.config = agent.config
        self.replay = replay
        self.generator = generator
        self.most = min(MOST, MOST_BYTES // bytes_of_an_update(agent))
        self.allowed = is_possible(agent, self.most)
        self.drawn: list[Drawn] = []
        self.waiting: deque[Turn] = deque()
        self.bookmark = Bookmark(agent.all_variables)
        self.since: list[Batch] = []

    def look(self) -> DDPG:
        """The agent, for somebody who keeps it."""
        self.allowed = False
        return self.look_once()

    def look_once(self) -> DDPG:
        """The agent, which has taken the turns that have come, and no others."""
        if self.waiting:
            self._take_back()
        return self._agent

    def turn(self, step: int, updates: int) -> Turn | None:
        """The turn after step `step`, of so many updates; None if it is to be taken as it comes."""
        if self.waiting and self.stored != self.drawn[-len(self.waiting)].stored:
            # somebody else has stored transitions: it would draw something else now
            self._take_back()
        if not self.allowed:
            return None
        if not self.waiting:
            self.drawn = list(self._draw(step, updates))
            self.waiting.extend(self._take())
        return self.waiting.popleft()

    @property
    def stored(self) -> tuple[int, int]:
        """How many transitions are stored, and in which row the next one will be."""
        return self.replay.size, self.replay.position

    def _draw(self, step, updates):
        """What this turn draws; then what those draw that can be taken with it."""
        yield self._drawn(updates, 0)
        every, count = self.config.update_every, updates
        for later in range(every, next_evaluation(self.config, step) - step + 1, every):
            due = updates_due(self.config, step + later - every, step + later)
            count += due
            if count > self.most:
                return
            before = self.generator.bit_generator.state
            drawn = self._drawn(due, later)
            if not self.replay.will_stay(drawn.rows, later):
                self.generator.bit_generator.state = before
                return
            yield drawn

    def _drawn(self, updates, later):
        """What a turn draws when `later` more transitions are stored."""
        rows = self.replay.draw(self.generator, (updates, self.config.batch_size), later)
        (size, position), capacity = self.stored, self.replay.capacity
        stored = min(size + later, capacity), (position + later) % capacity
        return Drawn(rows, stored, self.generator.bit_generator.state)

    def _take(self):
        """Take the turns that are drawn; what each of them gives."""
        if len(self.since) % MARK_EVERY == 0:
            self.bookmark.set()
            self.since = []
        batches = self.replay.rows(np.concatenate([drawn.rows for drawn in self.drawn]))
        self.since.append(batches)
        metrics, policies = self._agent.learn_ahead(batches, self.most)
        rested, first = self._agent.rested(len(policies)), 0
        for drawn in self.drawn:
            own = slice(first, first + len(drawn.rows))
            yield Turn(
                {name: values[own] for name, values in metrics.items()},
                rested[own],
                batches.observations[own][-1],
                policies[own][-1],
            )
            first = own.stop

    def _take_back(self):
        """Take back the turns that have not come, and what they drew."""
        come = self.drawn[: -len(self.waiting)]
        self.waiting.clear()
        self.generator.bit_generator.state = come[-1].generator
        updates = sum(len(drawn.rows) for drawn in come)
        self.since[-1] = self.since[-1].map(lambda rows: rows[:updates])
        self.bookmark.go_back()
        for batches in self.since:
            self._agent.learn_ahead(batches, self.most)


def is_possible(agent: DDPG, most: int) -> bool:
    """Whether the agent's turns can be taken ahead, with up to `most` updates in a call.

    It takes a transition from every step; with several environments or n-step returns, how many
    there are depends on where episodes end. And the actor's weights must be asked for after updates
    alone, where noise on them is drawn anew with every episode.
    """
    config = agent.config
    one_from_each = config.num_envs == 1 and config.n_step == 1
    after_updates_alone = config.exploration != "parameter"
    several = 2 * config.updates_after(config.update_every) <= most
    return one_from_each and after_updates_alone and several and agent.can_learn_ahead


def bytes_of_an_update(agent: DDPG) -> int:
    """What an update takes in or gives, whichever is more."""
    numbers = 2 * agent.observation_size + agent.action_size + 3
    return max(4 * numbers * agent.config.batch_size, agent.policy_bytes)
