"""The list: each system, where its update is rewritten, and where the original stands."""

from dataclasses import dataclass
from importlib import import_module
from importlib.util import find_spec

import numpy as np

from comparisons.ancestors.problem import Problem, Update


@dataclass(frozen=True)
class System:
    """One row of the table."""

    name: str
    """As in the presets."""
    framework: str
    function: str
    """module:function of this package; (problem, batches, learning_rate) -> list of Update."""
    lines: str
    """Which lines of the published code (or paper) are rewritten, in words."""
    seeds: str
    """The documents that this project started from in which the system appears."""
    learning_rate: float
    adam_form: str = "hat"
    """See `adam.py`. TensorFlow, Keras and MpiAdam: "hat"; the paper and PyTorch: "paper"."""
    clipnorm: float | None = None
    heads: str = "tanh"
    q_outputs: int = 1
    needs: str | None = None
    """A package beyond the required ones."""

    def updates(self, problem: Problem, batches: np.ndarray) -> list[Update]:
        """The system's updates."""
        module, function = self.function.split(":")
        module = import_module(f"comparisons.ancestors.{module}")
        return getattr(module, function)(problem, batches, self.learning_rate)

    @property
    def installed(self) -> bool:
        """Whether its framework can be imported."""
        return self.needs is None or find_spec(self.needs) is not None


TORCH = {"framework": "PyTorch", "adam_form": "paper", "needs": "torch"}

SYSTEMS = (
    System(
        "lillicrap",
        "paper, in NumPy",
        "lillicrap:lillicrap",
        "the paper's Algorithm 1, the line that updates the actor by the sampled policy gradient",
        "000, 002, 004",
        1e-4,
        adam_form="paper",
    ),
    System(
        "emami",
        "TensorFlow 1",
        "emami:emami",
        "the actor network's gradients of its scaled output, weighted by a fed dQ/da and divided "
        "by the batch size; the training loop's calls that fetch dQ/da and feed it",
        "000",
        1e-4,
    ),
    System(
        "lau",
        "Keras on TensorFlow 1",
        "lau:lau",
        "the actor network's gradients of the model's output weighted by a fed dQ/da, not divided; "
        "the output layers of both networks",
        "000",
        1e-4,
        heads="torcs",
        q_outputs=3,
    ),
    System(
        "yoon",
        function="pytorch:yoon",
        lines="the agent's update, where the policy loss is formed and stepped on",
        seeds="000",
        learning_rate=1e-3,
        **TORCH,
    ),
    System(
        "keras_rl",
        "Keras 2",
        "keras_rl:keras_rl",
        "the agent's compile step, where the actor's updates are drawn and made a function",
        "000",
        1e-3,
        clipnorm=1.0,
        needs="tf_keras",
    ),
    System(
        "hoereth",
        "TensorFlow 1",
        "hoereth:hoereth",
        "the graph's actor training, where the actor's output is differentiated with the negated "
        "dQ/da for a weight",
        "001",
        1e-4,
    ),
    System(
        "hoereth_todo",
        "TensorFlow 1",
        "hoereth:hoereth_todo",
        "the to-do beside those lines: differentiate Q by the actor's weights instead, here "
        "divided by N",
        "001",
        1e-4,
    ),
    System(
        "baselines",
        "TensorFlow 1 and MPI",
        "baselines:baselines",
        "the learner's actor loss and flat gradient, and the averaging step of its MPI Adam",
        "002",
        1e-4,
    ),
    System(
        "skylark",
        function="pytorch:skylark",
        lines="the learning step's actor loss; the critic's last layer, as wide as the action",
        seeds="003",
        learning_rate=1e-3,
        q_outputs=3,
        **TORCH,
    ),
    System(
        "skylark_td3",
        function="pytorch:skylark_td3",
        lines="the delayed branch of the learning step, with the first critic's output alone",
        seeds="003",
        learning_rate=3e-4,
        **TORCH,
    ),
    System(
        "fujimoto",
        function="pytorch:fujimoto",
        lines="OurDDPG's train method, the actor's loss",
        seeds="none",
        learning_rate=3e-4,
        **TORCH,
    ),
    System(
        "spinningup",
        function="pytorch:spinningup",
        lines="the policy loss, and the part of the update that freezes the Q-network",
        seeds="named in 003",
        learning_rate=1e-3,
        **TORCH,
    ),
    System(
        "trfl",
        "TensorFlow 1",
        "trfl:trfl",
        "the library's loss for deterministic policy gradients, called by Acme's DDPG and D4PG too",
        "none",
        1e-4,
    ),
)
EPSILON = 1e-8
"""Adam's, in every system's code here."""
