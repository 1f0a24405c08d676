"""The loop: collect, learn, evaluate, record."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import NamedTuple

import numpy as np

from ddpg_tf.agents.ddpg import DDPG
from ddpg_tf.agents.diagnostics import measures, value_measures
from ddpg_tf.config import DDPGConfig
from ddpg_tf.environments.evaluation import Episode, play
from ddpg_tf.environments.make import make_environment
from ddpg_tf.environments.vector import Environments
from ddpg_tf.exploration import build_explorer
from ddpg_tf.replay import ReplayBuffer
from ddpg_tf.training.recorder import RunRecorder
from ddpg_tf.training.statistics import EpisodeStatistics, require_finite


class Result(NamedTuple):
    """What `train` returns: the trained agent, the rows of metrics.csv, the run's directory."""

    agent: DDPG
    history: list[dict]
    run_dir: Path | None


@dataclass
class Progress:
    """A training run after a call of the learner or an evaluation.

    step: environment steps so far. measured: what each of the K updates since the last Progress
    measured, [K] arrays, or None if there were none. row: the row of metrics.csv that was just
    evaluated, or None. Of workers on this machine, which live in processes of their own, only step
    and row are known.
    """

    step: int
    agent: DDPG | None
    replay: ReplayBuffer | None
    measured: dict[str, np.ndarray] | None
    row: dict | None


def follow(run: "TrainingRun", recorder: RunRecorder | None, history, progress) -> Result:
    """Make the run happen to its end, recording each evaluation."""
    try:
        for moment in run:
            if moment.row is not None:
                history.append(moment.row)
                if recorder:
                    recorder.record(moment.row, run)
                run.actions_taken = []
            if progress:
                progress(moment)
    finally:
        if recorder:
            recorder.close()
    return Result(run.agent, history, recorder.run_dir if recorder else None)


class TrainingRun:
    """One training run; iterate over it to make it happen, `Progress` by `Progress`.

    A run is a pure function of its config. Each use of randomness has a generator of its own, so
    that, for instance, evaluating more often does not change what is learned.
    """

    def __init__(self, config: DDPGConfig, agent_class: type[DDPG] = DDPG):
        self.config = config
        make = partial(make_environment, config.env_id, config.image_side)
        with make() as example:
            spaces = example.observation_space, example.action_space
        self.agent = agent = agent_class(*spaces, config)
        agent.strategy.check(agent.actor, config.batch_size, len(agent.action_low))
        require_enough_for_a_batch(config)
        capacity = min(config.buffer_size, config.total_steps + config.num_envs - 1)
        self.replay = ReplayBuffer(capacity, agent.observation_size, len(agent.action_low))

        streams = np.random.SeedSequence(config.seed).spawn(5)
        generators = [np.random.default_rng(stream) for stream in streams]
        self.generators = dict(zip(("warmup", "noise", "replay"), generators[:3], strict=True))
        environment_seed, self.evaluation_seed = (
            int(generator.integers(2**31)) for generator in generators[3:]
        )
        self.explorer = build_explorer(agent, self.generators["noise"])
        self.environments = Environments(make, config, environment_seed)
        self.episodes = EpisodeStatistics(config.num_envs)
        self.step = 0
        self.actions_taken = []

    def __iter__(self) -> Iterator[Progress]:
        config = self.config
        while self.step < config.total_steps:
            before = self.step
            actions = self.choose_actions()
            self.actions_taken.append(actions)
            transitions = self.play(actions)
            self.agent.observe(transitions.observations)
            self.explorer.episodes_begin(self.environments.begun)

            measured = row = None
            updates = updates_due(config, before, self.step)
            if updates:
                measured = self.learn(updates)
            if self.step // config.eval_every > before // config.eval_every or self.is_over:
                row = self.evaluation_row()
            if updates or row:
                yield Progress(self.step, self.agent, self.replay, measured, row)

    @property
    def is_over(self) -> bool:
        """Whether all steps have been made."""
        return self.step >= self.config.total_steps

    def choose_actions(self) -> np.ndarray:
        """Return the next actions [n, act_dim]: random in the warm-up, then the explorer's."""
        agent, n = self.agent, self.config.num_envs
        if self.step < self.config.warmup_steps:
            shape = n, len(agent.action_low)
            actions = self.generators["warmup"].uniform(agent.action_low, agent.action_high, shape)
            return actions.astype(np.float32)
        return self.explorer.actions(self.environments.observations, self.step + n)

    def play(self, actions):
        """Step the environments; store the transitions and return them."""
        transitions = self.environments.step(actions)
        self.replay.extend(*transitions[:5])
        self.episodes.add_step(transitions)
        self.step += len(transitions.rewards)
        return transitions

    def learn(self, updates: int) -> dict[str, np.ndarray]:
        """Make that many updates; return what each of them measured, [K] arrays."""
        batch = self.replay.sample(self.generators["replay"], self.config.batch_size, updates)
        measured = self.agent.learn(batch)
        require_finite(measured, self.step)
        self.explorer.learned(batch["observations"][-1], updates, self.step)
        self.episodes.add_measurements(measured)
        return measured

    def evaluation_row(self) -> dict:
        """Evaluate; return the row of metrics.csv, explained in `meanings.py`."""
        config, episodes = self.config, self.episodes
        with make_environment(config.env_id, config.image_side) as environment:
            policy = self.agent.policy()
            played = [*play(policy, environment, config.eval_episodes, self.evaluation_seed)]
        returns = np.array([episode.total for episode in played])
        self.episodes = episodes.next()
        return {
            "step": self.step,
            "episodes": episodes.episodes,
            "updates": int(self.agent.updates.numpy()),
            "eval_return_mean": float(returns.mean()),
            "eval_return_std": float(returns.std()),
            "train_return_mean": episodes.mean_return(),
            "critic_loss": episodes.mean("critic_loss"),
            "actor_loss": episodes.mean("actor_loss"),
            "q": episodes.mean("q"),
            "noise_sigma": self.explorer.scale(self.step),
            **self.look(played),
        }

    def look(self, played: list[Episode]) -> dict[str, float]:
        """Return what the agent looks like in these episodes and on a batch of the replay ring."""
        # a stream of its own for each step: no generator of the run moves
        stream = np.random.SeedSequence(self.config.seed, spawn_key=(5, self.step))
        size = min(self.config.batch_size, len(self.replay))
        batch = self.replay.sample(np.random.default_rng(stream), size)
        return value_measures(self.agent, played) | measures(self.agent, batch)


def updates_due(config: DDPGConfig, before: int, after: int) -> int:
    """Return how many updates follow the steps from `before` to `after`.

    The learner is called every `update_every` steps after the warm-up, and after the last step for
    what is left.
    """
    learned_for, learns_for = (max(step - config.warmup_steps, 0) for step in (before, after))
    block = config.update_every
    steps = block * (learns_for // block - learned_for // block)
    if after >= config.total_steps:
        steps += learns_for % block
    return config.updates_after(steps)


def require_enough_for_a_batch(config: DDPGConfig) -> None:
    """Raise ValueError if the first update would come before there is a batch to draw."""
    first = min(config.warmup_steps + config.update_every, config.total_steps)
    if config.total_steps > config.warmup_steps and first < config.batch_size:
        raise ValueError(
            f"the first update comes when {first} steps are stored, fewer than batch_size "
            f"{config.batch_size}; raise warmup_steps or lower batch_size"
        )
