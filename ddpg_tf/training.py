"""The loop: collect, learn, evaluate, record."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

import numpy as np

from ddpg_tf.agent import DDPG
from ddpg_tf.config import DDPGConfig
from ddpg_tf.evaluation import evaluate, make_environment
from ddpg_tf.exploration import build_noise, linear_annealing
from ddpg_tf.recording import RunRecorder
from ddpg_tf.replay import ReplayBuffer


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
    evaluated, or None.
    """

    step: int
    agent: DDPG
    replay: ReplayBuffer
    measured: dict[str, np.ndarray] | None
    row: dict | None


def train(
    config: DDPGConfig | None = None,
    run_dir=None,
    progress: Callable[[Progress], None] | None = None,
) -> Result:
    """Train an agent as `config` says.

    run_dir: directory for config.json, metrics.csv, TensorBoard events and checkpoints; None writes
    nothing to disk. progress: called with each `Progress`.
    Raises ValueError or TypeError for what cannot be trained and FileExistsError for a directory
    that holds a run already, each before anything is written.
    """
    config = config or DDPGConfig()
    run = TrainingRun(config)
    recorder = RunRecorder(run_dir, config) if run_dir is not None else None
    history = []
    try:
        for moment in run:
            if moment.row is not None:
                history.append(moment.row)
                if recorder:
                    recorder.record(moment.row, moment.agent)
            if progress:
                progress(moment)
    finally:
        if recorder:
            recorder.close()
    return Result(run.agent, history, Path(run_dir) if run_dir is not None else None)


class TrainingRun:
    """One training run; iterate over it to make it happen, `Progress` by `Progress`.

    A run is a pure function of its config. Each use of randomness has a generator of its own, so
    that, for instance, evaluating more often does not change what is learned.
    """

    def __init__(self, config: DDPGConfig, agent_class: type[DDPG] = DDPG):
        self.config = config
        self.environment = make_environment(config.env_id)
        spaces = self.environment.observation_space, self.environment.action_space
        self.agent = agent_class(*spaces, config)
        self.agent.strategy.check(self.agent.actor, config.batch_size, len(self.agent.action_low))
        first = min(config.warmup_steps + config.update_every, config.total_steps)
        if config.total_steps > config.warmup_steps and first < config.batch_size:
            raise ValueError(
                f"the first update comes when {first} steps are stored, fewer than batch_size "
                f"{config.batch_size}; raise warmup_steps or lower batch_size"
            )
        capacity = min(config.buffer_size, config.total_steps)
        self.replay = ReplayBuffer(
            capacity, self.agent.observation_size, len(self.agent.action_low)
        )
        streams = np.random.SeedSequence(config.seed).spawn(5)
        generators = [np.random.default_rng(stream) for stream in streams]
        self.warmup_generator, noise_generator, self.replay_generator = generators[:3]
        self.environment_seed, self.evaluation_seed = (
            int(generator.integers(2**31)) for generator in generators[3:]
        )
        self.noise = build_noise(config, len(self.agent.action_low), noise_generator)

    def __iter__(self) -> Iterator[Progress]:
        config, agent = self.config, self.agent
        policy = agent.policy()
        observation, _ = self.environment.reset(seed=self.environment_seed)
        since_evaluation = EpisodeStatistics()
        for step in range(1, config.total_steps + 1):
            action = self.explore(policy, observation, step)
            next_observation, reward, terminated, truncated, _ = self.environment.step(action)
            # a copy: some environments return the same array again, changed
            next_observation = np.array(next_observation)
            self.replay.add(observation, action, reward, next_observation, terminated)
            since_evaluation.add_reward(float(reward), terminated or truncated)
            observation = next_observation
            if terminated or truncated:
                observation, _ = self.environment.reset()
                self.noise.reset()

            measured = row = None
            updates = self.updates_due(step)
            if updates:
                batch = self.replay.sample(self.replay_generator, config.batch_size, updates)
                measured = agent.learn(batch)
                require_finite(measured, step)
                policy = agent.policy()
                since_evaluation.add_measurements(measured)
            if step % config.eval_every == 0 or step == config.total_steps:
                row = self.evaluation_row(step, since_evaluation)
                since_evaluation = since_evaluation.next()
            if updates or row:
                yield Progress(step, agent, self.replay, measured, row)
        self.environment.close()

    def explore(self, policy, observation, step: int) -> np.ndarray:
        """Return the action [act_dim] of `step`: random in the warm-up, then mu(s) plus noise."""
        agent, config = self.agent, self.config
        low, high = agent.action_low, agent.action_high
        if step <= config.warmup_steps:
            return self.warmup_generator.uniform(low, high).astype(np.float32)
        noise = self.noise(self.noise_scale(step)) * (high - low) / 2
        return np.clip(policy(observation) + noise, low, high).astype(np.float32)

    def noise_scale(self, step: int) -> float:
        """Return sigma at `step`, annealed from the end of the warm-up on."""
        config = self.config
        since_warmup = max(step - config.warmup_steps, 0)
        return linear_annealing(
            since_warmup, config.noise_sigma, config.noise_sigma_final, config.noise_anneal_steps
        )

    def updates_due(self, step: int) -> int:
        """Return how many updates are made after `step`: one for each step since the last ones.

        The learner is called every `update_every` steps after the warm-up and after the last step.
        """
        learned_for = step - self.config.warmup_steps
        if learned_for <= 0:
            return 0
        rest = learned_for % self.config.update_every
        if rest == 0:
            return self.config.update_every
        return rest if step == self.config.total_steps else 0

    def evaluation_row(self, step: int, since_evaluation) -> dict:
        """Evaluate; return the row of metrics.csv."""
        config = self.config
        returns = evaluate(self.agent, config.env_id, config.eval_episodes, self.evaluation_seed)
        return {
            "step": step,
            "episodes": since_evaluation.episodes,
            "updates": int(self.agent.updates.numpy()),
            "eval_return_mean": float(returns.mean()),
            "eval_return_std": float(returns.std()),
            "train_return_mean": since_evaluation.mean_return(),
            "critic_loss": since_evaluation.mean("critic_loss"),
            "actor_loss": since_evaluation.mean("actor_loss"),
            "q": since_evaluation.mean("q"),
            "noise_sigma": self.noise_scale(step),
        }


class EpisodeStatistics:
    """Running account of episodes and learner measurements between two evaluations."""

    def __init__(self, episodes: int = 0, unfinished_return: float = 0.0):
        self.episodes = episodes
        self.unfinished_return = unfinished_return
        self.returns = []
        self.measurements = []

    def next(self) -> "EpisodeStatistics":
        """Return the account for the time after an evaluation."""
        return EpisodeStatistics(self.episodes, self.unfinished_return)

    def add_reward(self, reward: float, over: bool) -> None:
        """Add one step's reward; `over` if its episode ended with it."""
        self.unfinished_return += reward
        if over:
            self.returns.append(self.unfinished_return)
            self.episodes += 1
            self.unfinished_return = 0.0

    def add_measurements(self, measured: dict[str, np.ndarray]) -> None:
        """Add what the learner measured, [K] arrays."""
        self.measurements.append(measured)

    def mean_return(self) -> float:
        """Return the mean return, noise included, of the episodes that ended; NaN if none did."""
        return float(np.mean(self.returns)) if self.returns else float("nan")

    def mean(self, name: str) -> float:
        """Return the mean of one measurement; NaN if the learner was not called."""
        if not self.measurements:
            return float("nan")
        return float(np.mean(np.concatenate([m[name] for m in self.measurements])))


def require_finite(measured: dict[str, np.ndarray], step: int) -> None:
    """Raise FloatingPointError, naming what and when, if a measurement is NaN or infinite."""
    for name, values in measured.items():
        if not np.isfinite(values).all():
            raise FloatingPointError(
                f"{name} became {values[~np.isfinite(values)][0]} before step {step}: training "
                "diverged; lower the learning rates or scale the rewards"
            )
