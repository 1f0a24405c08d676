"""Adaptive noise on the actor's weights (Plappert et al. 2018, arXiv 1706.01905).

Noise on actions differs each time a state comes again; an actor with perturbed weights does the
same thing in the same state for a whole episode. How far its actions are from the original actor's
cannot be set directly, as it depends on the weights; so sigma, the standard deviation of the noise
on the weights, is adapted until the actions differ as much as is wanted.
"""

from collections.abc import Callable, Mapping

import keras
import numpy as np

from ddpg_tf.exploration.noise import annealed_sigma
from ddpg_tf.networks.clone import clone
from ddpg_tf.networks.policy import policy_of

NORMALIZATION_LAYERS = (
    keras.layers.BatchNormalization,
    keras.layers.LayerNormalization,
    keras.layers.GroupNormalization,
)


class ParameterNoise:
    """An explorer: one noisy copy of the actor for each environment, renewed with each episode.

    sigma is adapted after every `parameter_noise_adapt_every` updates, by means of another noisy
    copy of the latest actor: it is divided by `parameter_noise_factor` if that copy's actions are
    further from the actor's than noise_sigma, and multiplied by it if they are not (section 3,
    "adaptive noise scaling").
    """

    def __init__(self, agent, generator: np.random.Generator):
        self._agent = agent
        self.config = agent.config
        self.generator = generator
        self.sigma = self.config.noise_sigma
        self.updates_since_adaptation = 0
        self.copies = [clone(agent.actor) for _ in range(self.config.num_envs)]
        self.adaptive_copy = clone(agent.actor)
        self.players = [
            policy_of(copy, len(agent.observation_shape))
            for copy in (*self.copies, self.adaptive_copy)
        ]
        self.policies: list = [None] * self.config.num_envs
        self.begin_episodes(range(self.config.num_envs))

    def actions(self, observations: np.ndarray, step: int) -> np.ndarray:
        """Actions [n, act_dim] for observations [n, obs_dim], each by its own actor."""
        pairs = zip(self.policies, observations, strict=True)
        return np.stack([policy(observation) for policy, observation in pairs])

    def metrics(self, step: int) -> dict[str, float]:
        """The present standard deviation of the noise on the weights, by name."""
        return {"parameter_noise_std": self.sigma}

    def begin_episodes(self, indices: np.ndarray) -> None:
        """Renew the noisy actors of the environments `indices`."""
        for index in indices:
            self.perturb(self.copies[index])
            self.follow(index)

    def agent_updated(
        self, policy: Callable, observations: np.ndarray, updates: int, step: int
    ) -> None:
        """Adapt sigma if it is time, judged by replayed observations [B, obs_dim].

        policy: the agent's new one.
        """
        self.updates_since_adaptation += updates
        if self.updates_since_adaptation < self.config.parameter_noise_adapt_every:
            return
        self.updates_since_adaptation = 0
        self.perturb(self.adaptive_copy)
        too_far = self.distance(policy, observations) > annealed_sigma(self.config, step)
        factor = self.config.parameter_noise_factor
        self.sigma = self.sigma / factor if too_far else self.sigma * factor

    def distance(self, policy: Callable, observations: np.ndarray) -> float:
        """d = sqrt(mean((mu(s) - mu~(s))^2)), in half ranges (section 3, equation 2)."""
        agent = self._agent
        noisy = agent.policy(self.players[-1].snapshot())
        half_ranges = (agent.action_high - agent.action_low) / 2
        difference = (noisy(observations) - policy(observations)) / half_ranges
        return float(np.sqrt(np.mean(np.square(difference))))

    def perturb(self, copy: keras.Model) -> None:
        """Give `copy` the actor's present weights plus noise; normalisation layers get none."""
        copy.set_weights(self._agent.actor.get_weights())
        for variable in perturbable(copy):
            noise = self.generator.normal(scale=self.sigma, size=variable.shape)
            variable.assign_add(noise.astype(variable.dtype))

    def follow(self, index: int) -> None:
        """Let environment `index` act with the present weights of its noisy copy."""
        self.policies[index] = self._agent.policy(self.players[index].snapshot())

    def state(self) -> dict[str, np.ndarray]:
        """All that `restore` needs besides agent and generator."""
        state = {
            "sigma": np.array(self.sigma),
            "updates_since_adaptation": np.array(self.updates_since_adaptation),
        }
        for index, copy in enumerate(self.copies):
            for place, values in enumerate(copy.get_weights()):
                state[f"copy_{index}/{place}"] = values
        return state

    def restore(self, state: Mapping[str, np.ndarray]) -> None:
        """Continue from a `state()`."""
        self.sigma = float(state["sigma"])
        self.updates_since_adaptation = int(state["updates_since_adaptation"])
        for index, copy in enumerate(self.copies):
            places = range(len(copy.weights))
            copy.set_weights([state[f"copy_{index}/{place}"] for place in places])
            self.follow(index)


def perturbable(model: keras.Model) -> list[keras.Variable]:
    """The trainable weights of all layers except those that normalise (section 3)."""
    spared = {
        id(variable)
        for layer in model._flatten_layers(include_self=False)
        if isinstance(layer, NORMALIZATION_LAYERS)
        for variable in layer.trainable_variables
    }
    return [variable for variable in model.trainable_variables if id(variable) not in spared]
