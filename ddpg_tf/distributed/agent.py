"""The agents of `ddpg_tf/agents`, with gradients averaged over all workers."""

import hashlib
from collections.abc import Callable

import keras
import numpy as np
import tensorflow as tf

from ddpg_tf.agents import AGENTS, DDPG
from ddpg_tf.agents.normalisation import ReturnMoments
from ddpg_tf.batch import Batch
from ddpg_tf.distributed.collectives import Workers
from ddpg_tf.strategies import Strategy
from ddpg_tf.strategies.fence import fence
from ddpg_tf.strategies.tensors import Actor, Critic

CHECK_EVERY = 500
"""Updates from one check that all workers have the same weights to the next."""


class StepOutside(Strategy):
    """Another strategy's gradient, but the optimiser's step is always taken as in `Strategy`.

    `get_updates` draws gradient and step in a graph by hand, and that graph cannot hold an
    operation that waits for other workers.
    """

    name = "step_outside"

    def __init__(self, strategy: Strategy):
        super().__init__(strategy.action_gradient_transform, strategy.apply)
        self.strategy = strategy

    def loss_and_gradients(
        self, actor: Actor, critic: Critic, observations: tf.Tensor
    ) -> tuple[tf.Tensor, list[tf.Tensor]]:
        return self.strategy.loss_and_gradients(actor, critic, observations)

    def check(self, actor: Actor, batch_size: int, act_dim: int) -> None:
        self.strategy.check(actor, batch_size, act_dim)


class SharedReturnMoments(ReturnMoments):
    """The moments of all workers' targets."""

    def __init__(self, workers: Workers):
        super().__init__()
        self._workers = workers

    def update(self, targets: tf.Tensor) -> None:
        """Include the targets [B / N] of every worker."""
        super().update(self._workers.gather_in_graph(targets))


class Averaging:
    """Makes an agent one of several that make equal updates; mixed in before the agent's class.

    workers: set by `averaging`.
    """

    workers: Workers

    def __init__(self, *arguments, **options):
        super().__init__(*arguments, **options)
        self.strategy = StepOutside(self.strategy)
        if self.return_moments is not None:
            self.return_scale.moments = SharedReturnMoments(self.workers)
        self.observed = []
        self.next_check = 0
        self.workers.copy_from_chief(self.shared_variables())

    def apply_gradients(
        self,
        optimizer: keras.optimizers.Optimizer,
        gradients: list[tf.Tensor],
        variables: list[keras.Variable],
    ) -> None:
        """Take one optimiser step with the gradients' mean over all workers, the same on each.

        The mean of N gradients, each a mean over B / N transitions, is the gradient of all B.
        Whatever the optimiser does with it, such as clipping its norm, it does as with one worker.
        """
        means = self.workers.average(fence(gradients))
        optimizer.apply(means, variables)

    def shared_variables(self) -> list[tf.Variable]:
        """All that must be equal on all workers: weights, moments and the optimisers' state.

        Only those of a floating type: each worker has its own counts and random generators' states.
        """
        weights = [weight.value for network in self.networks.values() for weight in network.weights]
        return [v for v in (*weights, *self.variables().values()) if v.dtype.is_floating]

    def observe(self, observations: np.ndarray) -> None:
        """Keep observations [n, obs_dim] until `learn` shares them with all workers."""
        if self.observation_moments is not None:
            self.observed.append(observations)

    def learn_then_act(self, batches: Batch) -> tuple[dict[str, np.ndarray], Callable]:
        """Make K updates together; each metric's means over all workers, [K], and the policy."""
        if self.observed:
            rows = np.concatenate(self.observed).astype(np.float64)
            self.observation_moments.update(self.workers.gather(rows).numpy())
            self.observed = []
        metrics, policy = super().learn_then_act(batches)
        metrics = self.workers.mean(metrics)
        updates = int(self.updates.numpy())
        if updates >= self.next_check:
            self.check_synced(updates)
            self.next_check = updates + CHECK_EVERY
        return metrics, policy

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

    def one_update(self, batch: Batch) -> dict[str, tf.Tensor]:
        """Make one update; then average batch norm's moments, which followed each worker's batch.

        A soft update is linear, so that averaging the targets' moments after it changes nothing.
        """
        metrics = super().one_update(batch)
        moments = [
            weight.value
            for network in self.networks.values()
            for weight in network.non_trainable_weights
            if weight.value.dtype.is_floating
        ]
        if moments:
            means = self.workers.average([tf.identity(own) for own in moments])
            for own, mean in zip(moments, means, strict=True):
                own.assign(mean)
        return metrics


def averaging(algorithm: str, workers: Workers) -> type[DDPG]:
    """The class of the agents of `algorithm` that learn together with `workers`."""
    agent_class = AGENTS[algorithm]
    return type(f"Averaging{agent_class.__name__}", (Averaging, agent_class), {"workers": workers})
