"""DQN and Double DQN on CartPole-v1: DDPG's parents, with the parts that they share.

    DQN          Mnih et al. 2015, algorithm 1       y = r + gamma max_a Q'(s', a)
    Double DQN   van Hasselt et al. 2016             y = r + gamma Q'(s', argmax_a Q(s', a))

DDPG took over replay and target network. What it had to replace is the maximum: of a handful of
actions the best is looked up; of a continuum it is not, so an actor learns to find it. There is no
actor here, and no dQ/da.

Every reward of CartPole is 1, so no state is worth more than 1 / (1 - gamma) = 100: what `q` in the
history has above that is overestimation.

The loss is the squared error, where Mnih et al. clip the error to 1. CartPole says everything by
its rare last transitions, with errors of up to 100; clipped, the many others outvote them. If one
in a hundred ends the episode and a network can't tell which, the true value of each is 50, which is
where the squared error settles, but the clipped one settles at 99.
"""

import math
from collections.abc import Callable
from typing import NamedTuple

import gymnasium as gym
import keras
import numpy as np
import tensorflow as tf

from ddpg_tf.agents.program import Program
from ddpg_tf.agents.targets import double_dqn_targets, dqn_targets
from ddpg_tf.batch import Batch, with_discounts
from ddpg_tf.environments.evaluation import evaluate
from ddpg_tf.exploration.noise import linear_annealing
from ddpg_tf.networks.build import hidden_layer, initializer_seeds, last_layer, symbol
from ddpg_tf.networks.clone import clone
from ddpg_tf.networks.policy import policy_of
from ddpg_tf.replay import ReplayBuffer
from ddpg_tf.strategies.fence import apply_gradients

ENV_ID = "CartPole-v1"
OBSERVATION_SIZE, ACTIONS = 4, 2
HIDDEN_SIZES = (128, 128)
GAMMA = 0.99
METRICS = dict.fromkeys(("loss", "q"), tf.float32)
LEARNING_RATE = 1e-3
"""Of Adam, at the start; it falls linearly to 0 by the end of training."""
BATCH_SIZE = 64
WARMUP_STEPS = 1_000
BLOCK = 128
"""Environment steps between two calls of the learner, and updates in each: one for each step.

All of them regress on the same target network, which is then renewed.
"""
EPSILON_FINAL, EPSILON_SHARE = 0.05, 0.2
"""The share of random actions falls linearly from 1 to the first, in the second of all steps."""
EVALUATION_EPISODES = 10


class DQN:
    """Two Q networks, [B, 4] -> [B, 2], one value for each action: online Q and target Q'.

    updates: how many will be made, over which the learning rate falls to 0.
    """

    def __init__(self, double: bool = False, seed: int = 0, updates: int = 50_000):
        self.double = double
        self.online = build_q_network(seed)
        self.target = clone(self.online)
        falling = keras.optimizers.schedules.PolynomialDecay(LEARNING_RATE, updates, 0.0)
        self.optimizer = keras.optimizers.Adam(falling)
        self.optimizer.build(self.online.trainable_variables)
        self._policy = policy_of(self.online)
        self._program = Program(self.one_update, METRICS, [], jit_compile=True)

    def policy(self) -> Callable[[np.ndarray], np.ndarray]:
        """argmax_a Q(s, a) with the present weights: observations [..., 4] -> actions [...]."""
        q = self._policy.snapshot()
        return lambda observations: np.argmax(q(observations), axis=-1)

    def learn(self, batches: Batch) -> dict[str, np.ndarray]:
        """Make K updates on batches [K, B, ...], then copy Q to Q'; loss and q of each, [K]."""
        metrics, _ = self._program(with_discounts(batches, GAMMA))
        self.target.set_weights(self.online.get_weights())
        return metrics

    def one_update(self, batch: Batch) -> dict[str, tf.Tensor]:
        """One gradient step on 1/N sum_i (y_i - Q(s_i, a_i))^2; the loss and the mean of max Q."""
        targets = self.bellman_targets(batch)
        actions = tf.cast(batch.actions[:, 0], tf.int32)
        with tf.GradientTape() as tape:
            q = self.online(batch.observations)
            taken = tf.gather(q, actions, batch_dims=1)
            loss = tf.reduce_mean(tf.square(targets - taken))
        gradients = tape.gradient(loss, [w.value for w in self.online.trainable_variables])
        apply_gradients(self.optimizer, gradients, self.online.trainable_variables)
        return {"loss": loss, "q": tf.reduce_mean(tf.reduce_max(q, axis=-1))}

    def bellman_targets(self, batch: Batch) -> tf.Tensor:
        """y, [B]: the one line in which DQN and Double DQN differ."""
        observed = batch.rewards, batch.terminated
        next_target_q = self.target(batch.next_observations)
        if self.double:
            next_q = self.online(batch.next_observations)
            return double_dqn_targets(*observed, next_q, next_target_q, GAMMA)
        return dqn_targets(*observed, next_target_q, GAMMA)


def build_q_network(seed: int) -> keras.Model:
    """Q: observations [B, 4] -> the values of all actions, [B, 2]."""
    seeds = initializer_seeds(seed)
    observations = x = symbol(OBSERVATION_SIZE, "observations")
    for width in HIDDEN_SIZES:
        x = hidden_layer(x, width, "none", "relu", seeds)
    return keras.Model(observations, last_layer(x, ACTIONS, seeds, name="q"), name="q_network")


class Trained(NamedTuple):
    """What `train_dqn` returns: the agent and a row for each evaluation."""

    agent: DQN
    history: list[dict]


def train_dqn(
    double: bool = False,
    seed: int = 0,
    total_steps: int = 50_000,
    progress: Callable[[dict], None] | None = None,
    eval_every: int = 5_000,
) -> Trained:
    """Train DQN or Double DQN on CartPole-v1; equal arguments give equal bits.

    history: rows of step, eval_return (mean of 10 episodes without random actions; 500 is the
    most), loss, q (mean of max_a Q(s, a) over the updates since the last row) and epsilon.
    progress: called with each row.
    Raises ValueError unless total_steps and eval_every are at least 1.
    """
    if min(total_steps, eval_every) < 1:
        raise ValueError(
            f"total_steps and eval_every must be at least 1; got {total_steps} and {eval_every}"
        )
    generator = np.random.default_rng(seed)
    environment = gym.make(ENV_ID)
    agent = DQN(double, seed, updates=total_steps)
    replay = ReplayBuffer(total_steps, OBSERVATION_SIZE, 1)
    annealing = 1.0, EPSILON_FINAL, math.ceil(EPSILON_SHARE * total_steps)
    policy, history, metrics = agent.policy(), [], []
    observation, _ = environment.reset(seed=seed)
    for step in range(1, total_steps + 1):
        epsilon = linear_annealing(step, *annealing)
        is_random = generator.random() < epsilon
        action = generator.integers(ACTIONS) if is_random else policy(observation)
        next_observation, reward, terminated, truncated, _ = environment.step(action)
        replay.add(observation, [action], reward, next_observation, terminated)
        observation = next_observation
        if terminated or truncated:
            observation, _ = environment.reset()
        if step > WARMUP_STEPS and step % BLOCK == 0:
            metrics.append(agent.learn(replay.sample(generator, BATCH_SIZE, BLOCK)))
            policy = agent.policy()
        if step % eval_every == 0 or step == total_steps:
            history.append(evaluation_row(agent, step, seed, epsilon, metrics))
            metrics = []
            if progress:
                progress(history[-1])
    environment.close()
    return Trained(agent, history)


def evaluation_row(agent: DQN, step: int, seed: int, epsilon: float, metrics: list[dict]) -> dict:
    """Evaluate; a row of the history. metrics: what `learn` has returned since the last row."""
    returns = evaluate(agent, ENV_ID, EVALUATION_EPISODES, seed)
    means = {name: mean_of(metrics, name) for name in ("loss", "q")}
    return {"step": step, "eval_return": float(returns.mean()), **means, "epsilon": epsilon}


def mean_of(metrics: list[dict], name: str) -> float:
    """The mean of one metric; NaN before the learner was called."""
    return float(np.mean([each[name] for each in metrics])) if metrics else math.nan
