"""What an update computes and what it sends, on paper: counted from the networks' own sizes."""

import math
from collections.abc import Iterable

import keras
import numpy as np

from ddpg_tf.config import DDPGConfig
from ddpg_tf.networks.build import build_actor, build_critic

FLOAT = 4
"""Bytes of a float32."""


def update_sizes(config: DDPGConfig, observation_size: int, action_size: int) -> dict[str, float]:
    """The multiplications and additions of an update, and the bytes that it may send.

    flops: of the matrix products of an update on B transitions; with TD3, whose actor rests in some
    of them, of an update on average. gradient_bytes: all gradients, what
    each worker gives to the all-reduces. batch_bytes: the B transitions of the update's batch.
    transition_bytes: one of them. replay_bytes: a full replay buffer.
    """
    bounds = -np.ones(action_size, np.float32), np.ones(action_size, np.float32)
    shared = config.hidden_sizes, config.normalization
    actor = build_actor(observation_size, *bounds, *shared, 0)
    critic = build_critic(observation_size, action_size, *shared, config.action_layer, 0)
    critics, period = (2, config.policy_delay) if config.algorithm == "td3" else (1, 1)
    parameters = size_of(actor.trainable_variables) + critics * size_of(critic.trainable_variables)
    # each critic: forward in the target, then forward and two products backward; the actor:
    # forward in the target, then once a period forward and two backward, and through the first
    # critic forward and one backward. Nothing is differentiated by observations.
    products = critics * (forward(critic) + learned(critic))
    products += forward(actor) + (learned(actor) + 2 * forward(critic)) / period
    transition_bytes = FLOAT * (2 * observation_size + action_size + 2)
    return {
        "flops": 2 * config.batch_size * products,
        "gradient_bytes": FLOAT * parameters,
        "transition_bytes": transition_bytes,
        "batch_bytes": transition_bytes * config.batch_size,
        "replay_bytes": transition_bytes * config.buffer_size,
    }


def size_of(variables: Iterable[keras.Variable]) -> int:
    """How many numbers they hold."""
    return sum(math.prod(v.shape) for v in variables)


def forward(network: keras.Model) -> int:
    """The products of one pass through the network for one transition: its kernels' numbers."""
    return size_of(v for v in network.trainable_variables if len(v.shape) == 2)


def learned(network: keras.Model) -> int:
    """The products of a pass forward and two backward; the first layer has no second."""
    return 3 * forward(network) - math.prod(network.trainable_variables[0].shape)


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
