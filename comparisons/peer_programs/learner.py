"""How close the learner is to the machine: its rate beside that of plain matrix products.

    python -m comparisons.peer_programs.learner ENV_ID ROUNDS          prints JSON

All in one process, in turns. An update's matrix products are counted on paper
(`scaling/on_paper.py`); what else it does, such as Adam's steps, counts as nothing.
"""

import json
import sys
from collections.abc import Callable

import gymnasium as gym
import numpy as np
import tensorflow as tf

from comparisons.cost.timing import best_times
from comparisons.peer_programs.setting import SIZES, WIDTHS
from comparisons.scaling.on_paper import update_sizes
from ddpg_tf import DDPGConfig
from ddpg_tf.agents import DDPG
from ddpg_tf.batch import Batch

WIDTH = WIDTHS[0]
UPDATES = 50
LARGE = 2_048
"""Side of the large product, which keeps all cores busy."""

REPETITIONS = 200
"""Times that the learner's own products are made in one call."""

SECONDS = 0.5
"""What a competitor has of a round; its fastest call counts."""


def learner_rates(
    observation_size: int, action_size: int, batch_size: int, rounds: int
) -> list[dict[str, float]]:
    """For each round GFLOP/s of: learner, a block of updates; plain, the same without Adam and
    targets; large, a product of 2048 x 2048 matrices; own_shapes, the products of a hidden layer
    with the learner's batch.
    """
    config = DDPGConfig(batch_size=batch_size, hidden_sizes=WIDTHS)
    update = update_sizes(config, observation_size, action_size)["flops"]
    layer = 3 * 2 * batch_size * WIDTH**2
    spaces = box(np.inf, observation_size), box(1.0, action_size)
    calls = {
        "learner": (block_of(DDPG(*spaces, config)), UPDATES * update),
        "plain": (block_of(PlainSteps(*spaces, config)), UPDATES * update),
        "large": (large_product(), 2 * LARGE**3),
        "own_shapes_xla": (own_shapes(batch_size, jit_compile=True), REPETITIONS * layer),
        "own_shapes_graph": (own_shapes(batch_size, jit_compile=False), REPETITIONS * layer),
    }
    times = best_times({name: call for name, (call, _) in calls.items()}, rounds, SECONDS)
    gflops = {
        name: [flops / seconds / 1e9 for seconds in times[name]]
        for name, (_, flops) in calls.items()
    }
    # the machine can do what the better of the two programs does
    gflops["own_shapes"] = np.maximum(
        gflops.pop("own_shapes_xla"), gflops.pop("own_shapes_graph")
    ).tolist()
    return [
        {name: values[index] for name, values in gflops.items()}  # a row each
        for index in range(rounds)
    ]


class PlainSteps(DDPG):
    """An agent whose weights take their gradients as they are, and whose targets stay."""

    def apply_gradients(self, optimizer, gradients, variables):
        """Subtract a little of each gradient: enough for it to be computed."""
        for gradient, variable in zip(gradients, variables, strict=True):
            variable.value.assign_sub(1e-9 * gradient)

    def _update_targets(self, due=True):
        self.updates.assign_add(1)


def box(bound: float, size: int) -> gym.spaces.Box:
    """The space of vectors whose numbers lie between -bound and bound."""
    return gym.spaces.Box(-bound, bound, (size,), np.float32)


def block_of(agent: DDPG) -> Callable[[], object]:
    """A block of updates on made-up transitions, entered as the training loop enters it."""
    shape = UPDATES, agent.config.batch_size
    normal = np.random.default_rng(0).standard_normal
    batches = Batch(
        observations=normal((*shape, agent.observation_size), np.float32),
        actions=np.tanh(normal((*shape, agent.action_size), np.float32)),
        rewards=normal(shape, np.float32),
        next_observations=normal((*shape, agent.observation_size), np.float32),
        terminated=np.zeros(shape, np.float32),
    )
    return lambda: agent.learn_then_act(batches)


def large_product() -> Callable[[], object]:
    """A product of two large matrices, on all cores."""
    matrix = tf.random.stateless_normal((LARGE, LARGE), seed=(0, 0))
    return lambda: tf.matmul(matrix, matrix).numpy()


def own_shapes(batch_size: int, jit_compile: bool) -> Callable[[], object]:
    """The three products of a hidden layer, again and again: forward, and two backward.

    The kernel is orthogonal, so that what goes round keeps its size.
    """
    normal = np.random.default_rng(0).standard_normal
    kernel = tf.constant(np.linalg.qr(normal((WIDTH, WIDTH)))[0], tf.float32)

    @tf.function(jit_compile=jit_compile, autograph=False)
    def products(x):
        def layer(k, x, _):
            y = tf.matmul(x, kernel)
            return k + 1, tf.matmul(y, kernel, transpose_b=True), tf.matmul(x, y, transpose_a=True)

        start = 0, x, tf.zeros_like(kernel)
        return tf.while_loop(lambda k, *_: k < REPETITIONS, layer, start, parallel_iterations=1)

    x = tf.constant(normal((batch_size, WIDTH)), tf.float32)
    return lambda: products(x)[1].numpy()


if __name__ == "__main__":
    print(json.dumps(learner_rates(*SIZES[sys.argv[1]], int(sys.argv[2]))))
