"""n-step returns: the rewards of several steps before a value is relied on.

    y  =  r_0 + gamma r_1 + ... + gamma^(n-1) r_(n-1)  +  gamma^n Q'(s_n, mu'(s_n))

A reward far away reaches a target n times as soon. In return, the steps between were made by an
older, noisier policy than the one that is being judged, which the target does not know.
"""

from collections import deque
from collections.abc import Iterator, Sequence

import numpy as np

from ddpg_tf.batch import Batch
from ddpg_tf.environments.vector import Transitions


class NStepReturns:
    """Joins transitions of one step to transitions of n, in each environment by itself.

    A transition waits until the n - 1 that follow it are known. At the end of an episode those that
    wait are joined to what there is: where the task ended (terminated), nothing is worth anything
    after it; where a time limit cut the episode off (truncated), the value of its last observation
    counts, m <= n steps away.
    """

    def __init__(self, n: int, gamma: float, environments: int):
        self.n = n
        self.gamma = gamma
        self.waiting: list[deque[Batch]] = [deque() for _ in range(environments)]

    def __call__(self, transitions: Transitions) -> Batch | None:
        """Those that are complete with this step, the oldest of an environment first, if any."""
        if self.n == 1:
            return transitions.batch
        over = transitions.batch.terminated | transitions.truncated
        batch = transitions.batch._replace(discounts=np.full(len(over), self.gamma))
        rows = map(Batch._make, zip(*batch, strict=True))
        complete = [
            joined
            for index, row, ended in zip(transitions.indices, rows, over, strict=True)
            for joined in self.joined(self.waiting[index], row, ended)
        ]
        return Batch(*map(np.stack, zip(*complete, strict=True))) if complete else None

    def joined(self, waiting: deque[Batch], row: Batch, ended: bool) -> Iterator[Batch]:
        """What is complete when `row` follows those that wait in its environment."""
        waiting.append(row)
        while waiting and (ended or len(waiting) == self.n):
            yield join(waiting)
            waiting.popleft()


def join(rows: Sequence[Batch]) -> Batch:
    """One transition in place of several in succession, from the first's s to the last's s'."""
    first, last = rows[0], rows[-1]
    reward, discount = 0.0, 1.0
    for row in rows:
        reward += discount * float(row.rewards)
        discount *= float(row.discounts)
    return first._replace(
        rewards=np.float32(reward),
        next_observations=last.next_observations,
        terminated=last.terminated,
        discounts=np.float32(discount),
    )
