"""DDPG with one defect of a published system, a class for each.

Two defects need no class, since a config can have them: `exploration="none"` and
`update_order="together"`. The docstrings say where a defect stands in the published code, and
`ddpg_tf/presets` which version was read.
"""

import gymnasium as gym
import tensorflow as tf

from ddpg_tf import DDPG
from ddpg_tf.agents.optimisation import build_optimizer
from ddpg_tf.networks.build import actor_for


class TargetsThatLearn(DDPG):
    """The critic's optimiser trains every network that its loss depends on: the targets too.

    ahoereth/ddpg, src/ddpg.py:212-219: `minimize` without a list of variables. Nothing in
    y = r + gamma Q'(s', mu'(s')) stops the gradient there, so that y moves towards Q as well.
    """

    def __init__(self, *arguments, **options):
        super().__init__(*arguments, **options)
        trained = self.critic, self.target_critic, self.target_actor
        self.trained = [v for network in trained for v in network.trainable_variables]
        self.critic_optimizer = build_optimizer(self.config, self.config.critic_learning_rate, 1)
        self.critic_optimizer.build(self.trained)

    def one_update(self, batch):
        with tf.GradientTape() as tape:
            next_actions = self.target_actor(batch.next_observations)
            next_values = self.target_critic([batch.next_observations, next_actions])[:, 0]
            targets = batch.rewards + self.config.gamma * (1 - batch.terminated) * next_values
            q = self.critic([batch.observations, batch.actions])[:, 0]
            loss = tf.reduce_mean(tf.square(targets - q))
        gradients = tape.gradient(loss, [variable.value for variable in self.trained])
        self.apply_gradients(self.critic_optimizer, gradients, self.trained)
        actor_loss = self._actor_step(batch.observations)()
        self._update_targets()
        return {"critic_loss": loss, "actor_loss": actor_loss, "q": tf.reduce_mean(q)}


class TargetsApart(DDPG):
    """Both target networks start as other random networks, not as copies.

    pemami4911/deep-rl, ddpg/ddpg.py:262-264, makes a soft update where a copy was meant;
    ahoereth/ddpg, src/ddpg.py:121-125, draws the copy and never runs it; yanpanlau/
    DDPG-Keras-Torcs, ActorNetwork.py:25-26 and CriticNetwork.py:27-28, has none. In
    cyoon1729/Policy-Gradient-Methods, ddpg/ddpg.py:29-34, it is the target actor alone.
    """

    def _build_networks(self, actor, critic, seeds):
        super()._build_networks(actor, critic, seeds)
        bounds = self.action_low, self.action_high
        self.target_actor = actor_for(self.config, self.observation_size, *bounds, seeds[2])
        self.target_critic = self._new_critic(seeds[3])


class TargetsAStepBehind(DDPG):
    """The soft updates take the online weights as they were before this update's steps.

    keras-rl, rl/agents/ddpg.py:119-123 and 139-149: the soft update of a target is one more update
    of the function that trains its network, and nothing orders the two. This is the order in which
    the targets fall behind.
    """

    def _update_critics(self, observations, actions, targets):
        super()._update_targets()
        return super()._update_critics(observations, actions, targets)

    def _update_targets(self, due=True):
        """Already done."""


class NoTerminalMask(DDPG):
    """An episode's last state is given a future: y = r + gamma Q'(s', mu'(s')) there too.

    Skylark0924/Machine-Learning-is-ALL-You-Need, RL_DDPG/18DDPG.py:92-93 and 126-127;
    cyoon1729/Policy-Gradient-Methods, ddpg/ddpg.py:57-62, where the mask is sampled and not used.
    """

    def one_update(self, batch):
        return super().one_update(batch._replace(terminated=tf.zeros_like(batch.terminated)))


class GradientSummed(DDPG):
    """The actor's gradient is the sum over the batch, N times the mean.

    yanpanlau/DDPG-Keras-Torcs, ActorNetwork.py:28-30; ahoereth/ddpg, src/ddpg.py:230-236.
    """

    def apply_gradients(self, optimizer, gradients, variables):
        if optimizer is self.actor_optimizer:
            gradients = [self.config.batch_size * gradient for gradient in gradients]
        super().apply_gradients(optimizer, gradients, variables)


class HalfOfTheRange(DDPG):
    """Actions reach half of their range only.

    Skylark0924/Machine-Learning-is-ALL-You-Need, RL_DDPG/18DDPG.py:22 and 68-71;
    cyoon1729/Policy-Gradient-Methods, ddpg/models.py:43: a tanh goes to Pendulum, whose torques
    reach from -2 to 2, as it is.
    """

    def __init__(self, observation_space, action_space, *arguments, **options):
        half = gym.spaces.Box(action_space.low / 2, action_space.high / 2)
        super().__init__(observation_space, half, *arguments, **options)
