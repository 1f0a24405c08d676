"""Updates without `tf.function`: a few of them are made sooner than one is traced."""

import numpy as np
import tensorflow as tf

from ddpg_tf import DDPG


def eager(agent: DDPG) -> DDPG:
    """Return the agent, whose updates are made one operation after the other from now on.

    For tests of what an update computes: `test_program.py` holds that tracing changes no bit.
    """

    def program(batches):
        rows = [
            batches.map(lambda field, k=k: tf.constant(field[k], tf.float32))
            for k in range(len(batches.rewards))
        ]
        found = [agent.one_update(row) for row in rows]
        metrics = {name: np.stack([each[name] for each in found]) for name in found[0]}
        return metrics, [weight.numpy() for weight in agent._policy.variables]

    agent._program = program
    return agent
