"""Turns of the learner that are taken ahead of time, several together, with the same outcome.

Algorithm 1 learns after every step, and much of such a turn's time is spent on the way into the
compiled program and out of it. But a turn needs nothing of the steps that come before it except the
transitions that it draws, and it seldom draws the newest. So the turns to come are drawn at once,
just as the generator would have drawn them one by one; as far as all their transitions are there
already, they are taken in one call. The steps follow, each with the actor that it would have had.

Whether a turn is taken alone or with others, it is the same compiled program that takes it, so that
the run has the same bits either way.
"""

from collections import deque
from collections.abc import Callable
from functools import cached_property
from typing import NamedTuple

import numpy as np

from ddpg_tf.agents import AGENTS, DDPG
from ddpg_tf.agents.program import Bookmark
from ddpg_tf.batch import Batch
from ddpg_tf.replay import ReplayBuffer
from ddpg_tf.training.schedule import next_evaluation, updates_due

MOST = 16
"""Updates in one call: with more there is little left to gain."""

MOST_BYTES = 4_000_000
"""Bytes of transitions that go into such a call, or of actors' weights that come out of it."""

CALLS = 16
"""Calls for which a bookmark serves. To set one takes time; to go back to it takes as many calls
again as there were since."""


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

    rows: numbers of the replay buffer's rows, [K, B]. stored: how many transitions the buffer has
    been given when the turn comes. generator: the generator's state after the draw.
    """

    rows: np.ndarray
    stored: int
    generator: dict


class Ahead:
    """Takes an agent's turns ahead of time, until somebody looks at the agent.

    Whoever keeps the agent may look at it after any step and must find it as it is then: `look`
    takes back the turns that have not come, and from then on each is taken when it comes.
    `look_once` is for those who do not keep it.
    """

    def __init__(self, agent: DDPG, replay: ReplayBuffer, generator: np.random.Generator):
        self._agent = agent
        self._replay = replay
        self.config = agent.config
        self.generator = generator
        self.most = min(MOST, MOST_BYTES // bytes_of_an_update(agent))
        self.possible = is_possible(agent, self.most)
        self.watched = False
        self.reach = self.most
        self.drawn: list[Drawn] = []
        self.waiting: deque[Turn] = deque()
        self.since: list[Batch] = []

    @cached_property
    def bookmark(self) -> Bookmark:
        """Where to go back to; it is compiled when it is first needed."""
        return Bookmark(self._agent.all_variables)

    def look(self) -> None:
        """To be called for somebody who will keep the agent or the replay buffer."""
        self.watched = True
        self.look_once()

    def look_once(self) -> None:
        """To be called before a look at the agent, which has then taken its turns and no others."""
        if self.waiting:
            self._take_back()
        # whoever looks may change something: that is not to be lost when turns are taken back
        self.since = []

    def turn(self, step: int, updates: int) -> Turn | None:
        """The turn after step `step`, of so many updates; None if the agent has to take it itself.

        The latter holds for all turns of a run or for none.
        """
        if not self.possible:
            return None
        if self.waiting and self._replay.stored != self.drawn[-len(self.waiting)].stored:
            # somebody else stores transitions: turns to come cannot be foreseen
            self.look()
        if not self.waiting and self.watched:
            self._take([self._drawn(updates, later=0)])
        elif not self.waiting:
            self._take_together(step, updates)
        return self.waiting.popleft()

    def _take_together(self, step, updates):
        """Take this turn and those that can be taken with it."""
        if len(self.since) == CALLS:
            self.since = []
        if not self.since:
            self.bookmark.set()
        before, since = self.generator.bit_generator.state, [*self.since]
        try:
            self.since = [*since, self._take(self._draw(step, updates))]
        except BaseException as error:
            self.since = since
            self._go_back(before)
            if not isinstance(error, Exception):
                raise
            # one of the turns fails: it is to fail in its own step
            self.watched = True
            self._take([self._drawn(updates, later=0)])

    def _draw(self, step, updates):
        """What this turn draws, and what those draw that can be taken with it."""
        turns = [self._drawn(updates, later=0)]
        every, count = self.config.update_every, updates
        for later in range(every, next_evaluation(self.config, step) - step + 1, every):
            due = updates_due(self.config, step + later - every, step + later)
            count += due
            if count > self.reach:
                break
            before = self.generator.bit_generator.state
            turn = self._drawn(due, later)
            if not self._replay.will_stay(turn.rows, later):
                self.generator.bit_generator.state = before
                break
            turns.append(turn)
        return turns

    def _drawn(self, updates, later):
        """What a turn draws when `later` more transitions are stored."""
        rows = self._replay.draw(self.generator, (updates, self.config.batch_size), later)
        return Drawn(rows, self._replay.stored + later, self.generator.bit_generator.state)

    def _take(self, turns):
        """Take the turns, and let what each of them gives wait for its step; their batches."""
        batches = self._replay.transitions(np.concatenate([turn.rows for turn in turns]))
        metrics, policies = self._agent.learn_ahead(batches, self.most)
        rested = self._agent.rested(len(policies))
        self.drawn = turns
        self.waiting.extend(parts(turns, metrics, rested, batches, policies))
        return batches

    def _take_back(self):
        """Take back the turns that have not come, and what they drew."""
        come = self.drawn[: -len(self.waiting)]
        updates = sum(len(turn.rows) for turn in come)
        *whole, last = self.since
        self.since = [*whole, last.map(lambda rows: rows[:updates])]
        self._go_back(come[-1].generator)
        # who has looked once may look again, and what is taken back was in vain
        self.reach //= 2

    def _go_back(self, generator):
        """Let the agent be as it is after the calls `since` the bookmark, and nothing wait."""
        self.waiting.clear()
        self.generator.bit_generator.state = generator
        self.bookmark.go_back()
        for batches in self.since:
            self._agent.learn_ahead(batches, self.most)


def parts(turns, metrics, rested, batches, policies) -> list[Turn]:
    """What each of the turns gives, of what all of them give together."""
    found, first = [], 0
    for turn in turns:
        own = slice(first, first + len(turn.rows))
        found.append(
            Turn(
                {name: values[own] for name, values in metrics.items()},
                rested[own],
                batches.observations[own][-1],
                policies[own][-1],
            )
        )
        first = own.stop
    return found


def is_possible(agent: DDPG, most: int) -> bool:
    """Whether the agent's turns can be taken ahead, with up to `most` updates in a call.

    It takes a transition from every step; with several environments or n-step returns, how many
    there are depends on where episodes end. Nothing but updates may change what updates depend on,
    as observations do their running moments, and what acting depends on, as noise does that is
    drawn for the weights with every episode. And nobody else may hold a part of the agent, as the
    owners of other networks and classes might.
    """
    config = agent.config
    one_from_each = config.num_envs == 1 and config.n_step == 1
    updates_alone = not config.normalize_observations and config.exploration != "parameter"
    own_parts = config.actor is None and config.critic is None and type(agent) in AGENTS.values()
    several = 2 * config.updates_after(config.update_every) <= most
    return one_from_each and updates_alone and own_parts and several


def bytes_of_an_update(agent: DDPG) -> int:
    """What an update takes in or gives, whichever is more."""
    numbers = 2 * agent.observation_size + agent.action_size + 3
    return max(4 * numbers * agent.config.batch_size, agent.policy_bytes)
