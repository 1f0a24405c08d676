"""How close the learner is to the machine: its rate beside that of plain matrix products.

    python -m comparisons.peer_programs.learner ALGORITHM ENV_ID ROUNDS          prints JSON

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
from ddpg_tf.agents import DDPG, TD3, make_agent
from ddpg_tf.batch import Batch
from ddpg_tf.training.ahead import MOST

WIDTH = WIDTHS[0]
UPDATES = 50
LARGE = 2_048
"""Side of the large product, which keeps all cores busy."""

REPETITIONS = 200
"""Times that the learner's own products are made in one call."""

SECONDS = 0.5
"""What a competitor has of a round; its fastest call counts."""


def learner_rates(algorithm: str, env_id: str, rounds: int) -> dict:
    """flops: those of an update's matrix products. rounds: a list of rates in GFLOP/s.

    learner: a block of updates; alone: updates of which each is entered by itself; plain: a block
    without Adam and targets; large: a product of 2048 x 2048 matrices; own_shapes: the products of
    a hidden layer with the learner's batch.
    """
    observation_size, action_size, batch_size = SIZES[env_id]
    config = DDPGConfig(algorithm=algorithm, batch_size=batch_size, hidden_sizes=WIDTHS)
    update = update_sizes(config, observation_size, action_size)["flops"]
    layer = 3 * 2 * batch_size * WIDTH**2
    spaces = box(np.inf, observation_size), box(1.0, action_size)
    calls = {
        "learner": (block_of(make_agent(*spaces, config)), UPDATES * update),
        "alone": (one_by_one(make_agent(*spaces, config)), UPDATES * update),
        "plain": (block_of(PLAIN[algorithm](*spaces, config)), UPDATES * update),
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
    rows = [{name: values[k] for name, values in gflops.items()} for k in range(rounds)]
    return {"flops": update, "rounds": rows}


class PlainSteps:
    """Before an agent's class: weights take their gradients as they are, and targets stay."""

    def apply_gradients(self, optimizer, gradients, variables):
        """Subtract a little of each gradient: enough for it to be computed."""
        for gradient, variable in zip(gradients, variables, strict=True):
            variable.value.assign_sub(1e-9 * gradient)

    def _update_targets(self, due=True):
        self.updates.assign_add(1)


class PlainDDPG(PlainSteps, DDPG):
    """DDPG without Adam and targets."""


class PlainTD3(PlainSteps, TD3):
    """TD3 without them."""


PLAIN = {"ddpg": PlainDDPG, "td3": PlainTD3}


def box(bound: float, size: int) -> gym.spaces.Box:
    """The space of vectors whose numbers lie between -bound and bound."""
    return gym.spaces.Box(-bound, bound, (size,), np.float32)


def block_of(agent: DDPG) -> Callable[[], object]:
    """A block of updates, entered as the training loop enters it."""
    batches = made_up(agent)
    return lambda: agent.learn_then_act(batches)


def one_by_one(agent: DDPG) -> Callable[[], object]:
    """As many updates, each entered by itself, as the training loop does with one update a step."""
    batches = made_up(agent)
    singles = [batches.map(lambda rows, k=k: rows[k : k + 1]) for k in range(UPDATES)]
    return lambda: [agent.learn_ahead(single, MOST) for single in singles]


def made_up(agent: DDPG) -> Batch:
    """Transitions for a block of updates, [K, B, ...]."""
    shape = UPDATES, agent.config.batch_size
    normal = np.random.default_rng(0).standard_normal
    return Batch(
        observations=normal((*shape, agent.observation_size), np.float32),
        actions=np.tanh(normal((*shape, agent.action_size), np.float32)),
        rewards=normal(shape, np.float32),
        next_observations=normal((*shape, agent.observation_size), np.float32),
        terminated=np.zeros(shape, np.float32),
    )


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
    print(json.dumps(learner_rates(*sys.argv[1:3], int(sys.argv[3]))))
