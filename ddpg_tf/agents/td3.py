"""Twin delayed DDPG: Fujimoto, van Hoof and Meger 2018, arXiv 1802.09477, algorithm 1."""

from typing import ClassVar, Literal

import keras
import numpy as np
import tensorflow as tf

from ddpg_tf.agents.ddpg import DDPG
from ddpg_tf.agents.targets import smoothed_actions, td3_targets
from ddpg_tf.batch import Batch
from ddpg_tf.networks.clone import clone


class TD3(DDPG):
    """DDPG with three changes: two critics, a late actor with late targets, smoothed targets.

    `critic` is Q_1, whose value the actor maximises; `second_critic` is Q_2. A critic of your own
    gets a twin of the same layers, each weight matrix with the same numbers in another order.
    """

    ALGORITHM: ClassVar[Literal["ddpg", "td3"]] = "td3"
    NETWORKS: ClassVar[tuple[str, ...]] = (*DDPG.NETWORKS, "second_critic", "target_second_critic")

    @property
    def critics(self):
        """Q_1 and Q_2."""
        return self.critic, self.second_critic

    @property
    def target_critics(self):
        """Q'_1 and Q'_2."""
        return self.target_critic, self.target_second_critic

    @property
    def actor_period(self):
        """d, the policy delay."""
        return self.config.policy_delay

    def one_update(self, batch: Batch) -> dict[str, tf.Tensor]:
        """The inner loop of algorithm 1, on a batch of N transitions that has its discounts."""
        rewards = self.config.reward_scale * batch.rewards
        next_observations = batch.next_observations
        # a' = mu'(s') + e,  e ~ clip(N(0, sigma), -c, c)
        next_actions = self._smoothed(self.target_actor(next_observations, training=False))
        # y = r + gamma min_i Q'_i(s', a')
        q1, q2 = self.target_values(next_observations, next_actions)
        targets = td3_targets(rewards, batch.terminated, q1, q2, batch.discounts)
        # the critics: minimise 1/N sum (y - Q_i(s, a))^2, both
        critic_loss, q = self._update_critics(batch.observations, batch.actions, targets)
        # if t mod d:  the actor ascends 1/N sum dQ_1/da da/dtheta, and the targets follow
        due = (self.updates + 1) % self.actor_period == 0
        actor_loss = self._actor_step(batch.observations, due)()
        self._update_targets(due)
        return {"critic_loss": critic_loss, "actor_loss": actor_loss, "q": q}

    def target_noise(self, actions: tf.Tensor) -> tf.Tensor:
        """e before it is clipped, [B, act_dim], in half ranges: what the next update will draw.

        actions: [B, act_dim], for their shape and precision. A function of seed and update, in
        every execution mode, since the generator is stateless.
        """
        seed = tf.stack([self._noise_seed, self.updates])
        return self.config.target_noise_sigma * tf.random.stateless_normal(
            tf.shape(actions), seed=seed, dtype=actions.dtype, alg="philox"
        )

    def _smoothed(self, actions):
        """The target actions with clipped noise on them."""
        noise, clip = self.target_noise(actions), self.config.target_noise_clip
        return smoothed_actions(actions, noise, clip, self.action_low, self.action_high)

    def _build_networks(self, actor, critic, seeds):
        super()._build_networks(actor, critic, seeds)
        twin_seed, noise_seed = seeds[2:]
        own = critic is not None
        self.second_critic = reordered(critic, twin_seed) if own else self._new_critic(twin_seed)
        self.target_second_critic = clone(self.second_critic)
        self._noise_seed = tf.constant(noise_seed, tf.int64)


def reordered(model: keras.Model, seed: int) -> keras.Model:
    """A copy of `model` whose weight matrices hold the same numbers in another order."""
    twin = clone(model)
    generator = np.random.default_rng(seed)
    for variable in twin.trainable_variables:
        if len(variable.shape) >= 2:
            values = variable.value.numpy()
            variable.assign(generator.permutation(values.ravel()).reshape(values.shape))
    return twin
