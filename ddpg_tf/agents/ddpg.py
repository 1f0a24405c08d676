"""Deep deterministic policy gradient: Lillicrap et al. 2015, arXiv 1509.02971, algorithm 1."""

import math
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from typing import ClassVar, Literal

import gymnasium as gym
import keras
import numpy as np
import tensorflow as tf

from ddpg_tf.acting.layers import Layer, bounded
from ddpg_tf.acting.moments import RunningMoments
from ddpg_tf.agents.checkpoint import load_agent, save_agent
from ddpg_tf.agents.export import export_policy
from ddpg_tf.agents.optimisation import (
    bellman_loss,
    build_optimizers,
    soft_update,
    squared_weights,
)
from ddpg_tf.agents.program import Program
from ddpg_tf.agents.return_scale import ReturnScale
from ddpg_tf.agents.targets import ddpg_targets
from ddpg_tf.batch import Batch, checked_batch, with_discounts
from ddpg_tf.config import DDPGConfig
from ddpg_tf.environments.spaces import action_bounds, observation_shape, stored_dtype
from ddpg_tf.networks.build import actor_for, critic_for
from ddpg_tf.networks.check import check_actor, check_critic, require_tensorflow_backend
from ddpg_tf.networks.clone import clone
from ddpg_tf.networks.own import Network, own_network, with_names
from ddpg_tf.networks.policy import NumpyPolicy, policy_of, values_of
from ddpg_tf.strategies import get_strategy
from ddpg_tf.strategies.fence import apply_gradients
from ddpg_tf.strategies.tensors import connected, q_values, require_apart, weights_of
from ddpg_tf.strategies.transforms import transform_named
from ddpg_tf.validation import kind_of, require_path

NO_STEP = math.nan
"""In place of the actor's loss in an update in which the actor takes no step."""


class DDPG:
    """Four networks, two optimisers, one strategy.

    actor, critic, target_actor and target_critic are Keras models (mu, Q, mu' and Q' in the paper);
    the targets start as exact copies. Batch norm's moving moments follow into the targets by the
    same soft update as the weights; the target critic, which normalises by its batch, moves its
    own moments once more (see `target_values`).

    `actor` alone is not the policy. It takes observations as the networks get them, normalised
    where `normalize_observations` is set, and its actions may be outside their bounds, those of a
    network of your own by any amount. `act` and `policy` do the rest, and `export` writes it all.

    Pass your own networks as `actor` (observations [B, obs_dim] -> actions [B, act_dim], in the
    environment's units) and `critic` ([observations, actions] -> [B, 1] or [B]): Keras models, or
    functions (observation_space, action_space) -> model, or their names, "module:function". The
    config names them in its fields of the same names, and a name is found again by `load`.

    With `normalize_observations` the networks get observations less their running mean, in running
    standard deviations; with `normalize_returns` the critics predict returns in the same way.
    `act`, `policy`, `update` and `learn` take and give the environment's units all the same.

    Raises TypeError or ValueError for spaces, networks or names that it cannot use.
    """

    ALGORITHM: ClassVar[Literal["ddpg", "td3"]] = "ddpg"
    NETWORKS: ClassVar[tuple[str, ...]] = ("actor", "critic", "target_actor", "target_critic")
    METRICS: ClassVar = dict.fromkeys(("critic_loss", "actor_loss", "q"), tf.float32)
    """Name -> dtype of the scalars that `one_update` gives."""

    def __init__(
        self,
        observation_space: gym.Space,
        action_space: gym.Space,
        config: DDPGConfig | None = None,
        actor: Network | None = None,
        critic: Network | None = None,
    ):
        require_tensorflow_backend()
        config = require_config(DDPGConfig(algorithm=self.ALGORITHM) if config is None else config)
        self.config = config = with_names(config, actor, critic)
        if config.algorithm != self.ALGORITHM:
            raise ValueError(
                f"a {type(self).__name__} cannot run algorithm {config.algorithm!r}; "
                "ddpg_tf.make_agent chooses the class that the config asks for"
            )
        self.observation_space = observation_space
        self.observation_shape = observation_shape(observation_space)
        self.observation_dtype = stored_dtype(observation_space.dtype)
        self.action_low, self.action_high = action_bounds(action_space)
        bounds = self.action_low, self.action_high
        transform = transform_named(config.action_gradient, config.action_gradient_limit, *bounds)
        self.strategy = get_strategy(config.strategy, transform, self.apply_gradients)

        seeds = [int(seed) for seed in np.random.SeedSequence(config.seed).generate_state(4)]
        spaces = observation_space, action_space
        actor = config.actor if actor is None else actor
        critic = config.critic if critic is None else critic
        if len(self.observation_shape) > 1:
            require_image_networks(self.observation_shape, config, actor, critic)
        if actor is not None:
            actor = own_network("actor", actor, *spaces, seeds[0])
        if critic is not None:
            critic = own_network("critic", critic, *spaces, seeds[1])
        self._build_networks(actor, critic, seeds)
        self._policy = policy_of(self.actor, len(self.observation_shape))

        self.updates = tf.Variable(0, dtype=tf.int64, trainable=False)
        self.actor_optimizer, self.critic_optimizer = build_optimizers(
            config, self.actor, self.critics, self.actor_period, self.actor_waits
        )
        self.observation_moments = None
        if config.normalize_observations:
            self.observation_moments = RunningMoments(self.observation_size)
        critics = *self.critics, *self.target_critics
        self.return_scale = ReturnScale(config.normalize_returns, config.pop_art, critics)
        self._program = Program(
            self.one_update, self.METRICS, self._policy.variables, config.jit_compile
        )

    @property
    def observation_size(self) -> int:
        """obs_dim, how many numbers an observation is."""
        return math.prod(self.observation_shape)

    @property
    def action_size(self) -> int:
        """act_dim, the number of components of an action."""
        return len(self.action_low)

    @property
    def critics(self) -> tuple[keras.Model, ...]:
        """The online critics: one here, two in TD3."""
        return (self.critic,)

    @property
    def target_critics(self) -> tuple[keras.Model, ...]:
        """The target critics, in the same order."""
        return (self.target_critic,)

    @property
    def return_moments(self):
        """The running moments of the returns, or None without normalize_returns."""
        return self.return_scale.moments

    @property
    def actor_period(self) -> int:
        """Updates of the critics from one step of the actor's optimiser to the next."""
        return 1

    @property
    def actor_waits(self) -> int:
        """Updates of the critics before the actor takes part: its own warm-up."""
        steps = max(self.config.actor_warmup_steps - self.config.warmup_steps, 0)
        return self.config.updates_after(steps)

    def rested(self, count: int) -> np.ndarray:
        """In which of the last `count` updates the actor took no step, [count]."""
        if self.actor_period == 1 and not self.actor_waits:
            return np.zeros(count, bool)
        before = int(values_of(self.updates)) - count + np.arange(count)
        return (before < self.actor_waits) | ((before + 1) % self.actor_period != 0)

    @property
    def networks(self) -> dict[str, keras.Model]:
        """All networks by name."""
        return {name: getattr(self, name) for name in self.NETWORKS}

    def act(self, observation: np.ndarray) -> np.ndarray:
        """mu(s), [act_dim], for one observation [obs_dim]: no noise, the environment's units."""
        return self.policy()(observation)

    def policy(self, network: Callable | None = None) -> Callable[[np.ndarray], np.ndarray]:
        """mu as a fast function, observations [..., obs_dim] -> actions [..., act_dim].

        It keeps the actor's present weights, but always normalises observations by the latest
        moments. (An actor that NumPy cannot evaluate, see `networks/policy.py`, is called itself,
        with its latest weights.)
        network: another function in place of the actor, such as a snapshot of a noisy copy.
        """
        mu = self._policy.snapshot() if network is None else network
        return bounded(
            mu, self.normalized, self.observation_shape, self.action_low, self.action_high
        )

    def numpy_policy(self) -> tuple[list[Layer], list[np.ndarray]] | None:
        """The actor's layers and their values, for an actor that NumPy can evaluate, else None."""
        if not isinstance(self._policy, NumpyPolicy):
            return None
        return self._policy.layers, self._policy.values()

    def observe(self, observations: np.ndarray) -> None:
        """Include observations [n, obs_dim] in the running moments, if there are any."""
        if self.observation_moments is not None:
            self.observation_moments.update(observations)

    def normalized(self, observations: np.ndarray) -> np.ndarray:
        """Observations [..., obs_dim] as the networks get them: normalised, or unchanged."""
        if self.observation_moments is None:
            return observations
        return self.observation_moments.normalize(observations, self.config.observation_clip)

    def value(self, critic: keras.Model, observations: tf.Tensor, actions: tf.Tensor) -> tf.Tensor:
        """Q(s, a) of a critic in units of return, [B], for observations that are `normalized`."""
        return flat(q_values(self.return_scale.in_returns(critic), observations, actions))

    def target_values(self, observations: tf.Tensor, actions: tf.Tensor) -> list[tf.Tensor]:
        """Q'(s, a) of each target critic in units of return, [B], for `normalized` observations.

        In training mode, like Q in its own update. The moments of a batch of N are wrong by about
        1/sqrt(N) of a standard deviation, and Q with them; the next states' are wrong by nearly the
        same, so that most of the error cancels in y - Q. With moving moments on one side alone, all
        of it would stay: an error as random as the batch, which no weights can learn to correct. (A
        critic of your own that has dropout applies it in both calls too.)
        """
        return [
            self.return_scale.denormalize(flat(critic([observations, actions], training=True)))
            for critic in self.target_critics
        ]

    def update(self, batch: Batch | Mapping) -> dict[str, float]:
        """Make one update on `batch`, or K of them in one call; the result is each metric's mean.

        batch: a `Batch`, or a mapping with its fields: observations [B, obs_dim], actions
        [B, act_dim] in the environment's units, rewards [B] before `reward_scale`,
        next_observations [B, obs_dim], terminated [B]; and discounts [B], which may be left out:
        gamma, as it is for transitions of one step. With a leading axis K on all of them, K
        updates.
        Metrics: critic_loss (mean squared Bellman error, or Huber's, in the critics' scale, summed
        over the critics), actor_loss (-mean Q before the actor's step, NaN if it took none) and q
        (mean Q of the batch's own actions, the first critic's), both in units of return.
        Raises ValueError for a missing field or a wrong shape.
        """
        metrics = self.learn(batch)
        stepped = ~self.rested(len(metrics["q"]))
        metrics["actor_loss"] = metrics["actor_loss"][stepped] if stepped.any() else NO_STEP
        return {name: float(np.mean(values)) for name, values in metrics.items()}

    def learn(self, batch: Batch | Mapping) -> dict[str, np.ndarray]:
        """Make K updates in one call, as `update` does; the metrics of each of them, [K] arrays.

        A subclass that learns in another way overrides `learn_then_act`.
        """
        gamma = self.config.gamma
        batch = checked_batch(batch, self.observation_shape, self.action_size, gamma)
        return self.learn_then_act(batch)[0]

    def learn_then_act(self, batches: Batch) -> tuple[dict[str, np.ndarray], Callable]:
        """Make K updates as `learn` does; their metrics, [K] arrays, and the `policy` after them.

        batches: float32 arrays [K, B, ...], which are not checked, as a replay buffer gives them.
        """
        metrics, weights = self._program(self._as_networks_get(batches))
        return metrics, self.policy(self._policy.with_values(weights))

    @property
    def policy_bytes(self) -> int:
        """How much `learn_ahead` gives for each of the policies."""
        weights = self._policy.variables
        return sum(weight.shape.num_elements() * weight.dtype.size for weight in weights)

    def learn_ahead(
        self, batches: Batch, most: int
    ) -> tuple[dict[str, np.ndarray], list[Callable]]:
        """As `learn_then_act`, but with the policy after each of the K updates.

        most: the largest K that will come, to which batches are filled up: an update has the same
        bits whatever K is. For an actor that NumPy can evaluate.
        """
        metrics, weights = self._program.after_each(self._as_networks_get(batches), most)
        after_each = zip(*weights, strict=True)
        return metrics, [self.policy(self._policy.with_values(values)) for values in after_each]

    def _as_networks_get(self, batches):
        """Batches with their discounts, and with normalised observations."""
        return with_discounts(batches, self.config.gamma)._replace(
            observations=self.normalized(batches.observations),
            next_observations=self.normalized(batches.next_observations),
        )

    def one_update(self, batch: Batch) -> dict[str, tf.Tensor]:
        """The inner loop of algorithm 1, on a batch of N transitions that has its discounts."""
        rewards = self.config.reward_scale * batch.rewards
        # y_i = r_i + gamma Q'(s_{i+1}, mu'(s_{i+1})), or r_i alone where the task terminated;
        # of n steps: their rewards, gamma^n and s_{i+n}
        next_actions = self.target_actor(batch.next_observations, training=False)
        (next_values,) = self.target_values(batch.next_observations, next_actions)
        targets = ddpg_targets(rewards, batch.terminated, next_values, batch.discounts)
        # the actor's gradient: formed here if update_order is "together", else in step_actor()
        step_actor = self._actor_step(batch.observations)
        # the critic: minimise 1/N sum_i (y_i - Q(s_i, a_i))^2
        critic_loss, q = self._update_critics(batch.observations, batch.actions, targets)
        # the actor: ascend 1/N sum_i dQ/da da/dtheta
        actor_loss = step_actor()
        # the targets: theta' <- tau theta + (1 - tau) theta'
        self._update_targets()
        return {"critic_loss": critic_loss, "actor_loss": actor_loss, "q": q}

    def apply_gradients(
        self,
        optimizer: keras.optimizers.Optimizer,
        gradients: list[tf.Tensor],
        variables: list[keras.Variable],
    ) -> None:
        """Take one optimiser step: every gradient, actor's and critics', passes through here."""
        apply_gradients(optimizer, gradients, variables)

    def export(self, path: str | Path) -> None:
        """Write the policy for use without this library: `path` becomes a SavedModel's directory.

        With it comes `policy.tflite`. Both take observations [B, obs_dim] in float32 and give what
        `act` gives, [B, act_dim]: of normalised observations, clipped, in the environment's units.
        `tutorials/use_the_policy.md` uses them. Raises FileExistsError if `path` holds anything
        but an exported policy.
        """
        require_path("path", path)
        export_policy(self, path)

    def save(self, directory: str | Path) -> None:
        """Write all networks and what is needed to rebuild the agent and to train it further."""
        require_path("directory", directory)
        save_agent(self, directory)

    @classmethod
    def load(
        cls,
        directory: str | Path,
        actor: Network | None = None,
        critic: Network | None = None,
    ) -> "DDPG":
        """The agent of a run's directory (its latest checkpoint) or of a checkpoint.

        DDPG.load also loads a TD3. Networks of your own that have a name are found by it; others
        are to be given again, with any weights. Raises FileNotFoundError if there is no agent in
        `directory`, and ValueError if it is of another format or of other networks.
        """
        require_path("directory", directory)
        return load_agent(cls.class_for, directory, actor, critic)

    @classmethod
    def class_for(cls, algorithm: str) -> type["DDPG"]:
        """This class, or the one derived from it that runs `algorithm`.

        Raises ValueError if there is none.
        """
        for candidate in (cls, *cls.__subclasses__()):
            if algorithm == candidate.ALGORITHM:
                return candidate
        raise ValueError(f"a {cls.__name__} cannot run algorithm {algorithm!r}; use DDPG.load")

    def variables(self) -> dict[str, tf.Variable]:
        """All that an agent has learned besides its networks' weights, by name."""
        variables = {"updates": self.updates}
        for name in ("actor_optimizer", "critic_optimizer"):
            for index, variable in enumerate(getattr(self, name).variables):
                variables[f"{name}/{index}"] = variable.value
        if self.return_moments is not None:
            for index, variable in enumerate(self.return_moments.variables):
                variables[f"return_moments/{index}"] = variable
        return variables

    @property
    def all_variables(self) -> list[tf.Variable]:
        """What the networks hold, and `variables`: all that an update of this class changes."""
        held = [v.value for network in self.networks.values() for v in network.variables]
        return [*held, *self.variables().values()]

    def _build_networks(self, actor, critic, seeds):
        shape, low, high = self.observation_shape, self.action_low, self.action_high
        if actor is None:
            actor = actor_for(self.config, self.observation_size, low, high, seeds[0])
        self.actor = actor
        check_actor(self.actor, shape, low, high)
        self.critic = self._new_critic(seeds[1]) if critic is None else critic
        check_critic(self.critic, shape, self.action_size)
        require_apart(self.actor, self.critic)
        self.target_actor = clone(self.actor)
        self.target_critic = clone(self.critic)

    def _new_critic(self, seed):
        low, high = self.action_low, self.action_high
        return critic_for(self.config, self.observation_size, low, high, seed)

    def _update_critics(self, observations, actions, targets):
        """Take one step on the critics; the result is their loss and the first one's mean Q."""
        config = self.config
        targets = self.return_scale.normalized_targets(targets)
        with tf.GradientTape() as tape:
            qs = [flat(critic([observations, actions], training=True)) for critic in self.critics]
            loss = tf.add_n([bellman_loss(targets - q, config.delta_clip) for q in qs])
            penalised = loss
            if config.critic_l2:
                squares = squared_weights(self.critics, biases=config.critic_l2_biases)
                penalised += config.critic_l2 * squares
        variables = [v for critic in self.critics for v in critic.trainable_variables]
        weights = [weight for critic in self.critics for weight in weights_of(critic)]
        gradients = connected(tape.gradient(penalised, weights), weights)
        self.apply_gradients(self.critic_optimizer, gradients, variables)
        return loss, tf.reduce_mean(self.return_scale.denormalize(qs[0]))

    def _actor_step(self, observations, due=None):
        """A function that takes the actor's step; -mean Q before it, or NaN if it takes none.

        critic_first: the gradient is formed when it is called, by the critic after its own step.
        together: it is formed here, by the critic as it is now.
        due: a tensor, whether the actor takes part; None if it does whenever it does not wait.
        """
        critic = self.return_scale.in_returns(self.critic)
        if self.config.update_order == "together":
            loss, gradients = self.strategy.loss_and_gradients(self.actor, critic, observations)

            def step():
                variables = self.actor.trainable_variables
                self.apply_gradients(self.actor_optimizer, gradients, variables)
                return loss

            return step
        update = partial(
            self.strategy.update, self.actor, critic, self.actor_optimizer, observations
        )
        if self.actor_waits:
            warm = self.updates >= self.actor_waits
            due = warm if due is None else tf.logical_and(due, warm)
        if due is None:
            return update
        return partial(tf.cond, due, update, lambda: tf.constant(NO_STEP, observations.dtype))

    def _update_targets(self, due=True):
        self.updates.assign_add(1)
        due = tf.logical_and(due, self.updates % self.config.target_update_every == 0)
        # in double precision, which soft_update rounds to that of the weights
        tau = tf.where(due, tf.constant(self.config.tau, tf.float64), 0.0)
        soft_update(self.target_actor, self.actor, tau)
        for target, online in zip(self.target_critics, self.critics, strict=True):
            soft_update(target, online, tau)


def require_image_networks(
    shape: tuple[int, ...], config: DDPGConfig, actor: object, critic: object
) -> None:
    """Raise TypeError unless there are networks for images of `shape`."""
    if actor is None or critic is None:
        raise TypeError(
            f"observations are images {shape}, and the library's own networks take vectors: "
            "give an actor and a critic of your own (actor=, critic=; --actor, --critic), or make "
            "vectors of the images (wrappers FlattenObservation)"
        )
    if config.normalize_observations:
        raise ValueError(
            f"normalize_observations is for vectors, and observations are images {shape}; "
            "leave it out, and begin your networks with keras.layers.Rescaling(1 / 255)"
        )


def require_config(config: DDPGConfig) -> DDPGConfig:
    """The config itself; raises TypeError if it is anything but a DDPGConfig."""
    if not isinstance(config, DDPGConfig):
        raise TypeError(
            "config must be a DDPGConfig, such as DDPGConfig(seed=1) or PRESETS['lau'].config; got "
            f"{kind_of(config)}"
        )
    return config


def flat(q: tf.Tensor) -> tf.Tensor:
    """Q as [B], whether the critic gives [B, 1] or [B]."""
    return tf.reshape(q, [-1])
