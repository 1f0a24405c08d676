"""The loop: collect, learn, evaluate, record."""

from collections.abc import Iterable, Iterator
from contextlib import ExitStack, nullcontext, suppress
from functools import partial
from pathlib import Path
from typing import NamedTuple

import gymnasium as gym
import numpy as np

from ddpg_tf.agents import AGENTS, DDPG
from ddpg_tf.agents.ddpg import require_config
from ddpg_tf.agents.diagnostics import diagnostics, value_diagnostics
from ddpg_tf.config import DDPGConfig
from ddpg_tf.environments.description import with_environment
from ddpg_tf.environments.evaluation import Episode, episodes_of
from ddpg_tf.environments.faults import FaultyEnvironmentError
from ddpg_tf.environments.make import Source, environment_for
from ddpg_tf.environments.vector import Environments, Transitions
from ddpg_tf.exploration import build_explorer
from ddpg_tf.networks.own import Network, with_names
from ddpg_tf.replay import ReplayBuffer
from ddpg_tf.startup import note
from ddpg_tf.training.ahead import Ahead, Turn
from ddpg_tf.training.history import reached_return
from ddpg_tf.training.n_step import NStepReturns
from ddpg_tf.training.progress import Callback, Progress, tell
from ddpg_tf.training.recorder import RunRecorder
from ddpg_tf.training.schedule import left_over, passes, require_enough_for_a_batch, updates_due
from ddpg_tf.training.signs import new_signs
from ddpg_tf.training.start import Trained, begin_from, saved_start, with_start, write_start
from ddpg_tf.training.statistics import EpisodeStatistics, require_finite
from ddpg_tf.training.streams import streams
from ddpg_tf.training.transitions import ReplaySource, begin_with, transitions_from
from ddpg_tf.validation import require_path


class Result(NamedTuple):
    """A finished run: the trained agent, the rows of metrics.csv, the run's directory."""

    agent: DDPG
    history: list[dict]
    run_dir: Path | None


def explain(error: Exception, text: str) -> None:
    """Let the error's traceback end with `text`, where Python can do that (3.11 or newer)."""
    if hasattr(error, "add_note"):
        error.add_note(text)


class TrainingRun:
    """One training run; iterating over it carries it out, `Progress` by `Progress`.

    A run is a pure function of its config. Each use of randomness has a generator of its own, so
    that, for instance, evaluating more often does not change what is learned.

        with TrainingRun(config) as run:
            run.record_to("runs/mine")
            for progress in run:
                print(progress.step)
        agent = run.result.agent

    A context manager, which closes environments and files. Without `record_to` nothing is written
    to disk. A loop that is left by `break` goes on where it was with another `for`.
    history: the rows so far.
    agent_class: a class to use in place of the one that the config's algorithm names.
    env, actor, critic, init_from, replay: as in `train`. config: describes the environment, as far
    as can be written down; made_by: what cannot, or None. resumes: the directory of a run whose
    beginning this one shares, see `start.py`.
    Raises TypeError or ValueError for a config that cannot be trained, and FaultyEnvironmentError
    as soon as the environment does what Gymnasium's API does not allow.
    """

    def __init__(
        self,
        config: DDPGConfig,
        agent_class: type[DDPG] | None = None,
        *,
        env: Source | None = None,
        actor: Network | None = None,
        critic: Network | None = None,
        init_from: Trained | None = None,
        replay: ReplaySource | None = None,
        resumes: str | Path | None = None,
    ):
        if require_config(config).workers > 1:
            raise ValueError(
                f"a TrainingRun is one process; train(config) starts workers {config.workers}"
            )
        config, self.made_by = with_environment(with_names(config, actor, critic), env)
        if resumes is None:
            config = with_start(config, init_from, replay)
            init_from = config.init_from if init_from is None else init_from
            replay = config.replay if replay is None else replay
        else:
            init_from, replay = saved_start(config, resumes)
        self.config = config
        self.make_environment = partial(environment_for, config, self.made_by)
        with self.make_environment() as example:
            spaces = example.observation_space, example.action_space
            innermost = example.unwrapped
        agent_class = agent_class or AGENTS[config.algorithm]
        self._agent = agent = agent_class(*spaces, config, actor, critic)
        agent.strategy.check(agent.actor, config.batch_size, agent.action_size)
        if init_from is not None:
            begin_from(agent, init_from, config.init_optimizers)
        given = [] if replay is None else transitions_from(replay, agent)
        before = sum(len(batch.rewards) for batch in given)
        require_enough_for_a_batch(config, before)
        capacity = min(config.buffer_size, before + config.total_steps + config.num_envs - 1)
        self._replay = ReplayBuffer(
            capacity,
            agent.observation_shape,
            agent.action_size,
            agent.observation_dtype,
            config.n_step,
        )
        self.returns = NStepReturns(config.n_step, config.gamma, config.num_envs)
        begin_with(self._replay, given, agent)

        self.generators, self.environment_seed, self.evaluation_seed = streams(config)
        self.ahead = Ahead(agent, self._replay, self.generators["replay"])
        self.explorer = build_explorer(agent, self.generators["noise"])
        self.begin_environments()
        require_new_ones(self.environments, innermost)
        self.episodes = EpisodeStatistics(config.num_envs)
        self.step = 0
        self.on_schedule = False
        self.history: list[dict] = []
        self.recorder: RunRecorder | None = None

    def __enter__(self) -> "TrainingRun":
        return self

    def __exit__(self, kind, error: BaseException | None, traceback) -> None:
        with ExitStack() as stack:
            stack.callback(self.environments.close)
            if self.recorder:
                # what ended the run is told, not what a full disk lets the events end with
                stack.enter_context(suppress(OSError) if error else nullcontext())
                stack.callback(self.recorder.close)
                if isinstance(error, FaultyEnvironmentError):
                    self.recorder.record_fault(error, self)

    def __iter__(self) -> Iterator[Progress]:
        config = self.config
        while not self.is_over:
            before = self.step
            self.collect()
            updates = updates_due(config, before, self.step)
            turn = None
            if updates:
                turn = self.ahead.turn(self.step, updates)
                if turn is None:
                    generator = self.generators["replay"]
                    batches = self._replay.sample(generator, config.batch_size, updates)
                    metrics, policy = self._agent.learn_then_act(batches)
                    rested, last = self._agent.rested(updates), batches.observations[-1]
                    turn = Turn(metrics, rested, last, policy)
                self.after_updates(turn)
            evaluation_due = passes(config.eval_every, before, self.step)
            self.on_schedule = evaluation_due and not left_over(config, self.step)
            evaluated = evaluation_due or self.is_over
            row = self.evaluate() if evaluated else None
            if updates or evaluated or passes(config.update_every, before, self.step):
                reached = reached_return(config, row)
                progress = Progress(self.step, turn and turn.metrics, row, reached, self)
                yield progress
                if self.agreed(progress.stopped):
                    if not evaluated:
                        row = self.evaluate()
                        yield Progress(self.step, None, row, stopped=True, run=self)
                    return

    def record_to(self, run_dir: str | Path) -> None:
        """Write the run to a directory from here on; to be called before its first step.

        Raises FileExistsError if the directory holds a run already, before anything is written, and
        ValueError if a step has been made.
        """
        require_path("run_dir", run_dir)
        if self.step:
            raise ValueError(
                f"record_to must come before the first step; the run is at step {self.step:,}"
            )
        self.recorder = RunRecorder(run_dir, self.config, self.made_by, partial(write_start, self))

    def tell(self, callbacks: Iterable[Callback], progress: Progress) -> None:
        """Call each of them; if one raises, the run is saved before its error goes on."""
        try:
            tell(callbacks, progress)
        except Exception as error:
            if self.recorder:
                self.save()
                # of several workers only the chief is saved, which can be played
                use = "evaluate" if self._agent.config.workers > 1 else "train --resume"
                explain(
                    error,
                    f"raised by a callback; all {self.step:,} steps before it are saved: "
                    f"ddpg-tf {use} {self.recorder.run_dir}",
                )
            raise

    @property
    def agent(self) -> DDPG:
        """The agent as it is after the present step, whenever it is looked at."""
        self.ahead.look()
        return self._agent

    @property
    def replay(self) -> ReplayBuffer:
        """The replay buffer, for whoever may change it at any time."""
        self.ahead.look()
        return self._replay

    @property
    def agent_for_now(self) -> DDPG:
        """The agent as it is after the present step, for a single look: not to be kept."""
        self.ahead.look_once()
        return self._agent

    @property
    def replay_for_now(self) -> ReplayBuffer:
        """The replay buffer, for a single look: neither to be kept nor to be changed."""
        return self._replay

    def agreed(self, stop: bool) -> bool:
        """Whether the run ends here; several workers have to agree."""
        return stop

    @property
    def result(self) -> Result:
        """The agent, the rows and the directory, as `train` gives them."""
        run_dir = self.recorder.run_dir if self.recorder else None
        return Result(self.agent, self.history, run_dir)

    @property
    def next_steps(self) -> str:
        """The next step, or steps of several environments, in words."""
        first, last = self.step + 1, self.step + self.config.num_envs
        return f"step {first:,}" if first == last else f"one of the steps {first:,} to {last:,}"

    @property
    def is_over(self) -> bool:
        """Whether all steps have been made."""
        return self.step >= self.config.total_steps

    def collect(self) -> None:
        """Choose actions and take them: one step in each environment."""
        transitions = self.take(self.choose_actions())
        if self.recorder:
            self.recorder.steps.append(transitions)
        self._agent.observe(transitions.batch.observations)
        self.explorer.begin_episodes(self.environments.begun)

    def choose_actions(self) -> np.ndarray:
        """The next actions [num_envs, act_dim]: random in the warm-up, then the explorer's."""
        agent, n = self._agent, self.config.num_envs
        if self.step < self.config.warmup_steps:
            shape = n, agent.action_size
            actions = self.generators["warmup"].uniform(agent.action_low, agent.action_high, shape)
            return actions.astype(np.float32)
        return self.explorer.actions(self.environments.observations, self.step + n)

    def take(self, actions: np.ndarray) -> Transitions:
        """Take actions [num_envs, act_dim]; the transitions, stored or waiting for what follows."""
        transitions = self.step_environments(actions)
        if (batch := self.returns(transitions)) is not None:
            self._replay.extend(batch)
        self.episodes.add_step(transitions)
        self.step += len(transitions.indices)
        return transitions

    def step_environments(self, actions: np.ndarray) -> Transitions:
        """Take actions [num_envs, act_dim]; a fault of an environment tells in which step."""
        try:
            return self.environments.step(actions)
        except FaultyEnvironmentError as fault:
            fault.agent, fault.where = self.agent, f"in {self.next_steps} of the run"
            raise

    def begin_environments(self) -> None:
        """Make the environments, at their first observations."""
        seed = self.environment_seed
        self.environments = Environments(self.make_environment, self.config, seed)

    def after_updates(self, turn: Turn) -> None:
        """Check and keep the metrics of the learner's turn; tell the explorer of its updates."""
        updates = len(turn.rested)
        require_finite(turn.metrics, turn.rested, self.step)
        self.explorer.agent_updated(turn.policy, turn.observations, updates, self.step)
        self.episodes.add_metrics(turn.metrics)

    def evaluation_row(self) -> dict | None:
        """Evaluate; the row of metrics.csv, or None on a worker that does not evaluate."""
        config, episodes = self.config, self.episodes
        with self.make_environment() as environment:
            policy, seed = self.agent_for_now.policy(), self.evaluation_seed
            try:
                played = [*episodes_of(policy, environment, config.eval_episodes, seed)]
            except FaultyEnvironmentError as fault:
                fault.agent = self.agent
                fault.where += f" of the evaluation after step {self.step:,}"
                raise
        returns = np.array([episode.total for episode in played])
        self.episodes = episodes.next()
        return {
            "step": self.step,
            "episodes": episodes.episodes,
            "updates": int(self.agent_for_now.updates.numpy()),
            "eval_return_mean": float(returns.mean()),
            "eval_return_std": float(returns.std()),
            "train_return_mean": episodes.mean_return(),
            "critic_loss": episodes.mean("critic_loss"),
            "actor_loss": episodes.mean("actor_loss"),
            "q": episodes.mean("q"),
            **self.explorer.metrics(self.step),
            **self.diagnostics(played),
        }

    def evaluate(self) -> dict | None:
        """Evaluate and record; the row of metrics.csv, or None on a worker that does neither.

        With no step since the last row, that row again: nothing is evaluated or written twice.
        Before the first step nothing is recorded, and without transitions the row lacks the
        diagnostics that take a batch of them.
        """
        if self.history and self.history[-1]["step"] == self.step:
            return self.history[-1]
        row = self.evaluation_row()
        if row and self.step:
            self.record(row)
        return row

    def save(self) -> None:
        """Write a checkpoint of the run as it stands, also between two evaluations.

        Without a recorder, or a step since the last checkpoint, nothing is written.
        """
        if self.recorder and self.recorder.saved < self.step:
            self.recorder.save(self)

    def record(self, row: dict) -> None:
        """Keep a row of the history; write it, and the run as it stands, if there is a recorder."""
        self.history.append(row)
        for sign in new_signs(self.history):
            note(sign)
        if self.recorder:
            self.recorder.record(row, self)

    def diagnostics(self, played: list[Episode]) -> dict[str, float]:
        """The agent's diagnostics along these episodes and on a batch from the replay buffer.

        Those along the episodes alone while nothing is stored.
        """
        along = value_diagnostics(self.agent_for_now, played)
        if not len(self._replay):
            return along
        # a stream of its own for each step: no generator of the run advances
        stream = np.random.SeedSequence(self.config.seed, spawn_key=(5, self.step))
        size = min(self.config.batch_size, len(self._replay))
        batch = self._replay.sample(np.random.default_rng(stream), size)
        limit = self.config.reward_scale * self._replay.largest_value(self.config.gamma)
        return along | {"q_limit": limit} | diagnostics(self.agent_for_now, batch)


def require_new_ones(environments: Environments, example: gym.Env) -> None:
    """Raise ValueError, with all closed, if one of them is `example`, which was made before them.

    An evaluation would reset such an environment amid an episode of the training. Those in
    processes of their own are copies in any case.
    """
    if environments.is_async:
        return
    if any(environment.unwrapped is example for environment in environments.vector.envs):
        environments.close()
        raise ValueError(
            "the function must make a new environment each time it is called; it returned the same "
            "one twice"
        )
