"""Measure whole updates, see `updates/`, and the actor's gradient by itself, which is here."""

import numpy as np

from comparisons.ancestors.adam import BETA_2, Adam
from comparisons.ancestors.jump import first_jump
from comparisons.ancestors.ours import STRATEGIES, Ours
from comparisons.ancestors.problem import (
    ACTION_DIM,
    OBSERVATION_DIM,
    Problem,
    Update,
    Weights,
    flat,
    make_batches,
    make_problem,
    one_output,
)
from comparisons.ancestors.systems import EPSILON, SYSTEMS, System
from comparisons.ancestors.updates.measure import measure_updates
from comparisons.study import Track

EPSILON_RATIO = (1 - BETA_2) ** -0.5
"""How many times as large epsilon is in the first step of Adam's "hat" form, see `adam.py`."""

BATCH, ODD_BATCH = 64, 100
"""A power of two, at which the place of 1/N cannot be seen, and a size at which it can."""


def run(quick: bool, track: Track) -> dict:
    """Whole updates; a row for each system's gradient; what the place of clipping changes."""
    hidden, steps = (32, 10) if quick else (256, 100)
    present = [system for system in SYSTEMS if system.installed]
    ours = {}
    rows = []
    for system in track(present, "systems"):
        problem = make_problem(hidden, system.heads, system.q_outputs)
        if system.heads not in ours:
            ours[system.heads] = Ours(problem)
        rows.append(measure(system, ours[system.heads].load(problem), steps))
    return {
        "hidden": hidden,
        "steps": steps,
        "batch": BATCH,
        "odd_batch": ODD_BATCH,
        "observation_dim": OBSERVATION_DIM,
        "action_dim": ACTION_DIM,
        "weights": flat(make_problem(hidden).actor).size,
        "epsilon": EPSILON,
        "hat_epsilon_ratio": EPSILON_RATIO,
        "rows": rows,
        "skipped": {system.name: system.needs for system in SYSTEMS if not system.installed},
        "clipping": clipping(hidden),
        "updates": measure_updates(quick, track),
    }


def measure(system: System, ours: Ours, steps: int) -> dict:
    """The row of one system."""
    training = system.updates(ours.problem, make_batches(steps, BATCH))
    odd = system.updates(ours.problem, make_batches(1, ODD_BATCH))
    gradients = compare_gradients(ours, training[0].gradients, odd[0].gradients)
    row = {
        "name": system.name,
        "learning_rate": system.learning_rate,
        "adam_form": system.adam_form,
        "clipnorm": system.clipnorm,
        "q_outputs": system.q_outputs,
        "heads": system.heads,
        **gradients,
        **compare_training(system, ours, training, gradients["nearest"][0], gradients["factor"]),
    }
    if system.q_outputs > 1:
        row["cosines_with_single_outputs"] = cosines_with_single_outputs(ours)
    return row


def compare_gradients(ours: Ours, theirs: Weights, odd_theirs: Weights) -> dict:
    """The factor between a system's gradient and ours, and which of ours it is.

    theirs, odd_theirs: at the two batch sizes. The nearest strategies are those that share most
    bits at the odd size, where they can be told apart.
    """
    factor, distances = compare_with_each(ours, flat(theirs), BATCH)
    odd_factor, odd_distances = compare_with_each(ours, flat(odd_theirs), ODD_BATCH)
    different = {name: apart["different_bits"] for name, apart in odd_distances.items()}
    nearest = [name for name in STRATEGIES if different[name] == min(different.values())]
    observations = make_batches(1, ODD_BATCH)[0]
    eager, graph = (flat(ours.gradients(observations, nearest[0], mode)) for mode in (False, True))
    odd = flat(odd_theirs)
    return {
        "factor": factor,
        "odd_factor": odd_factor,
        "nearest": nearest,
        "distances": distances,
        "odd_distances": odd_distances,
        "odd_eager": distance(odd / np.float32(odd_factor), eager),
        "odd_by_reciprocal": distance(odd * np.float32(1 / odd_factor), graph),
    }


def compare_with_each(ours: Ours, theirs: np.ndarray, size: int) -> tuple[float, dict]:
    """The factor, and each strategy's distance (in graph mode) after division by it."""
    observations = make_batches(1, size)[0]
    own = {name: flat(ours.gradients(observations, name)) for name in STRATEGIES}
    factor = round_off(slope(theirs, own["mean_q"]))
    divided = theirs / np.float32(factor)
    return factor, {name: distance(divided, gradient) for name, gradient in own.items()}


def slope(theirs: np.ndarray, ours: np.ndarray) -> float:
    """The number f for which f * ours is nearest to theirs (least squares)."""
    theirs, ours = theirs.astype(np.float64), ours.astype(np.float64)
    return float(theirs @ ours / (ours @ ours))


def round_off(factor: float) -> float:
    """The nearest whole number if the factor is one to within float32's rounding."""
    whole = round(factor)
    return float(whole) if abs(factor - whole) < 1e-5 * abs(factor) else factor


def distance(theirs: np.ndarray, ours: np.ndarray) -> dict:
    """The relative distance of two vectors and the share of numbers with different bits."""
    difference = theirs.astype(np.float64) - ours
    return {
        "relative": float(np.linalg.norm(difference) / np.linalg.norm(ours.astype(np.float64))),
        "different_bits": float(np.mean(theirs != ours)),
    }


def compare_training(
    system: System, ours: Ours, theirs: list[Update], strategy: str, factor: float
) -> dict:
    """How far the weights are apart after the first step and after the last.

    "keras": ours with Keras 3's Adam. "same_adam": ours with the system's form of Adam and the
    factor in its gradients, so that nothing but rounding is left to differ.
    """
    start, rate = flat(ours.problem.actor), system.learning_rate
    batches = make_batches(len(theirs), BATCH)
    adam = {"learning_rate": rate, "epsilon": EPSILON, "clipnorm": system.clipnorm}
    keras = ours.updates(batches, strategy, adam)
    same = Adam(ours.problem.actor, rate, EPSILON, system.adam_form)
    same_adam = ours.updates_with(batches, strategy, same, factor)
    first, our_first = flat(theirs[0].gradients), flat(keras[0].gradients)
    ratio = factor * (EPSILON_RATIO if system.adam_form == "paper" else 1)
    return {
        "apart": {
            name: [weight_gap(theirs[i], own[i], start, rate) for i in (0, -1)]
            for name, own in (("keras", keras), ("same_adam", same_adam))
        },
        "jump": first_jump(ours.problem, batches, theirs, same_adam, factor),
        "epsilon_ratio": ratio,
        "predicted_gap": largest_gap_from_epsilon(ratio),
        "median_gradient": float(np.median(np.abs(our_first[our_first != 0]))),
        "signs_that_differ": int(np.sum(np.sign(first) != np.sign(our_first))),
        "largest_gradient_norm": max(
            float(np.linalg.norm(gradient)) for update in theirs for gradient in update.gradients
        ),
    }


def weight_gap(theirs: Update, ours: Update, start: np.ndarray, learning_rate: float) -> dict:
    """The distance of two sets of weights.

    relative: over the distance of ours from `start`; largest: of one weight, in learning rates.
    """
    theirs, ours = flat(theirs.weights).astype(np.float64), flat(ours.weights)
    gap = theirs - ours
    return {
        "relative": float(np.linalg.norm(gap) / np.linalg.norm(ours - start)),
        "largest": float(np.abs(gap).max() / learning_rate),
    }


def cosines_with_single_outputs(ours: Ours) -> list[float]:
    """The cosine of the mean critic's gradient with that of each single output."""
    problem, observations = ours.problem, make_batches(1, BATCH)[0]
    mean = flat(ours.gradients(observations, "mean_q"))
    cosines = []
    for index in range(problem.critic[-1].size):
        single = Problem(problem.actor, one_output(problem.critic, index), problem.heads)
        gradient = flat(ours.load(single).gradients(observations, "mean_q"))
        cosines.append(float(gradient @ mean / np.linalg.norm(gradient) / np.linalg.norm(mean)))
    ours.load(problem)
    return cosines


def largest_gap_from_epsilon(ratio: float) -> float:
    """The most, in learning rates, that a weight's first step by Adam depends on epsilon.

    The first step is g / (|g| + epsilon). With one epsilon `ratio` times the other, the two steps
    differ most at |g| = the geometric mean of the two, by (sqrt r - 1) / (sqrt r + 1). A gradient
    that is r times as large has the effect of an epsilon r times as small.
    """
    root = ratio**0.5
    return (root - 1) / (root + 1)


def clipping(hidden: int) -> dict:
    """What it changes that each worker of Baselines clips before the average.

    The limit is half the largest norm of one weight's gradient over the whole batch, so it acts.
    """
    from comparisons.ancestors.baselines import WORKERS, baselines

    problem, batches = make_problem(hidden), make_batches(1, BATCH)
    (whole,) = baselines(problem, batches, 1e-4)
    norms = [float(np.linalg.norm(gradient)) for gradient in whole.gradients]
    limit = max(norms) / 2
    (each,) = baselines(problem, batches, 1e-4, clip_norm=limit)
    afterwards = [
        gradient * np.float32(min(1, limit / norm))
        for gradient, norm in zip(whole.gradients, norms, strict=True)
    ]
    return {
        "workers": WORKERS,
        "limit": limit,
        "unclipped": norms,
        **distance(flat(each.gradients), flat(afterwards)),
    }
