"""What each way of writing the actor's gradient really builds, before and after the compiler.

Three measurements on the gradient alone, without optimiser: where -1/N enters the backward pass
(`chain`), how many operations TensorFlow's graph has, and what XLA makes of it (`programs`).
"""

import numpy as np
import tensorflow as tf

from comparisons.anatomy.chain import chain_factors
from comparisons.anatomy.dataflow import dataflow_figure, place_of_division
from comparisons.anatomy.programs import anatomy_of
from comparisons.anatomy.sizes import as_words, groups_of, sizes_figure
from ddpg_tf.networks.build import build_actor, build_critic
from ddpg_tf.strategies import STRATEGIES, get_strategy

OBSERVATION_SIZE, ACTION_SIZE = 17, 6
"""HalfCheetah's."""

PLACES = {
    "top": "at the top, where the backward pass leaves Q",
    "middle": "in the middle, at the actions",
    "bottom": "at the bottom, after the actor's backward pass",
}
"""Where -1/N enters, in words."""


def run(quick, track) -> dict:
    """Return the counts and the backward signals of every strategy, N = 64 (quick: width 32)."""
    batch_size, width = 64, 32 if quick else 256
    actor = build_actor(
        OBSERVATION_SIZE, -np.ones(ACTION_SIZE), np.ones(ACTION_SIZE), (width, width)
    )
    critic = build_critic(OBSERVATION_SIZE, ACTION_SIZE, (width, width))
    normal = np.random.default_rng(0).standard_normal
    observations = tf.constant(normal((batch_size, OBSERVATION_SIZE)), tf.float32)
    strategies = {}
    for name in track(STRATEGIES, "compiling"):
        arguments = get_strategy(name), actor, critic, observations
        strategies[name] = anatomy_of(*arguments) | chain_factors(*arguments)
    return {
        "batch_size": batch_size,
        "observation_size": OBSERVATION_SIZE,
        "action_size": ACTION_SIZE,
        "width": width,
        "strategies": strategies,
    }


def figures(data: dict) -> dict:
    """Return the dataflow of each strategy and the bars of what was counted."""
    return {"dataflow": dataflow_figure(data), "sizes": sizes_figure(data)}


def finding(data: dict) -> str:
    """Return what was seen."""
    strategies = data["strategies"]
    n = data["batch_size"]
    return "\n\n".join(
        [
            f"The gradient of a {data['observation_size']}-{data['width']}-{data['width']}-"
            f"{data['action_size']} actor at N = {n}, float32, without optimiser.",
            table(strategies, n),
            sameness(strategies),
            products(strategies),
        ]
    )


def table(strategies: dict, n: int) -> str:
    """Return the counts and the place of -1/N as a Markdown table."""
    lines = [
        "| strategy | graph operations | XLA instructions | fusions | matrix products "
        "| -1/N enters |",
        "|---|---:|---:|---:|---:|---|",
    ]
    for name, row in strategies.items():
        lines.append(
            f"| {name} | {row['graph_operations']} | {row['xla_instructions']} | "
            f"{row['xla_fusions']} | {row['xla_matrix_products']} | "
            f"{PLACES[place_of_division(row, n)]} |"
        )
    return "\n".join(lines)


def sameness(strategies: dict) -> str:
    """Say which strategies end as the same number of instructions, and which as one program."""
    counts = groups_of(strategies, "xla_instructions")
    programs = groups_of(strategies, "fingerprint")
    parts = [
        f"{as_words(names)} have the same number of instructions after XLA, {count}, from "
        f"{as_words([str(strategies[name]['graph_operations']) for name in names])} operations in "
        "TensorFlow's graph."
        for count, names in counts.items()
    ]
    parts += [
        f"{as_words(names)} are not only as long: they are one and the same program, instruction "
        "for instruction, once names are taken away."
        for names in programs.values()
    ]
    if not counts:
        parts.append("No two strategies end as the same number of instructions.")
    if not programs:
        parts.append("No two strategies end as the same program.")
    return " ".join(parts)


def products(strategies: dict) -> str:
    """Say which strategies share their number of matrix products."""
    groups = groups_of(strategies, "xla_matrix_products")
    if not groups:
        return "No two strategies have the same number of matrix products."
    sentences = []
    for count, names in groups.items():
        drawn = {strategies[name]["operation_groups"]["matrix products"] for name in names}
        sentences.append(
            f"{as_words(names)} have {count} matrix products each after XLA, where TensorFlow's "
            f"graphs hold {as_words([str(number) for number in sorted(drawn)])}."
        )
    return " ".join(sentences)
