"""DDPG in the way of the example on keras.io, written afresh with this study's networks.

What makes it that way: transitions in NumPy arrays; one `tf.function` for the updates of critic and
actor, entered once a step; target networks moved from outside, weight by weight, through
get_weights and set_weights; an actor that is called eagerly for each action.
Source: keras.io/examples/rl/ddpg_pendulum.
"""

from collections.abc import Callable

import gymnasium as gym
import keras
import numpy as np
import tensorflow as tf

from comparisons.peer_programs import setting as common
from comparisons.peer_programs.setting import Setting


class Memory:
    """Transitions in NumPy arrays, the oldest overwritten."""

    def __init__(self, observation_size: int, action_size: int, batch_size: int, seed: int):
        sizes = observation_size, action_size, 1, observation_size, 1
        self.arrays = [np.zeros((common.BUFFER, size), np.float32) for size in sizes]
        self.batch_size = batch_size
        self.generator = np.random.default_rng(seed)
        self.count = 0

    def record(self, transition: tuple) -> None:
        """Store (s, a, r, s', terminated)."""
        row = self.count % common.BUFFER
        for array, value in zip(self.arrays, transition, strict=True):
            array[row] = value
        self.count += 1

    def sample(self) -> list[tf.Tensor]:
        """A batch of tensors [B, ...]."""
        rows = self.generator.choice(min(self.count, common.BUFFER), self.batch_size)
        return [tf.convert_to_tensor(array[rows]) for array in self.arrays]


class Learner:
    """Four networks and two optimisers."""

    def __init__(self, observation_size: int, space: gym.spaces.Box, memory: Memory):
        self.memory, self.low, self.high = memory, space.low, space.high
        sizes = observation_size, space.shape[0]
        self.actor, self.target_actor = new_actor(*sizes, space.high), new_actor(*sizes, space.high)
        self.critic, self.target_critic = new_critic(*sizes), new_critic(*sizes)
        self.target_actor.set_weights(self.actor.get_weights())
        self.target_critic.set_weights(self.critic.get_weights())
        self.actor_optimizer = keras.optimizers.Adam(common.LEARNING_RATE)
        self.critic_optimizer = keras.optimizers.Adam(common.LEARNING_RATE)

    def act(self, observation: np.ndarray) -> np.ndarray:
        """The actor's action with noise, within the bounds."""
        action = self.actor(tf.convert_to_tensor(observation[np.newaxis], tf.float32)).numpy()[0]
        noise = self.memory.generator.normal(0, common.NOISE, action.shape) * self.high
        return np.clip(action + noise, self.low, self.high).astype(np.float32)

    def learn(self) -> None:
        """One update of everything."""
        self.update(*self.memory.sample())
        move(self.target_actor, self.actor)
        move(self.target_critic, self.critic)

    @tf.function
    def update(self, observations, actions, rewards, nexts, terminated):
        """The critic's step, then the actor's."""
        with tf.GradientTape() as tape:
            next_actions = self.target_actor(nexts, training=True)
            next_values = self.target_critic([nexts, next_actions], training=True)
            targets = rewards + common.GAMMA * (1 - terminated) * next_values
            values = self.critic([observations, actions], training=True)
            loss = tf.reduce_mean(tf.square(targets - values))
        weights = self.critic.trainable_variables
        self.critic_optimizer.apply_gradients(
            zip(tape.gradient(loss, weights), weights, strict=True)
        )
        with tf.GradientTape() as tape:
            values = self.critic([observations, self.actor(observations, training=True)])
            loss = -tf.reduce_mean(values)
        weights = self.actor.trainable_variables
        self.actor_optimizer.apply_gradients(
            zip(tape.gradient(loss, weights), weights, strict=True)
        )


WATCHED = (
    (Learner, "act", "acting"),
    (Memory, "record", "storing"),
    (Memory, "sample", "sampling"),
    (Learner, "learn", "learning"),
)


def train(make: Callable[[], gym.Env], setting: Setting) -> None:
    """Train, with one update a step."""
    if (setting.algorithm, setting.block) != ("ddpg", 1):
        raise ValueError("the example is DDPG with one update a step")
    keras.utils.set_random_seed(setting.seed)
    env = make()
    size = env.observation_space.shape[0]
    memory = Memory(size, env.action_space.shape[0], setting.batch_size, setting.seed)
    learner = Learner(size, env.action_space, memory)
    env.action_space.seed(setting.seed)
    observation, _ = env.reset(seed=setting.seed)
    while True:
        warming_up = memory.count < setting.warmup
        action = env.action_space.sample() if warming_up else learner.act(observation)
        following, reward, terminated, truncated, _ = env.step(action)
        memory.record((observation, action, reward, following, terminated))
        if memory.count > setting.warmup:
            learner.learn()
        observation = following
        if terminated or truncated:
            observation, _ = env.reset()


def new_actor(observation_size: int, action_size: int, bound: np.ndarray) -> keras.Model:
    """Observations [B, obs_dim] -> actions [B, act_dim], within +-bound; small at first."""
    inputs = keras.Input((observation_size,))
    hidden = inputs
    for width in common.WIDTHS:
        hidden = keras.layers.Dense(width, activation="relu")(hidden)
    small = keras.initializers.RandomUniform(-3e-3, 3e-3)
    outputs = keras.layers.Dense(action_size, activation="tanh", kernel_initializer=small)(hidden)
    return keras.Model(inputs, outputs * bound)


def new_critic(observation_size: int, action_size: int) -> keras.Model:
    """[observations, actions] -> values [B, 1]."""
    inputs = [keras.Input((observation_size,)), keras.Input((action_size,))]
    hidden = keras.layers.Concatenate()(inputs)
    for width in common.WIDTHS:
        hidden = keras.layers.Dense(width, activation="relu")(hidden)
    return keras.Model(inputs, keras.layers.Dense(1)(hidden))


def move(target: keras.Model, network: keras.Model) -> None:
    """theta' <- tau theta + (1 - tau) theta', outside of any graph."""
    weights = zip(network.get_weights(), target.get_weights(), strict=True)
    target.set_weights([common.TAU * new + (1 - common.TAU) * old for new, old in weights])
