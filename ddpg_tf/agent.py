"""Deep deterministic policy gradient: Lillicrap et al. 2015, arXiv 1509.02971, algorithm 1."""

from typing import ClassVar

import keras
import numpy as np
import tensorflow as tf

from ddpg_tf.checkpoint import load_agent, save_agent
from ddpg_tf.config import DDPGConfig
from ddpg_tf.networks import build_actor, build_critic
from ddpg_tf.policy import policy_of
from ddpg_tf.spaces import action_bounds, observation_size
from ddpg_tf.strategies import get_strategy
from ddpg_tf.strategies.base import connected, q_values, weights_of
from ddpg_tf.strategies.fence import fence
from ddpg_tf.strategies.transforms import clip_by_norm, clip_by_value, inverting_gradients
from ddpg_tf.targets import bellman_targets
from ddpg_tf.user_networks import check_actor, check_critic, copy_of

BATCH_KEYS = ("observations", "actions", "rewards", "next_observations", "terminated")


class DDPG:
    """Four networks, two optimisers, one strategy.

    actor, critic, target_actor and target_critic are Keras models (mu, Q, mu' and Q' of the paper);
    the targets start as exact copies. Batch norm's moving moments follow into the targets by the
    same soft update as the weights, so that a target network is wholly a late copy.

    Pass your own Keras models as `actor` (observations [B, obs_dim] -> actions [B, act_dim], in the
    environment's units) and `critic` ([observations, actions] -> [B, 1] or [B]).

    Raises TypeError or ValueError for spaces, networks or names that it cannot use.
    """

    MEASURES: ClassVar = dict.fromkeys(("critic_loss", "actor_loss", "q"), tf.float32)
    """Name -> dtype of the scalars that `step` returns."""

    def __init__(self, observation_space, action_space, config=None, actor=None, critic=None):
        self.config = config = DDPGConfig() if config is None else config
        if not isinstance(config, DDPGConfig):
            raise TypeError(f"config must be a DDPGConfig; got a {type(config).__name__}")
        self.observation_size = observation_size(observation_space)
        self.action_low, self.action_high = action_bounds(action_space)
        self.strategy = get_strategy(config.strategy, self._action_gradient_transform())
        self.actor_optimizer = build_optimizer(config.optimizer, config.actor_learning_rate)
        self.critic_optimizer = build_optimizer(config.optimizer, config.critic_learning_rate)

        actor_seed, critic_seed = np.random.SeedSequence(config.seed).generate_state(2)
        if actor is None:
            actor = build_actor(
                self.observation_size,
                self.action_low,
                self.action_high,
                config.hidden_sizes,
                config.normalization,
                int(actor_seed),
            )
        if critic is None:
            critic = build_critic(
                self.observation_size,
                len(self.action_low),
                config.hidden_sizes,
                config.normalization,
                config.action_layer,
                int(critic_seed),
            )
        self.actor, self.critic = actor, critic
        check_actor(self.actor, self.observation_size, self.action_low, self.action_high)
        check_critic(self.critic, self.observation_size, len(self.action_low))
        self.target_actor = copy_of(self.actor)
        self.target_critic = copy_of(self.critic)

        self._policy = policy_of(self.actor)

        self.actor_optimizer.build(self.actor.trainable_variables)
        self.critic_optimizer.build(self.critic.trainable_variables)
        self.updates = tf.Variable(0, dtype=tf.int64, trainable=False)
        self._learn = tf.function(self._learn_batches, jit_compile=config.jit_compile)

    def act(self, observation) -> np.ndarray:
        """Return mu(s), [act_dim], for one observation [obs_dim]: no noise, environment's units."""
        return self.policy()(observation)

    def policy(self):
        """Return mu as it is now: a fast function observations [..., obs_dim] -> actions.

        The function of an actor that NumPy cannot play (see `policy.py`) follows later updates.
        """
        mu = self._policy.snapshot()
        size = self.observation_size
        low, high = self.action_low, self.action_high
        # the float32 sum of middle and half range may miss the bound by its last bit

        def policy(observations):
            if np.shape(observations)[-1:] != (size,):
                raise ValueError(
                    f"an observation must have shape ({size},); got {np.shape(observations)}"
                )
            return np.minimum(np.maximum(mu(observations), low), high)

        return policy

    def update(self, batch) -> dict[str, float]:
        """Make one update on `batch`, or K in one call; return the means of what was measured.

        batch: observations [B, obs_dim], actions [B, act_dim], rewards [B], next_observations
        [B, obs_dim], terminated [B]; with a leading axis K on all of them, K updates.
        Returns critic_loss (mean squared Bellman error), actor_loss (-mean Q before the step) and
        q (mean Q of the batch's own actions).
        """
        return {name: float(np.mean(values)) for name, values in self.learn(batch).items()}

    def learn(self, batch) -> dict[str, np.ndarray]:
        """Make K updates, as `update` does; return what each of them measured, [K] arrays."""
        batch = self._checked(batch)
        return {name: values.numpy() for name, values in self._learn(batch).items()}

    def step(self, batch) -> dict[str, tf.Tensor]:
        """The inner loop of algorithm 1, on a minibatch of N transitions."""
        # y_i = r_i + gamma Q'(s_{i+1}, mu'(s_{i+1}))
        next_actions = self.target_actor(batch["next_observations"], training=False)
        next_values = q_values(self.target_critic, batch["next_observations"], next_actions)
        targets = bellman_targets(
            batch["rewards"], batch["terminated"], flat(next_values), self.config.gamma
        )
        # the critic: minimise 1/N sum_i (y_i - Q(s_i, a_i))^2
        critic_loss, q = self._update_critic(batch["observations"], batch["actions"], targets)
        # the actor: ascend 1/N sum_i dQ/da da/dtheta
        actor_loss = self.strategy.update(
            self.actor, self.critic, self.actor_optimizer, batch["observations"]
        )
        # the targets: theta' <- tau theta + (1 - tau) theta'
        self._update_targets()
        return {"critic_loss": critic_loss, "actor_loss": actor_loss, "q": tf.reduce_mean(q)}

    def save(self, directory) -> None:
        """Write the four networks' weights and what is needed to rebuild the agent."""
        save_agent(self, directory)

    @classmethod
    def load(cls, directory, actor=None, critic=None) -> "DDPG":
        """Return the agent of a run's directory (its latest checkpoint) or of a checkpoint.

        An agent with networks of your own needs them again, with any weights.
        Raises FileNotFoundError if there is no agent in `directory`.
        """
        return load_agent(cls, directory, actor, critic)

    def _learn_batches(self, batches):
        """Map `step` over the leading axis, one update after the other, in one program."""
        step = tf.autograph.experimental.do_not_convert(self.step)
        return tf.map_fn(step, batches, fn_output_signature=self.MEASURES, parallel_iterations=1)

    def _update_critic(self, observations, actions, targets):
        with tf.GradientTape() as tape:
            q = flat(self.critic([observations, actions], training=True))
            loss = tf.reduce_mean(tf.square(targets - q))
            penalised = loss + self._critic_penalty()
        weights = weights_of(self.critic)
        gradients = connected(tape.gradient(penalised, weights), weights)
        self.critic_optimizer.apply(fence(gradients), self.critic.trainable_variables)
        return loss, q

    def _critic_penalty(self):
        weight = self.config.critic_l2
        return weight * sum_of_squared_kernels(self.critic) if weight else 0.0

    def _update_targets(self):
        self.updates.assign_add(1)
        due = self.updates % self.config.target_update_every == 0
        tau = tf.where(due, self.config.tau, 0.0)
        soft_update(self.target_actor, self.actor, tau)
        soft_update(self.target_critic, self.critic, tau)

    def _action_gradient_transform(self):
        config = self.config
        return {
            "none": lambda: None,
            "clip_value": lambda: clip_by_value(config.action_gradient_limit),
            "clip_norm": lambda: clip_by_norm(config.action_gradient_limit),
            "invert": lambda: inverting_gradients(self.action_low, self.action_high),
        }[config.action_gradient]()

    def _checked(self, batch) -> dict[str, tf.Tensor]:
        """Return the batch as float32 tensors [K, B, ...]. Raises ValueError for wrong shapes."""
        missing = [key for key in BATCH_KEYS if key not in batch]
        if missing:
            raise ValueError(f"the batch lacks {', '.join(missing)}")
        arrays = {key: np.asarray(batch[key], np.float32) for key in BATCH_KEYS}
        leading = arrays["observations"].shape[:-1]
        if len(leading) not in (1, 2) or 0 in leading:
            shape = arrays["observations"].shape
            raise ValueError(f"observations must be [B, obs_dim] or [K, B, obs_dim]; got {shape}")
        vectors = {"observations", "next_observations"}
        for key, array in arrays.items():
            width = self.observation_size if key in vectors else len(self.action_low)
            wanted = leading if key in ("rewards", "terminated") else (*leading, width)
            if array.shape != wanted:
                raise ValueError(f"{key} must have shape {wanted}; got {array.shape}")
        if len(leading) == 1:
            arrays = {key: array[np.newaxis] for key, array in arrays.items()}
        return {key: tf.constant(array) for key, array in arrays.items()}


def build_optimizer(name: str, learning_rate: float) -> keras.optimizers.Optimizer:
    """Return Keras's optimiser of that name. Raises ValueError if there is none."""
    optimizer = {"class_name": name, "config": {"learning_rate": learning_rate}}
    try:
        return keras.optimizers.get(optimizer)
    except (ValueError, TypeError):
        raise ValueError(
            f"unknown optimizer {name!r}; use a Keras name such as adam, sgd, rmsprop or adamw"
        ) from None


def flat(q) -> tf.Tensor:
    """Return Q as [B], whether the critic gives [B, 1] or [B]."""
    return tf.reshape(q, [-1])


def sum_of_squared_kernels(model) -> tf.Tensor:
    """Return the sum of squares of the model's weight matrices, biases left out."""
    kernels = [v for v in model.trainable_variables if len(v.shape) >= 2]
    return tf.add_n([tf.reduce_sum(tf.square(kernel.value)) for kernel in kernels])


def soft_update(target, online, tau) -> None:
    """Assign theta' <- tau theta + (1 - tau) theta' for every weight, moving moments included.

    What is no real number, such as a count, is copied.
    """
    for late, now in zip(target.weights, online.weights, strict=True):
        if now.value.dtype.is_floating:
            late.assign(tau * now.value + (1 - tau) * late.value)
        else:
            late.assign(now.value)
