"""Deep deterministic policy gradient: Lillicrap et al. 2015, arXiv 1509.02971, algorithm 1."""

from typing import ClassVar

import keras
import numpy as np
import tensorflow as tf

from ddpg_tf.agents.checkpoint import load_agent, save_agent
from ddpg_tf.agents.normalisation import RunningMoments
from ddpg_tf.agents.optimisation import bellman_loss, build_optimizers, soft_update, squared_kernels
from ddpg_tf.agents.return_scale import ReturnUnits
from ddpg_tf.agents.targets import ddpg_targets
from ddpg_tf.config import DDPGConfig
from ddpg_tf.environments.spaces import action_bounds, observation_size
from ddpg_tf.networks.build import actor_for, critic_for
from ddpg_tf.networks.check import check_actor, check_critic, require_tensorflow_backend
from ddpg_tf.networks.clone import copy_of
from ddpg_tf.networks.policy import bounded, policy_of
from ddpg_tf.replay import checked_batch
from ddpg_tf.strategies import get_strategy
from ddpg_tf.strategies.fence import fence
from ddpg_tf.strategies.tensors import connected, q_values, weights_of
from ddpg_tf.strategies.transforms import transform_named


class DDPG:
    """Four networks, two optimisers, one strategy. With `algorithm="td3"` in the config: a TD3.

    actor, critic, target_actor and target_critic are Keras models (mu, Q, mu' and Q' of the paper);
    the targets start as exact copies. Batch norm's moving moments follow into the targets by the
    same soft update as the weights; but the target critic normalises by its batch, which moves its
    own moments once more, see `target_values`.

    Pass your own Keras models as `actor` (observations [B, obs_dim] -> actions [B, act_dim], in the
    environment's units) and `critic` ([observations, actions] -> [B, 1] or [B]).

    With normalize_observations the networks see observations in running standard deviations; with
    normalize_returns the critics speak in those of the returns. `act`, `policy`, `learn` and
    `value` take and give the environment's units.

    Raises TypeError or ValueError for spaces, networks or names that it cannot use.
    """

    ALGORITHM: ClassVar = "ddpg"
    NETWORKS: ClassVar = ("actor", "critic", "target_actor", "target_critic")
    MEASURES: ClassVar = dict.fromkeys(("critic_loss", "actor_loss", "q"), tf.float32)
    """Name -> dtype of the scalars that `step` returns."""

    def __new__(cls, observation_space, action_space, config=None, actor=None, critic=None):
        """Return a TD3 where a DDPG is asked for with algorithm td3."""
        if cls is DDPG and getattr(config, "algorithm", "ddpg") == "td3":
            from ddpg_tf.agents.td3 import TD3

            cls = TD3
        return super().__new__(cls)

    def __init__(self, observation_space, action_space, config=None, actor=None, critic=None):
        require_tensorflow_backend()
        self.config = config = config or DDPGConfig(algorithm=self.ALGORITHM)
        if not isinstance(config, DDPGConfig):
            raise TypeError(f"config must be a DDPGConfig; got a {type(config).__name__}")
        if config.algorithm != self.ALGORITHM:
            raise ValueError(
                f"a {type(self).__name__} is no {config.algorithm}; set algorithm {self.ALGORITHM}"
            )
        self.observation_size = observation_size(observation_space)
        self.action_low, self.action_high = action_bounds(action_space)
        bounds = self.action_low, self.action_high
        transform = transform_named(config.action_gradient, config.action_gradient_limit, *bounds)
        self.strategy = get_strategy(config.strategy, transform)

        seeds = [int(seed) for seed in np.random.SeedSequence(config.seed).generate_state(4)]
        self._build_networks(actor, critic, seeds)
        self._policy = policy_of(self.actor)

        self.updates = tf.Variable(0, dtype=tf.int64, trainable=False)
        self.actor_optimizer, self.critic_optimizer = build_optimizers(
            config, self.actor, self.critics, self.actor_period, self.actor_waits
        )
        self.observation_moments = None
        if config.normalize_observations:
            self.observation_moments = RunningMoments(self.observation_size)
        critics = *self.critics, *self.target_critics
        self.units = ReturnUnits(config.normalize_returns, config.pop_art, critics)
        self._learn = tf.function(self._learn_batches, jit_compile=config.jit_compile)

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
        return self.units.moments

    @property
    def actor_period(self) -> int:
        """Updates of the critics from one step of the actor to the next."""
        return 1

    @property
    def actor_waits(self) -> int:
        """Updates of the critics before the actor takes part: its own warm-up."""
        steps = max(self.config.actor_warmup_steps - self.config.warmup_steps, 0)
        return self.config.updates_after(steps)

    @property
    def networks(self) -> dict[str, keras.Model]:
        """All networks by name."""
        return {name: getattr(self, name) for name in self.NETWORKS}

    def act(self, observation) -> np.ndarray:
        """Return mu(s), [act_dim], for one observation [obs_dim]: no noise, environment's units."""
        return self.policy()(observation)

    def policy(self, snapshot=None):
        """Return mu as a fast function, observations [..., obs_dim] -> actions.

        Its weights are those of now, the moments that it normalises observations by always the
        latest; an actor which NumPy cannot play (see `policy.py`) has its latest weights too.
        snapshot: another function in the place of mu's network, such as that of a noisy copy.
        """
        mu = self._policy.snapshot() if snapshot is None else snapshot
        return bounded(mu, self.seen, self.observation_size, self.action_low, self.action_high)

    def observe(self, observations) -> None:
        """Take observations [n, obs_dim] into the running moments, if there are any."""
        if self.observation_moments is not None:
            self.observation_moments.update(observations)

    def seen(self, observations) -> np.ndarray:
        """Return observations [..., obs_dim] as the networks see them: normalised, or as is."""
        if self.observation_moments is None:
            return observations
        return self.observation_moments.normalize(observations, self.config.observation_clip)

    def value(self, critic, observations, actions) -> tf.Tensor:
        """Return the critic's Q(s, a) in units of return, [B], for observations as `seen`."""
        return flat(q_values(self.units.critic(critic), observations, actions))

    def target_values(self, observations, actions) -> list[tf.Tensor]:
        """Return each target critic's Q'(s, a) in units of return, [B], for observations as `seen`.

        In training mode, like Q in its own update. The moments of a batch of N are off by about
        1/sqrt(N) of a deviation, and Q with them; next states are off by nearly the same, so that
        in y - Q most of it cancels. Against moving moments all of it would be left: an error as
        random as the batch, which no weights can unlearn. (A critic of your own with dropout drops
        out in both calls too.)
        """
        return [
            self.units.returns(flat(critic([observations, actions], training=True)))
            for critic in self.target_critics
        ]

    def update(self, batch) -> dict[str, float]:
        """Make one update on `batch`, or K in one call; return the means of what was measured.

        batch: observations [B, obs_dim], actions [B, act_dim], rewards [B], next_observations
        [B, obs_dim], terminated [B]; with a leading axis K on all of them, K updates.
        Returns critic_loss (mean squared Bellman error, or Huber's, in the critics' units, summed
        over the critics), actor_loss (-mean Q before the step) and q (mean Q of the batch's own
        actions).
        """
        return {name: float(np.mean(values)) for name, values in self.learn(batch).items()}

    def learn(self, batch) -> dict[str, np.ndarray]:
        """Make K updates, as `update` does; return what each of them measured, [K] arrays."""
        batch = checked_batch(batch, self.observation_size, len(self.action_low))
        for key in ("observations", "next_observations"):
            batch[key] = self.seen(batch[key])
        tensors = {key: tf.constant(array) for key, array in batch.items()}
        return {name: values.numpy() for name, values in self._learn(tensors).items()}

    def step(self, batch) -> dict[str, tf.Tensor]:
        """The inner loop of algorithm 1, on a minibatch of N transitions."""
        rewards = self.config.reward_scale * batch["rewards"]
        # y_i = r_i + gamma Q'(s_{i+1}, mu'(s_{i+1}))
        next_actions = self.target_actor(batch["next_observations"], training=False)
        (next_values,) = self.target_values(batch["next_observations"], next_actions)
        targets = ddpg_targets(rewards, batch["terminated"], next_values, self.config.gamma)
        # the critic: minimise 1/N sum_i (y_i - Q(s_i, a_i))^2
        critic_loss, q = self._update_critics(batch["observations"], batch["actions"], targets)
        # the actor: ascend 1/N sum_i dQ/da da/dtheta
        actor_loss = self._update_actor(batch["observations"])
        # the targets: theta' <- tau theta + (1 - tau) theta'
        self._update_targets()
        return {"critic_loss": critic_loss, "actor_loss": actor_loss, "q": q}

    def save(self, directory) -> None:
        """Write all networks and what is needed to rebuild the agent and to train it further."""
        save_agent(self, directory)

    @classmethod
    def load(cls, directory, actor=None, critic=None) -> "DDPG":
        """Return the agent of a run's directory (its latest checkpoint) or of a checkpoint.

        An agent with networks of your own needs them again, with any weights.
        Raises FileNotFoundError if there is no agent in `directory`.
        """
        return load_agent(cls, directory, actor, critic)

    def variables(self) -> dict[str, tf.Variable]:
        """Return what an agent has learned besides its networks' weights, by name."""
        variables = {"updates": self.updates}
        for name in ("actor_optimizer", "critic_optimizer"):
            for index, variable in enumerate(getattr(self, name).variables):
                variables[f"{name}/{index}"] = variable.value
        if self.units.moments is not None:
            for index, variable in enumerate(self.units.moments.variables):
                variables[f"return_moments/{index}"] = variable
        return variables

    def _build_networks(self, actor, critic, seeds):
        size, low, high = self.observation_size, self.action_low, self.action_high
        self.actor = actor_for(self.config, size, low, high, seeds[0]) if actor is None else actor
        check_actor(self.actor, size, low, high)
        self.critic = self._new_critic(seeds[1]) if critic is None else critic
        check_critic(self.critic, size, len(low))
        self.target_actor = copy_of(self.actor)
        self.target_critic = copy_of(self.critic)

    def _new_critic(self, seed):
        return critic_for(self.config, self.observation_size, len(self.action_low), seed)

    def _learn_batches(self, batches):
        """Map `step` over the leading axis, one update after the other, in one program."""
        step = tf.autograph.experimental.do_not_convert(self.step)
        return tf.map_fn(step, batches, fn_output_signature=self.MEASURES, parallel_iterations=1)

    def _update_critics(self, observations, actions, targets):
        """Take one step on the critics; return their loss and the first one's mean Q."""
        config = self.config
        targets = self.units.learned(targets)
        with tf.GradientTape() as tape:
            qs = [flat(critic([observations, actions], training=True)) for critic in self.critics]
            loss = tf.add_n([bellman_loss(targets - q, config.delta_clip) for q in qs])
            penalty = config.critic_l2 * squared_kernels(self.critics) if config.critic_l2 else 0
            penalised = loss + penalty
        variables = [v for critic in self.critics for v in critic.trainable_variables]
        weights = [weight for critic in self.critics for weight in weights_of(critic)]
        gradients = connected(tape.gradient(penalised, weights), weights)
        self.critic_optimizer.apply(fence(gradients), variables)
        return loss, tf.reduce_mean(self.units.returns(qs[0]))

    def _update_actor(self, observations, due=None):
        """Take one step on the actor, or none where `due`, a tensor, is false; return -mean Q."""
        critic = self.units.critic(self.critic)

        def step():
            return self.strategy.update(self.actor, critic, self.actor_optimizer, observations)

        def rest():
            actions = self.actor(observations, training=False)
            return -tf.reduce_mean(q_values(critic, observations, actions))

        if self.actor_waits:
            warm = self.updates >= self.actor_waits
            due = warm if due is None else tf.logical_and(due, warm)
        return step() if due is None else tf.cond(due, step, rest)

    def _update_targets(self, due=True):
        self.updates.assign_add(1)
        due = tf.logical_and(due, self.updates % self.config.target_update_every == 0)
        tau = tf.where(due, self.config.tau, 0.0)
        soft_update(self.target_actor, self.actor, tau)
        for target, online in zip(self.target_critics, self.critics, strict=True):
            soft_update(target, online, tau)


def flat(q) -> tf.Tensor:
    """Return Q as [B], whether the critic gives [B, 1] or [B]."""
    return tf.reshape(q, [-1])
