"""The list: each system's whole update, our config for it, and what published code got wrong."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from importlib import import_module
from importlib.util import find_spec
from typing import Any

from comparisons.ancestors.updates.problem import (
    Networks,
    Transitions,
    other_target_actor,
    other_targets,
    softly_updated_targets,
)
from ddpg_tf.config import DDPGConfig
from ddpg_tf.presets import PRESETS


def copies(networks: Networks) -> Networks:
    """Targets that start as they should."""
    return networks


@dataclass(frozen=True)
class Variant:
    """One thing that differs from the system as it was meant and from our config for it."""

    label: str
    theirs: Mapping[str, Any] = field(default_factory=dict)
    """Arguments of the system's function: its defects, which are off by default."""
    start: Callable[[Networks], Networks] = copies
    """What the system starts from, given what we start from."""
    ours: Mapping[str, Any] = field(default_factory=dict)
    """Fields of our config."""


@dataclass(frozen=True)
class System:
    """One system's update: critic, actor and targets."""

    name: str
    """As in the presets, where it is one."""
    framework: str
    function: str
    """module:function of this package; (start, transitions, **choices) -> list of Networks."""
    where: str
    """Where the whole update stands in the published code."""
    config: DDPGConfig
    """Ours for it; a preset's where there is one. Sizes and normalisation are made equal later."""
    left_out: str = "nothing"
    """What of the published update is in neither side here."""
    variants: tuple[Variant, ...] = ()
    critics: int = 1
    q_outputs: int = 1
    in_float64: bool = False
    """Whether it is run in float64 too. TensorFlow 1's Adam keeps its numbers in float32."""
    needs: str | None = None

    def updates(
        self, start: Networks, transitions: Transitions, variant: Variant
    ) -> list[Networks]:
        """The networks after each update."""
        module, function = self.function.split(":")
        module = import_module(f"comparisons.ancestors.updates.{module}")
        return getattr(module, function)(variant.start(start), transitions, **variant.theirs)

    @property
    def installed(self) -> bool:
        """Whether its framework can be imported."""
        return self.needs is None or find_spec(self.needs) is not None

    @property
    def first(self) -> int:
        """The update with which all four networks have moved for the first time."""
        return self.config.policy_delay if self.config.algorithm == "td3" else 1


MENDED = Variant("as it was meant")
KERAS_PLACE = Variant("ours with Keras's place of epsilon", ours={"adam_epsilon_place": "keras"})
NO_MASK = Variant("no terminal mask", {"terminal_mask": False})
NO_HALF = "ours with the published number, but not its half"
TORCH = {"framework": "PyTorch", "needs": "torch", "in_float64": True}
PYTORCH_ADAM = {"adam_epsilon": 1e-8, "adam_epsilon_place": "pytorch"}

SYSTEMS = (
    System(
        "lillicrap",
        "paper, in NumPy",
        "by_hand:lillicrap",
        "arXiv 1509.02971, algorithm 1 and section 7",
        replace(PRESETS["lillicrap"].config, **PYTORCH_ADAM),
        left_out="batch norm",
        in_float64=True,
    ),
    System(
        "emami",
        "TensorFlow 1",
        "emami:emami",
        "pemami4911/deep-rl at d4f0f39: ddpg/ddpg.py, both networks and train",
        PRESETS["emami"].config,
        left_out="batch norm",
        variants=(
            Variant("targets moved softly where a copy was meant", start=softly_updated_targets),
        ),
    ),
    System(
        "lau",
        "Keras 1 on TensorFlow 0.10",
        "lau:lau",
        "yanpanlau/DDPG-Keras-Torcs at eee0b0c: ddpg.py:116-132; ActorNetwork.py; CriticNetwork.py",
        # the preset inverts dQ/da at the bounds, which the published code does not
        replace(PRESETS["lau"].config, action_gradient="none"),
        left_out="his three heads, his linear layer",
        q_outputs=3,
        variants=(
            Variant("the actor's gradient summed over the batch", {"summed": True}),
            Variant("one Q for each action, each with its target", {"q_per_action": True}),
        ),
    ),
    System(
        "yoon",
        function="pytorch:yoon",
        where="cyoon1729/RLcycle at 5ed39b3: Policy-Gradient-Methods/ddpg/ddpg.py, update",
        config=PRESETS["yoon"].config,
        variants=(
            NO_MASK,
            Variant("a target actor that starts as another network", start=other_target_actor),
        ),
        **TORCH,
    ),
    System(
        "keras_rl",
        "Keras 2",
        "keras_rl:keras_rl",
        "keras-rl 0.4.2: rl/agents/ddpg.py, compile and backward; rl/util.py",
        replace(PRESETS["keras_rl"].config, actor_warmup_steps=0, delta_clip=None),
        variants=(
            Variant("Huber's loss on both sides", {"delta_clip": 1.0}, ours={"delta_clip": 1.0}),
            Variant("half of the squared error", {"halved": True}),
            Variant("targets a step behind", {"targets_a_step_behind": True}),
        ),
        needs="tf_keras",
    ),
    System(
        "hoereth",
        "TensorFlow 1",
        "hoereth:hoereth",
        "ahoereth/ddpg at dca7a16: src/ddpg.py, make_network, make_critic_trainer, "
        "make_actor_trainer and make_soft_updates",
        PRESETS["hoereth"].config,
        left_out="batch norm, threads",
        variants=(
            Variant("the actor's gradient summed over the batch", {"summed": True}),
            Variant("a critic's optimiser without a list of variables", {"trains_targets": True}),
            Variant("targets that start as other networks", start=other_targets),
            Variant(
                "all three, as published",
                {"summed": True, "trains_targets": True},
                start=other_targets,
            ),
            Variant(NO_HALF, ours={"critic_l2": 1e-2}),
        ),
    ),
    System(
        "baselines",
        "TensorFlow 1 and MPI",
        "baselines:baselines",
        "baselines 0.1.5, folder baselines: ddpg/ddpg.py, from setup_target_network_updates to "
        "train; common/mpi_adam.py",
        PRESETS["baselines"].config,
        left_out="layer norm, whose epsilon is 1e-12 there; normalised observations",
        variants=(
            Variant("ours with the critic's step first", ours={"update_order": "critic_first"}),
            Variant(NO_HALF, ours={"critic_l2": 1e-2}),
        ),
    ),
    System(
        "skylark",
        function="pytorch:skylark",
        where="Skylark0924/Machine-Learning-is-ALL-You-Need at 9ae66b7: RL_DDPG/18DDPG.py:73-117",
        config=PRESETS["skylark"].config,
        left_out="a critic with one Q for each action: it has one output, as on Pendulum, its task",
        variants=(NO_MASK,),
        **TORCH,
    ),
    System(
        "td3, skylark_td3",
        function="pytorch_td3:td3",
        where="sfujim/TD3 at 6a9f761: TD3.py, train; "
        "Skylark0924/Machine-Learning-is-ALL-You-Need at 9ae66b7: RL_DDPG/TD3.py, learn",
        # in the published units, of actions with bounds of 1
        config=replace(
            PRESETS["skylark_td3"].config, target_noise_sigma=0.2, target_noise_clip=0.5
        ),
        left_out="the drawing of the noise, which both sides are given",
        critics=2,
        **TORCH,
    ),
    System(
        "fujimoto",
        function="pytorch:fujimoto",
        where="sfujim/TD3 at 6a9f761: OurDDPG.py, train",
        config=PRESETS["fujimoto"].config,
        **TORCH,
    ),
    System(
        "spinningup",
        function="pytorch:spinningup",
        where="openai/spinningup at 2092113: spinup/algos/pytorch/ddpg/ddpg.py, update",
        config=PRESETS["spinningup"].config,
        **TORCH,
    ),
    System(
        "sb3",
        function="pytorch:sb3",
        where="DLR-RM/stable-baselines3 at 10ca6bd: stable_baselines3/td3/td3.py, train, as "
        "stable_baselines3/ddpg/ddpg.py sets it; common/utils.py, polyak_update",
        config=DDPGConfig(
            actor_learning_rate=1e-3, critic_learning_rate=1e-3, tau=5e-3, **PYTORCH_ADAM
        ),
        left_out="target noise, which its DDPG sets to 0",
        **TORCH,
    ),
)
