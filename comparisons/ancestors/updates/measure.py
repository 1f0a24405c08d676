"""Run each system's whole update beside ours, and measure how far the networks are apart."""

from dataclasses import replace

import numpy as np

from comparisons.ancestors.problem import Weights, flat
from comparisons.ancestors.updates.by_hand import critic_gradient
from comparisons.ancestors.updates.ours import ours, same_size
from comparisons.ancestors.updates.problem import (
    Networks,
    Transitions,
    draw_batches,
    draw_networks,
    one_q,
)
from comparisons.ancestors.updates.systems import KERAS_PLACE, MENDED, SYSTEMS, System, Variant
from comparisons.study import Track

BATCH = 64


def measure_updates(quick: bool, track: Track) -> dict:
    """Rows for every system: as it was meant, in both precisions, and with each variant."""
    hidden, updates = (16, 6) if quick else (256, 100)
    present = [system for system in SYSTEMS if system.installed]
    rows = [row for system in track(present, "updates") for row in measure(system, hidden, updates)]
    return {
        "hidden": hidden,
        "updates": updates,
        "batch": BATCH,
        "rows": rows,
        "skipped": {system.name: system.needs for system in SYSTEMS if not system.installed},
        "critic_gradient_norm": critic_gradient_norm(hidden),
    }


def measure(system: System, hidden: int, updates: int) -> list[dict]:
    """All rows of a system. Our side is run once for each config and precision."""
    known = {}
    conditions = [("meant", MENDED, np.float32)]
    if system.in_float64:
        conditions.append(("float64", MENDED, np.float64))
    if system.config.adam_epsilon_place == "pytorch":
        conditions.append(("keras_place", KERAS_PLACE, np.float32))
    conditions += [("variant", variant, np.float32) for variant in system.variants]
    return [
        {"system": system.name, "kind": kind, "label": variant.label}
        | compare(system, variant, dtype, hidden, updates, known)
        for kind, variant, dtype in conditions
    ]


def compare(
    system: System, variant: Variant, dtype: type, hidden: int, updates: int, known: dict
) -> dict:
    """How far the networks are apart after the first update and after the last.

    known: what our side came to under the same condition, kept from row to row.
    """
    start = draw_networks(hidden, system.critics, system.q_outputs, dtype)
    batches = draw_batches(updates, BATCH, dtype)
    condition = dtype, tuple(variant.ours.items())
    if condition not in known:
        config = replace(same_size(system.config, hidden), **variant.ours)
        known[condition] = ours(config, one_q(start), batches)
    own, noise = known[condition]
    theirs = system.updates(start, Transitions(batches, noise), variant)
    begun, first = one_q(start), system.first - 1

    def of(name, *networks):
        return [getattr(network, name) for network in networks]

    return {
        "first": system.first,
        "apart": {
            name: [apart(*of(name, theirs[at], own[at], begun)) for at in (first, updates - 1)]
            for name in Networks._fields
        },
        "half_spacing": {
            name: half_spacing(*of(name, own[first], begun)) for name in Networks._fields
        },
    }


def apart(theirs: Weights, own: Weights, start: Weights) -> float:
    """The distance of two networks over the distance that ours has travelled from the start."""
    theirs, own, start = (flat(weights).astype(np.float64) for weights in (theirs, own, start))
    return float(np.linalg.norm(theirs - own) / np.linalg.norm(own - start))


def half_spacing(own: Weights, start: Weights) -> float:
    """Half the distance between neighbouring numbers at each weight, over the distance travelled.

    What rounding a network once to its precision may cost, in the unit of `apart`.
    """
    own, start = flat(own), flat(start)
    travelled = np.linalg.norm(own.astype(np.float64) - start)
    return float(np.linalg.norm(np.spacing(own).astype(np.float64)) / 2 / travelled)


def critic_gradient_norm(hidden: int) -> float:
    """The norm of the critic's first gradient, which keras-rl's limit meets.

    Without a penalty, and with the rewards alone as targets.
    """
    start = draw_networks(hidden)
    batch = next(iter(Transitions(draw_batches(1, BATCH))))
    targets = batch.rewards[:, None]
    gradient = critic_gradient(start.critic, batch.observations, batch.actions, targets, 0.0)
    return float(np.linalg.norm(flat(gradient)))
