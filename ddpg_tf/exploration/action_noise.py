"""How a policy is made to try something new: noise on its actions, or on its weights.

An explorer chooses the actions of n environments; the training loop tells it which episodes begin
and when the learner has been at work.
"""

import numpy as np

from ddpg_tf.exploration.noise import annealed_sigma, build_noise


class ActionNoise:
    """mu(s) plus a sample of `exploration.py`'s process."""

    def __init__(self, agent, generator: np.random.Generator):
        self.agent = agent
        self.config = agent.config
        self.noise = build_noise(self.config, len(agent.action_low), generator)
        self.policy = agent.policy()

    def actions(self, observations, step: int) -> np.ndarray:
        """Return actions [n, act_dim] for observations [n, obs_dim], within the action space."""
        low, high = self.agent.action_low, self.agent.action_high
        noise = self.noise(self.scale(step)) * (high - low) / 2
        return np.clip(self.policy(observations) + noise, low, high).astype(np.float32)

    def scale(self, step: int) -> float:
        """Return sigma at `step`."""
        return annealed_sigma(self.config, step)

    def episodes_begin(self, indices) -> None:
        """Begin anew in the environments `indices`, before their first action."""
        self.noise.reset(indices)

    def learned(self, observations, updates: int, step: int) -> None:
        """Follow the agent's new weights. observations [B, obs_dim] and updates are not needed."""
        self.policy = self.agent.policy()

    def state(self) -> dict[str, np.ndarray]:
        """Return what `restore` needs besides agent and generator."""
        return self.noise.state()

    def restore(self, state) -> None:
        """Go on from a `state()`, with an agent whose weights are restored."""
        self.noise.restore(state)
        self.policy = self.agent.policy()
