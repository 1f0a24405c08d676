"""A variant of DDPG with batch norm, to see what it would do."""

from ddpg_tf import DDPG


class TargetsByMovingMoments(DDPG):
    """An agent whose target critics normalise next states by moving moments, in inference mode."""

    def target_values(self, observations, actions):
        """As in DDPG, but for the normalisation."""
        return [self.value(critic, observations, actions) for critic in self.target_critics]
