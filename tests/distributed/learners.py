"""One of the workers that `test_learners.py` starts: learns with the others, and the same alone.

What it tells is judged there.
"""

import dataclasses
import sys

import numpy as np

from ddpg_tf.batch import Batch
from ddpg_tf.config import DDPGConfig
from ddpg_tf.distributed.child import obey
from ddpg_tf.distributed.cluster import cluster_of_environment
from ddpg_tf.startup import import_tensorflow_quietly


def learn(order: dict, parent) -> None:
    """Learn as each case of the order says; tell how far apart together and alone are."""
    import_tensorflow_quietly()
    from ddpg_tf.distributed.collectives import Workers

    workers = Workers(cluster_of_environment())
    for fields in order["cases"]:
        config = DDPGConfig(**fields, workers=workers.count, batch_size=8, hidden_sizes=(8,))
        together, alone = learned(config, workers)
        parent.tell({"worker": workers.index, "case": fields, "apart": furthest(together, alone)})
    parent.tell(
        {"worker": workers.index, "warning": warning_after_a_disturbance(together, workers)}
    )
    workers.wait()


def learned(config, workers):
    """An agent that learned together with all others, and one that learned the same alone."""
    import gymnasium as gym
    import tensorflow as tf

    from ddpg_tf.agents import make_agent
    from ddpg_tf.distributed.agent import averaging
    from ddpg_tf.distributed.worker import worker_config

    spaces = gym.spaces.Box(-9, 9, (3,)), gym.spaces.Box(-1, 1, (2,))
    together = averaging(config.algorithm, workers)(*spaces, worker_config(config, workers.index))
    alone = make_agent(*spaces, dataclasses.replace(config, workers=1))
    share = config.batch_size // workers.count
    own = slice(workers.index * share, (workers.index + 1) * share)
    for seed in range(2):
        batch = random_batches(seed, updates=2, size=config.batch_size)
        # the first worker observes one row, the second two, ...
        rows = [batch["observations"][0, : index + 1] for index in range(workers.count)]
        together.observe(rows[workers.index])
        alone.observe(np.concatenate(rows))
        together.learn({name: array[:, own] for name, array in batch.items()})
        for name in ("observations", "next_observations"):
            batch[name] = np.float32(alone.normalized(batch[name]))
        for update in range(2):
            rows = {name: tf.constant(array[update]) for name, array in batch.items()}
            alone.one_update(Batch(**rows, discounts=tf.fill([8], config.gamma)))
    together.check_synced(4)
    return together, alone


def random_batches(seed: int, updates: int, size: int) -> dict[str, np.ndarray]:
    """Draw batches [updates, size, ...], the same for all workers."""
    generator = np.random.default_rng(seed)
    shape = updates, size
    batch = {
        "observations": generator.normal(size=(*shape, 3)),
        "actions": generator.uniform(-1, 1, size=(*shape, 2)),
        "rewards": generator.normal(size=shape),
        "next_observations": generator.normal(size=(*shape, 3)),
        "terminated": generator.random(shape) < 0.3,
    }
    return {name: np.float32(array) for name, array in batch.items()}


def furthest(one, other) -> float:
    """The largest difference between any two numbers that both agents have learned."""
    from ddpg_tf.agents.checkpoint import agent_state

    pairs = [
        (weight.value.numpy(), twin.value.numpy())
        for name in one.networks
        for weight, twin in zip(
            one.networks[name].weights, other.networks[name].weights, strict=True
        )
    ]
    states = agent_state(one), agent_state(other)
    pairs += [(states[0][name], states[1][name]) for name in states[1]]
    return max(float(np.abs(first - second).max()) for first, second in pairs)


def warning_after_a_disturbance(agent, workers) -> str:
    """What the check says after worker 1 alone changed one weight to the next number."""
    bias = agent.critic.weights[-1]
    if workers.index == 1:
        bias.assign(np.nextafter(bias.value.numpy(), np.float32(1)))
    try:
        agent.check_synced(1234)
    except FloatingPointError as error:
        return str(error)
    return "nothing"


if __name__ == "__main__":
    sys.exit(obey(learn))
