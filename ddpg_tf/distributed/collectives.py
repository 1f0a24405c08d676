"""Operations that all workers take part in, on `tf.distribute.MultiWorkerMirroredStrategy`.

The strategy's usual way mirrors every variable and lets Keras's optimisers reduce the gradients.
Here only its all-reduce is used: variables, networks and optimisers stay ordinary ones that know
nothing of other workers. `average` is the one place where the workers' updates meet.

Every worker must call the same functions in the same order.
"""

import re
import signal
from contextlib import contextmanager

import numpy as np
import tensorflow as tf

from ddpg_tf.distributed.cluster import Cluster


class Workers:
    """All workers, seen from the one that this process is.

    To be made before TensorFlow has run anything; waits until all workers are there.
    Raises RuntimeError if it is too late.
    """

    def __init__(self, cluster: Cluster):
        self.index, self.count = cluster.index, len(cluster.addresses)
        self.is_chief = cluster.is_chief
        with interruptible():
            self._strategy = tf.distribute.MultiWorkerMirroredStrategy()
        self._gather = tf.function(self.gather_in_graph, reduce_retracing=True)
        self._mean = tf.function(self.average, reduce_retracing=True)

    def average(self, tensors):
        """The mean over all workers of each tensor in a structure. In a `tf.function`."""
        return self._all_reduce(tf.distribute.ReduceOp.MEAN, tensors)

    def mean(self, arrays: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
        """The mean over all workers of each array."""
        means = self._mean({name: tf.constant(array) for name, array in arrays.items()})
        return {name: mean.numpy() for name, mean in means.items()}

    def copy_from_chief(self, variables: list[tf.Variable]) -> None:
        """Give `variables`, of a floating type, the values of the chief's."""

        @tf.function
        def chiefs():
            # all others contribute zero to the sum
            contribution = tf.identity if self.is_chief else tf.zeros_like
            own = [contribution(tf.cast(variable, tf.float64)) for variable in variables]
            return self._all_reduce(tf.distribute.ReduceOp.SUM, own)

        for variable, value in zip(variables, chiefs(), strict=True):
            variable.assign(tf.cast(value, variable.dtype))

    def gather(self, rows: np.ndarray) -> tf.Tensor:
        """The rows [n, ...] of all workers in one tensor; n may differ from worker to worker."""
        return self._gather(tf.constant(rows))

    def wait(self) -> None:
        """Wait until all workers have called this."""
        self.gather(np.zeros(1, np.int32))

    def gather_in_graph(self, rows: tf.Tensor) -> tf.Tensor:
        """The rows [n, ...] of all workers. In a `tf.function`."""

        def gather(rows):
            return tf.distribute.get_replica_context().all_gather(tf.identity(rows), axis=0)

        return self._strategy.run(gather, args=(rows,))

    def _all_reduce(self, operation, structure):
        def reduce(tensors):
            # copies, for TensorFlow wants to know a device for each tensor
            copies = [tf.identity(tensor) for tensor in tensors]
            return tf.distribute.get_replica_context().all_reduce(operation, copies)

        tensors = tf.nest.flatten(structure)
        return tf.nest.pack_sequence_as(structure, self._strategy.run(reduce, args=(tensors,)))


@contextmanager
def interruptible():
    """Let Ctrl-C end the process inside, where Python's own handler would have to wait.

    Afterwards SIGTERM ends it too: TensorFlow puts a handler there that only takes a note.
    """
    handler = signal.signal(signal.SIGINT, signal.SIG_DFL)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, handler)
        signal.signal(signal.SIGTERM, signal.SIG_DFL)


LOSSES = (
    tf.errors.AbortedError,
    tf.errors.CancelledError,
    tf.errors.DeadlineExceededError,
    tf.errors.FailedPreconditionError,
    tf.errors.UnavailableError,
)
"""The errors of a collective operation when a worker is lost."""


@contextmanager
def losses_in_one_line():
    """Raise ConnectionError, with TensorFlow's reason, where another worker is lost."""
    try:
        yield
    except LOSSES as error:
        aborted = re.search(r"aborted by: *(.*)", error.message)
        reason = aborted[1] if aborted else error.message.strip().partition("\n")[0]
        raise ConnectionError(
            f"another worker is gone ({reason.rstrip(':')}), which ends the run; "
            "what was saved before is intact"
        ) from error
