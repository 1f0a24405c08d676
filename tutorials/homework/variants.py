"""The numbers in an assignment's text and tests, from a seed.

A master writes `<<gamma>>` where a number varies. Variant 0 is the one that the solutions' texts
were written with; any other seed draws from the same lists, so that every variant is as hard.
"""

import re

import numpy as np

CHOICES = {
    "replay": {
        "gamma": [0.99, 0.95, 0.97, 0.98, 0.96],
        "tau": [0.005, 0.001, 0.002, 0.01, 0.02],
        "time_limit": [200, 50, 100, 150, 250],
        "capacity": [7, 5, 6, 8, 9],
        "added": [17, 23, 31, 20, 40],
    },
    "gradient": {
        "weight": [0.5, 0.3, 0.7, 0.9, 1.1],
        "best": [2.0, 3.1, 2.6, 4.1, 3.6],
        "state_1": [1.0, 1.5, 2.0, 0.5, 2.5],
        "state_2": [3.0, -1.2, -2.2, 3.4, -0.6],
        "batch_size": [64, 32, 128, 16, 256],
        "odd_batch_size": [100, 48, 96, 20, 200],
    },
    "exploration": {
        "theta": [0.15, 0.2, 0.25, 0.3, 0.1],
        "sigma": [0.2, 0.3, 0.25, 0.4, 0.15],
        "dt": [0.01, 0.02, 0.05, 0.04, 0.025],
        "lag": [100, 50, 40, 60, 80],
        "low": [-2.0, -1.0, -0.5, -3.0, -1.5],
        "high": [2.0, 3.0, 1.5, 1.0, 2.5],
    },
    "td3": {
        "gamma": [0.99, 0.95, 0.97, 0.98, 0.96],
        "spread": [1.0, 2.0, 0.5, 3.0, 1.5],
        "delay": [2, 3, 4, 2, 3],
        "updates": [1000, 1200, 600, 800, 2400],
        "order": [[2, 0, 3, 1, 4], [4, 1, 0, 3, 2], [3, 2, 4, 0, 1], [1, 4, 2, 0, 3]],
    },
    "capstone": {
        "gamma": [0.95, 0.94, 0.96, 0.955, 0.945],
        "tau": [0.05, 0.04, 0.06, 0.045, 0.055],
        "delay": [2],
        "noise": [0.2, 0.22, 0.18, 0.25],
        "warmup": [300, 280, 320, 350],
        "batch_size": [64, 60, 72, 80],
        "steps": [4000],
        "mark": [-400],
    },
}

ENVIRONMENTS = [
    {"env_id": "Pendulum-v1", "obs_dim": 3, "act_dim": 1},
    {"env_id": "MountainCarContinuous-v0", "obs_dim": 2, "act_dim": 1},
    {"env_id": "LunarLanderContinuous-v3", "obs_dim": 8, "act_dim": 2},
    {"env_id": "HalfCheetah-v5", "obs_dim": 17, "act_dim": 6},
    {"env_id": "Hopper-v5", "obs_dim": 11, "act_dim": 3},
]
"""The environment that the text speaks of, with its sizes; nothing is simulated."""


def numbers(assignment: str, variant: int) -> dict:
    """The values of an assignment's placeholders."""
    lists = {"environment": ENVIRONMENTS, **CHOICES[assignment]}
    generator = np.random.default_rng(variant)
    picked = {
        name: values[0] if variant == 0 else values[int(generator.integers(len(values)))]
        for name, values in lists.items()
    }
    values = {**picked.pop("environment"), **picked, "variant": variant}
    return values | shuffled_lines(values.pop("order")) if "order" in values else values


TD3_UPDATE = (
    "draw a batch of transitions from the replay buffer",
    "let the target actor choose the next actions, and smooth them with clipped noise",
    "take the smaller of the two target critics there, and form the targets",
    "move both critics towards the targets",
    "if it is their turn: move the actor uphill on the first critic, then the target networks",
)


def shuffled_lines(order: list[int]) -> dict:
    """TD3's steps as a lettered list in that order, and the letters in the right one."""
    listed = [f"- **{letter}**: {TD3_UPDATE[i]}" for letter, i in zip("ABCDE", order, strict=True)]
    return {"lines": "\n".join(listed), "letters": ["ABCDE"[order.index(i)] for i in range(5)]}


def render(text: str, values: dict) -> str:
    """Replace each `<<name>>` in the text. Raises ValueError for a name without a value."""

    def value(match):
        if match[1] not in values:
            raise ValueError(f"the master uses <<{match[1]}>>; variants.py has no such number")
        return str(values[match[1]])

    return re.sub(r"<<(\w+)>>", value, text)
