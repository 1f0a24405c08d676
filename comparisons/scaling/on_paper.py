"""What an update computes and what it sends, on paper: counted from the networks' own sizes."""

import math

import keras
import numpy as np

from ddpg_tf.config import DDPGConfig
from ddpg_tf.networks.build import build_actor, build_critic

FLOAT = 4
"""Bytes of a float32."""


def update_sizes(config: DDPGConfig, observation_size: int, action_size: int) -> dict[str, float]:
    """The multiplications and additions of an update, and the bytes that it may send.

    flops: of the matrix products of an update on B transitions. gradient_bytes: all gradients, what
    each worker gives to the all-reduces. batch_bytes: the B transitions of the update's batch.
    transition_bytes: one of them. replay_bytes: a full replay buffer.
    """
    bounds = -np.ones(action_size, np.float32), np.ones(action_size, np.float32)
    shared = config.hidden_sizes, config.normalization
    actor = build_actor(observation_size, *bounds, *shared, 0)
    critic = build_critic(observation_size, action_size, *shared, config.action_layer, 0)
    parameters = sum(math.prod(v.shape) for q in (actor, critic) for v in q.trainable_variables)
    # actor: forward in the target, then forward and two products backward; critic: the same, and
    # forward and one backward for the actor's update. Nothing is differentiated by observations.
    products = passes(actor, 4) + passes(critic, 6)
    transition_bytes = FLOAT * (2 * observation_size + action_size + 2)
    return {
        "flops": 2 * config.batch_size * products,
        "gradient_bytes": FLOAT * parameters,
        "transition_bytes": transition_bytes,
        "batch_bytes": transition_bytes * config.batch_size,
        "replay_bytes": transition_bytes * config.buffer_size,
    }


def passes(network: keras.Model, number: int) -> int:
    """The kernels' numbers in that many passes, the first layer's in one less."""
    kernels = [math.prod(v.shape) for v in network.trainable_variables if len(v.shape) == 2]
    return number * sum(kernels) - kernels[0]


def ring_bytes(size: float, workers: int) -> float:
    """The bytes that each of N workers sends to all-reduce `size` bytes round a ring.

    Each worker's N-th part travels round twice, once to be summed and once to be passed on:
    2 (N - 1) messages of size / N.
    """
    return 2 * (workers - 1) * size / workers


def link_of(small: dict, large: dict) -> dict[str, float]:
    """What a message between two workers costs: `hop` seconds, and `seconds_per_byte`.

    From two measured cases with gradients of different sizes. An update has two all-reduces, the
    critic's and the actor's, each of two messages between two workers: four hops, and all bytes.
    """
    sizes = [case["sizes"]["gradient_bytes"] for case in (small, large)]
    times = [case["seconds"]["all_reduce"] for case in (small, large)]
    per_byte = max(times[1] - times[0], 0) / (sizes[1] - sizes[0])
    return {"hop": max(times[0] - sizes[0] * per_byte, 0) / 4, "seconds_per_byte": per_byte}


def all_reduce_seconds(gradient_bytes: float, workers: int, link: dict) -> float:
    """The seconds that N workers need to average an update's gradients round a ring.

    Two all-reduces, each of 2 (N - 1) messages that wait for one another.
    """
    sent = ring_bytes(gradient_bytes, workers)
    return 4 * (workers - 1) * link["hop"] + sent * link["seconds_per_byte"]


def update_seconds(case: dict, workers: int, link: dict) -> float:
    """The seconds of an update on the same B transitions, shared by N workers.

    Computing is assumed to shrink to its N-th part, more than it does with a handful of rows.
    """
    compute = case["seconds"]["graph"] / workers
    return compute + all_reduce_seconds(case["sizes"]["gradient_bytes"], workers, link)


def fastest(case: dict, link: dict) -> int:
    """The number of workers, at most one for each transition, with the fastest update."""
    return min(range(1, case["batch_size"] + 1), key=lambda n: update_seconds(case, n, link))
