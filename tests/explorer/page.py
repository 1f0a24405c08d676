"""The page's modules under Node, and problems that both they and TensorFlow can take."""

import json
import shutil
import subprocess
from itertools import pairwise
from pathlib import Path

import keras
import numpy as np
import pytest
import tensorflow as tf

COMPUTE = Path(__file__).parent / "compute.mjs"


def node():
    """Node 18 or newer, or a reason to skip."""
    found = shutil.which("node")
    if found is None:
        return None, "Node is not installed"
    version = subprocess.run([found, "--version"], capture_output=True, text=True).stdout
    if int(version.lstrip("v").split(".")[0]) < 18:
        return None, f"Node 18 or newer is needed, not {version.strip()}"
    return found, ""


NODE, WHY_NOT = node()
needs_node = [pytest.mark.explorer, pytest.mark.skipif(NODE is None, reason=WHY_NOT)]


def compute(*asked):
    """What compute.mjs answers, one answer for each question."""
    done = subprocess.run(
        [NODE, COMPUTE], input=json.dumps(asked), capture_output=True, text=True, timeout=60
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def network(sizes, activations, scale, generator):
    """A random network as the page describes one; no unit is far into tanh's flat ends."""
    shapes = list(pairwise(sizes))
    layers = [
        {
            "kernel": np.float32(generator.normal(size=shape) / np.sqrt(shape[0])).tolist(),
            "bias": np.float32(generator.normal(size=shape[1]) / 2).tolist(),
            "activation": activation,
        }
        for shape, activation in zip(shapes, activations, strict=True)
    ]
    return {"layers": layers, "scale": scale}


def problem(seed, n, hidden=(6, 6), units=8, observation_size=2, scale=2.0, activation="relu"):
    """A random actor, critic and batch."""
    generator = np.random.default_rng(seed)
    size = observation_size
    return {
        "actor": network(
            (size, *hidden, 1), [activation] * len(hidden) + ["tanh"], scale, generator
        ),
        "critic": network((size + 1, units, 1), ["tanh", "linear"], 1.0, generator),
        "observations": np.float32(generator.uniform(-1, 1, (n, size))).tolist(),
        "actions": np.float32(generator.uniform(-scale, scale, (n, 1))).tolist(),
    }


def keras_networks(described, dtype):
    """The same actor and critic in Keras, its layers named as in diagnosis."""
    size = len(described["observations"][0])
    observations = keras.Input((size,), dtype=dtype)
    x = dense_layers(observations, described["actor"]["layers"], dtype, last="pre_tanh")
    x = keras.layers.Activation("tanh", name="tanh", dtype=dtype)(x)
    scale = described["actor"]["scale"]
    x = keras.layers.Rescaling(scale, name="actions", dtype=dtype)(x)
    actor = keras.Model(observations, x)
    actions = keras.Input((1,), dtype=dtype)
    joined = keras.layers.Concatenate(dtype=dtype)([observations, actions])
    critic = keras.Model(
        [observations, actions], dense_layers(joined, described["critic"]["layers"], dtype)
    )
    for model, name in ((actor, "actor"), (critic, "critic")):
        layers = described[name]["layers"]
        model.set_weights([w for at in layers for w in map(np.array, (at["kernel"], at["bias"]))])
    return actor, critic


def dense_layers(x, layers, dtype, last=None):
    for index, layer in enumerate(layers):
        is_last = index == len(layers) - 1
        activation = "linear" if is_last else layer["activation"]
        name = last if is_last and last else None
        width = len(layer["bias"])
        x = keras.layers.Dense(width, activation, name=name, dtype=dtype)(x)
    return x


def tensors(described, dtype):
    """observations and replayed actions."""
    return [tf.constant(described[name], dtype) for name in ("observations", "actions")]


def largest_error(found, right):
    """The largest error of a component, as a share of the largest component."""
    found, right = (
        np.concatenate([np.ravel(np.asarray(g, np.float64)) for g in each])
        for each in (found, right)
    )
    return np.abs(found - right).max() / np.abs(right).max()
