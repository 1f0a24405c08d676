"""The agents of `ddpg_tf/agents`, with gradients averaged over all workers."""

import hashlib
from functools import partial

import numpy as np
import tensorflow as tf

from ddpg_tf.agents.ddpg import DDPG
from ddpg_tf.agents.normalisation import ReturnMoments
from ddpg_tf.agents.td3 import TD3
from ddpg_tf.distributed.collectives import Workers
from ddpg_tf.strategies import Strategy

CHECK_EVERY = 500
"""Updates from one check that all workers have the same weights to the next."""


class AveragingOptimizer:
    """A Keras optimiser that averages the gradients over all workers before it applies them.

    The mean of N gradients, each a mean over B / N transitions, is the gradient of all B. What the
    optimiser does with it, such as clipping its norm, it does as if there were one worker.
    """

    def __init__(self, optimizer, workers: Workers):
        self._optimizer = optimizer
        self._workers = workers

    def apply(self, gradients, variables) -> None:
        """Take the step for the mean gradients, the same on all workers."""
        self._optimizer.apply(self._workers.average(list(gradients)), variables)

    def __getattr__(self, name):
        return getattr(self._optimizer, name)


class SharedReturnMoments(ReturnMoments):
    """Moments of the targets of all workers."""

    def __init__(self, workers: Workers):
        super().__init__()
        self._workers = workers

    def update(self, targets) -> None:
        """Take in the targets [B / N] of every worker."""
        super().update(self._workers.gather_in_graph(targets))


class Averaging:
    """What makes an agent one of several that learn the same; to be mixed in before its class.

    workers: set by `averaging`.
    """

    workers: Workers

    def __init__(self, *arguments, **options):
        super().__init__(*arguments, **options)
        self.actor_optimizer = AveragingOptimizer(self.actor_optimizer, self.workers)
        self.critic_optimizer = AveragingOptimizer(self.critic_optimizer, self.workers)
        # the graph that get_updates draws by hand cannot hold an operation that waits for others:
        # the gradients are drawn there, and the step is taken outside, as in all other strategies
        self.strategy.update = partial(Strategy.update, self.strategy)
        if self.units.moments is not None:
            self.units.moments = SharedReturnMoments(self.workers)
        self.observed = []
        self.next_check = 0
        self.workers.copy_from_chief(self.shared_variables())

    def shared_variables(self) -> list[tf.Variable]:
        """Return what must be equal on all workers: all weights, moments and optimisers' state.

        Those of a floating type: a count, or the state of a random generator, is each one's own.
        """
        weights = [weight.value for network in self.networks.values() for weight in network.weights]
        return [v for v in (*weights, *self.variables().values()) if v.dtype.is_floating]

    def observe(self, observations) -> None:
        """Keep observations [n, obs_dim] until `learn` shows them to all workers."""
        if self.observation_moments is not None:
            self.observed.append(observations)

    def learn(self, batch) -> dict[str, np.ndarray]:
        """Make K updates together; return the means over all workers of what was measured, [K]."""
        if self.observed:
            rows = np.concatenate(self.observed).astype(np.float64)
            self.observation_moments.update(self.workers.gather(rows).numpy())
            self.observed = []
        measured = super().learn(batch)
        updates = int(self.updates.numpy())
        if updates >= self.next_check:
            self.check_synced(updates)
            self.next_check = updates + CHECK_EVERY
        return measured

    def check_synced(self, updates: int) -> None:
        """Raise FloatingPointError on every worker unless all hold the same bits.

        OpenAI Baselines' MpiAdam compares weights in the same way now and then.
        """
        digest = hashlib.sha256()
        for variable in self.shared_variables():
            digest.update(variable.numpy().tobytes())
        own = [self.workers.index, *np.frombuffer(digest.digest(), np.int32)]
        rows = self.workers.gather(np.int32([own])).numpy()
        digests = {int(index): tuple(digest) for index, *digest in rows}
        others = [index for index in digests if digests[index] != digests[0]]
        if others:
            raise FloatingPointError(
                f"the weights of worker {others[0]} differ from those of worker 0 after update "
                f"{updates}; do all run the same version on the same kind of processor?"
            )

    def step(self, batch) -> dict[str, tf.Tensor]:
        """Make one update; then average batch norm's moving moments, which followed own batches.

        A soft update is linear: averaging the targets' moments here is as good as before it.
        """
        measured = super().step(batch)
        moments = [
            weight.value
            for network in self.networks.values()
            for weight in network.non_trainable_weights
            if weight.value.dtype.is_floating
        ]
        if moments:
            means = self.workers.average([tf.identity(moment) for moment in moments])
            for moment, mean in zip(moments, means, strict=True):
                moment.assign(mean)
        return measured

    def _learn_batches(self, batches):
        return self.workers.average(super()._learn_batches(batches))


def averaging(algorithm: str, workers: Workers) -> type[DDPG]:
    """Return the class of the agents of `algorithm` that learn together with `workers`."""
    agent_class = {"ddpg": DDPG, "td3": TD3}[algorithm]
    return type(f"Averaging{agent_class.__name__}", (Averaging, agent_class), {"workers": workers})
