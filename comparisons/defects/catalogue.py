"""The defects, where they were published, and the agents that they are put into."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from comparisons.defects import agents
from ddpg_tf import DDPG, PRESETS, DDPGConfig


@dataclass(frozen=True)
class Problem:
    """An agent without defects on an environment."""

    label: str
    config: DDPGConfig
    mark: float
    """A mean return that says that the task is learned."""


@dataclass(frozen=True)
class Defect:
    """One thing that published code got wrong, as a class of agent or as settings that have it."""

    label: str
    found_in: Mapping[str, str]
    """Preset -> words by which the defect is found among the preset's."""
    problem: str = "pendulum"
    agent_class: type[DDPG] = DDPG
    settings: Mapping[str, Any] = field(default_factory=dict)

    @property
    def places(self) -> list[str]:
        """The systems that have it, and where in their code."""
        return [f"{name} ({place(name, words)})" for name, words in self.found_in.items()]


def place(preset: str, words: str) -> str:
    """Where in its source a preset's fact or defect with these words stands."""
    known = PRESETS[preset].defects + PRESETS[preset].facts
    (where,) = [fact.where for fact in known if words in fact.text]
    return where


PENDULUM = DDPGConfig(total_steps=10_000, hidden_sizes=(64, 64), eval_episodes=5)

PROBLEMS = {
    "pendulum": Problem("Pendulum-v1", PENDULUM, mark=-300),
    "inverted_pendulum": Problem(
        "InvertedPendulum-v5",
        replace(
            PENDULUM,
            env_id="InvertedPendulum-v5",
            total_steps=12_000,
            tau=0.02,
            noise_sigma=0.3,
            eval_episodes=3,
        ),
        mark=950,
    ),
}
"""Name -> problem. Pendulum-v1 never terminates, so that the mask needs another task."""

DEFECTS = {
    "targets_learn": Defect(
        "targets learn with the critic",
        {"hoereth": "has no list of variables"},
        agent_class=agents.TargetsThatLearn,
    ),
    "half_range": Defect(
        "actions reach half of their range",
        {"skylark": "tanh is not scaled", "yoon": "tanh is not scaled"},
        agent_class=agents.HalfOfTheRange,
    ),
    "no_mask": Defect(
        "no terminal mask",
        {"skylark": "no terminal mask", "yoon": "no terminal mask"},
        problem="inverted_pendulum",
        agent_class=agents.NoTerminalMask,
    ),
    "targets_apart": Defect(
        "targets start apart",
        {
            "emami": "updated softly",
            "hoereth": "A hard copy is drawn",
            "lau": "not copied at the start",
            "yoon": "starts as another random network",
        },
        agent_class=agents.TargetsApart,
    ),
    "step_behind": Defect(
        "targets a step behind",
        {"keras_rl": "a step behind"},
        agent_class=agents.TargetsAStepBehind,
    ),
    "no_noise": Defect(
        "noise never added",
        {"skylark": "There is no noise", "yoon": "The noise is made and never used"},
        settings={"exploration": "none"},
    ),
    "summed": Defect(
        "gradient summed over the batch",
        {"hoereth": "sum over the batch", "lau": "sum over the batch"},
        agent_class=agents.GradientSummed,
    ),
    "together": Defect(
        "both gradients before either step",
        {"baselines": "Both gradients are taken before"},
        settings={"update_order": "together"},
    ),
}
"""Name -> defect."""
