"""Every strategy against mean_q: batch size, precision, execution mode, kind of network."""

import keras
import numpy as np
import tensorflow as tf

from comparisons.equivalence.problem import (
    build_networks,
    flat,
    make_observations,
    relative_error,
    ulps_apart,
)
from comparisons.study import Track
from ddpg_tf.strategies import STRATEGIES, get_strategy
from ddpg_tf.training.lockstep import same_bits

REFERENCE = "mean_q"
MODES = ("eager", "graph", "XLA")
NETWORKS = {
    "plain": ("none", (32, 32)),
    "layer norm": ("layer", (32,)),
    "batch norm": ("batch", (32,)),
}
"""Kind of network -> normalisation, widths of the hidden layers."""

FULL_SIZES = {"float32": (1, 2, 16, 64, 512, 3, 100), "float64": (2, 64, 3, 100)}


def conditions(quick: bool) -> list[tuple]:
    """(network, dtype, mode, batch sizes) of every row of measurements."""
    if not quick:
        return [
            (network, dtype, mode, sizes)
            for network in NETWORKS
            for dtype, sizes in FULL_SIZES.items()
            for mode in MODES
        ]
    plain = [("plain", "float32", mode, (4, 3)) for mode in MODES]
    others = [("plain", "float64"), ("layer norm", "float32"), ("batch norm", "float32")]
    return plain + [(*other, "eager", (4, 3)) for other in others]


def measure_grid(quick: bool, track: Track) -> list[dict]:
    """A record for each strategy in each condition; see `compared`."""
    cells = [
        (network, dtype, mode, size)
        for network, dtype, mode, sizes in conditions(quick)
        for size in sizes
    ]
    return [record for cell in track(cells, "gradients") for record in measure_cell(*cell)]


def measure_cell(network: str, dtype: str, mode: str, batch_size: int) -> list[dict]:
    """The records of all strategies but the reference in one condition."""
    actor, critic = build_networks(*NETWORKS[network], dtype)
    observations = make_observations(batch_size, dtype)
    names = [name for name in STRATEGIES if affordable(name, network, mode)]
    found = {name: gradient(name, mode, actor, critic, observations) for name in names}
    condition = {"network": network, "dtype": dtype, "mode": mode, "batch_size": batch_size}
    return [
        condition | {"strategy": name} | compared(found[name], found[REFERENCE])
        for name in names
        if name != REFERENCE
    ]


def affordable(name: str, network: str, mode: str) -> bool:
    """Whether the strategy is measured: the Jacobian of a normalised network is not, in XLA.

    Compiling it would take as long as compiling three of the others.
    """
    return name != "jacobian" or network == "plain" or mode != "XLA"


def gradient(
    name: str, mode: str, actor: keras.Model, critic: keras.Model, observations: tf.Tensor
) -> np.ndarray:
    """The strategy's gradient, all components in one vector."""
    strategy = get_strategy(name)

    def compute(observations):
        return strategy.gradients(actor, critic, observations)

    run = compute if mode == "eager" else tf.function(compute, jit_compile=mode == "XLA")
    return flat(run(observations))


def compared(ours: np.ndarray, theirs: np.ndarray) -> dict:
    """How far apart two gradients are.

    relative_error: largest difference over the largest component; eps_error: the same in units of
    the dtype's machine epsilon (2^-23 or 2^-52). median_ulps, largest_ulps: units in the last place
    of each component by itself, over the components that are not zero in both.
    """
    apart = ulps_apart(ours, theirs)[(ours != 0) | (theirs != 0)]
    error = relative_error(ours, theirs)
    return {
        "same_bits": bool(same_bits(ours, theirs).all()),
        "relative_error": error,
        "eps_error": error / float(np.finfo(ours.dtype).eps),
        "median_ulps": float(np.median(apart)),
        "largest_ulps": float(np.max(apart)),
    }
