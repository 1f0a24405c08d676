"""Exploration by noise on the actions."""

from collections.abc import Callable, Mapping

import numpy as np

from ddpg_tf.exploration.noise import annealed_sigma, build_noise


class ActionNoise:
    """mu(s) plus a sample of one of the processes in `noise.py`, in the units of noise_units."""

    def __init__(self, agent, generator: np.random.Generator):
        self._agent = agent
        self.config = agent.config
        self.noise = build_noise(self.config, agent.action_size, generator)
        low, high = agent.action_low, agent.action_high
        in_half_ranges = self.config.noise_units == "half_ranges"
        self.origin, self.unit = ((high + low) / 2, (high - low) / 2) if in_half_ranges else (0, 1)
        self.policy = agent.policy()

    def actions(self, observations: np.ndarray, step: int) -> np.ndarray:
        """Noisy actions [n, act_dim] for observations [n, obs_dim], within the action space."""
        actions = self.policy(observations)
        sigma = annealed_sigma(self.config, step)
        noise = self.unit * self.noise(sigma, (actions - self.origin) / self.unit)
        low, high = self._agent.action_low, self._agent.action_high
        return np.clip(actions + noise, low, high).astype(np.float32)

    def metrics(self, step: int) -> dict[str, float]:
        """The scale of the noise at `step`, under a name of its own for each kind of process.

        The mean over the components of the action.
        """
        if self.noise.scale_metric is None:
            return {}
        return {self.noise.scale_metric: float(np.mean(annealed_sigma(self.config, step)))}

    def begin_episodes(self, indices: np.ndarray) -> None:
        """Reset the noise of the environments `indices`, before the first action of an episode."""
        self.noise.reset(indices)

    def agent_updated(
        self, policy: Callable, observations: np.ndarray, updates: int, step: int
    ) -> None:
        """Act with the agent's new policy from now on; how it was updated does not matter here."""
        self.policy = policy

    def state(self) -> dict[str, np.ndarray]:
        """All that `restore` needs besides agent and generator."""
        return self.noise.state()

    def restore(self, state: Mapping[str, np.ndarray]) -> None:
        """Continue from a `state()`, with an agent whose weights are restored."""
        self.noise.restore(state)
        self.policy = self._agent.policy()
