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
    """What it was written in, and is rewritten in as far as that still runs: TensorFlow before 2
    through `tf.compat.v1`, Keras 2 through `tf_keras`."""
    function: str
    """module:function of this package; (problem, batches, learning_rate) -> list of Update."""
    lines: str
    """Which lines of the published code (or paper) are rewritten, in words."""
    where: str
    """Those lines: file and line numbers of the version that was read."""
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
        "arXiv 1509.02971, equation 6 and Algorithm 1",
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
        "pemami4911/deep-rl at d4f0f39: ddpg/ddpg.py:62-72, 161, 319-321",
        "000",
        1e-4,
    ),
    System(
        "lau",
        "Keras 1 on TensorFlow 0.10",
        "lau:lau",
        "the actor network's gradients of the model's output weighted by a fed dQ/da, not divided; "
        "the output layers of both networks",
        "yanpanlau/DDPG-Keras-Torcs at eee0b0c: ActorNetwork.py:27-30, 51-54; "
        "CriticNetwork.py:29, 54; ddpg.py:128-130",
        "000",
        1e-4,
        heads="torcs",
        q_outputs=3,
    ),
    System(
        "yoon",
        function="pytorch:yoon",
        lines="the agent's update, where the policy loss is formed and stepped on",
        where="cyoon1729/RLcycle at 5ed39b3, a later home of the code: "
        "Policy-Gradient-Methods/ddpg/ddpg.py:72-76",
        seeds="000",
        learning_rate=1e-3,
        **TORCH,
    ),
    System(
        "keras_rl",
        "Keras 2",
        "keras_rl:keras_rl",
        "the agent's compile step, where the actor's updates are drawn and made a function",
        "keras-rl 0.4.2: rl/agents/ddpg.py:137-149",
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
        "ahoereth/ddpg at dca7a16: src/ddpg.py:226-230, 237-241",
        "001",
        1e-4,
    ),
    System(
        "hoereth_todo",
        "TensorFlow 1",
        "hoereth:hoereth_todo",
        "the to-do below those lines: another way to be investigated, Q differentiated by the "
        "actor's weights, negated and divided by N",
        "ahoereth/ddpg at dca7a16: src/ddpg.py:232-236",
        "001",
        1e-4,
    ),
    System(
        "baselines",
        "TensorFlow 1 and MPI",
        "baselines:baselines",
        "the learner's actor loss and flat gradient, and the averaging step of its MPI Adam",
        "baselines 0.1.5, folder baselines: ddpg/ddpg.py:170-177, 319; common/tf_util.py:213-220; "
        "common/mpi_adam.py:21-35",
        "002",
        1e-4,
    ),
    System(
        "skylark",
        function="pytorch:skylark",
        lines="the learning step's actor loss; the critic's last layer, as wide as the action",
        where="Skylark0924/Machine-Learning-is-ALL-You-Need at 9ae66b7: "
        "RL_DDPG/18DDPG.py:59, 103-107",
        seeds="003",
        learning_rate=1e-3,
        q_outputs=3,
        **TORCH,
    ),
    System(
        "skylark_td3",
        function="pytorch:skylark_td3",
        lines="the delayed branch of the learning step, with the first critic's output alone",
        where="Skylark0924/Machine-Learning-is-ALL-You-Need at 9ae66b7: RL_DDPG/TD3.py:177-185",
        seeds="003",
        learning_rate=3e-4,
        **TORCH,
    ),
    System(
        "fujimoto",
        function="pytorch:fujimoto",
        lines="OurDDPG's train method, the actor's loss",
        where="sfujim/TD3 at 6a9f761: OurDDPG.py:28, 84-90",
        seeds="none",
        learning_rate=3e-4,
        **TORCH,
    ),
    System(
        "spinningup",
        function="pytorch:spinningup",
        lines="the policy loss, and the part of the update that freezes the Q-network",
        where="openai/spinningup at 2092113: spinup/algos/pytorch/ddpg/ddpg.py:181-184, 200-213",
        seeds="named in 003",
        learning_rate=1e-3,
        **TORCH,
    ),
    System(
        "trfl",
        "TensorFlow 1",
        "trfl:trfl",
        "the library's loss for deterministic policy gradients; Acme's DDPG and D4PG have a copy "
        "of it",
        "trfl 1.2.0: trfl/dpg_ops.py:71-92; dm-acme 0.4.0: acme/tf/losses/dpg.py:32-52",
        "none",
        1e-4,
    ),
)
EPSILON = 1e-8
"""Adam's, in every system's rewriting. It is the published code's too, but for keras-rl's under
Keras 2.1.3 or later, whose default is 1e-7; the paper names none."""
