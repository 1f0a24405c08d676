"""Run each system beside this project's update and measure how far apart they are."""

import numpy as np

from comparisons.ancestors.adam import BETA_2, Adam
from comparisons.ancestors.ours import our_gradients, our_updates, our_updates_with
from comparisons.ancestors.problem import (
    ACTION_DIM,
    OBSERVATION_DIM,
    Problem,
    flat,
    make_batches,
    make_problem,
    one_output,
)
from comparisons.ancestors.systems import EPSILON, SYSTEMS, System
from ddpg_tf.strategies import STRATEGIES

BATCH, ODD_BATCH = 64, 100
"""A power of two, at which the place of 1/N cannot be seen, and a size at which it can."""


def run(quick: bool, track) -> dict:
    """Return one row for each system, and the two side measurements."""
    hidden, steps = (32, 20) if quick else (256, 100)
    present = [system for system in SYSTEMS if system.installed]
    rows = [
        measure(system, hidden, steps, with_eager=not quick) for system in track(present, "systems")
    ]
    return {
        "hidden": hidden,
        "steps": steps,
        "batch": BATCH,
        "odd_batch": ODD_BATCH,
        "observation_dim": OBSERVATION_DIM,
        "action_dim": ACTION_DIM,
        "weights": flat(make_problem(hidden).actor).size,
        "epsilon": EPSILON,
        "epsilon_ratio": (1 - BETA_2) ** -0.5,
        "largest_gap_from_epsilon": largest_gap_from_epsilon(),
        "rows": rows,
        "skipped": {system.name: system.needs for system in SYSTEMS if not system.installed},
        "clipping": clipping(hidden),
    }


def measure(system: System, hidden: int, steps: int, with_eager: bool) -> dict:
    """Return the row of one system."""
    problem = make_problem(hidden, system.heads, system.q_outputs)
    gradients = compare_gradients(system, problem, with_eager)
    row = {
        "name": system.name,
        "framework": system.framework,
        "lines": system.lines,
        "seeds": system.seeds,
        "learning_rate": system.learning_rate,
        "adam_form": system.adam_form,
        "q_outputs": system.q_outputs,
        "heads": system.heads,
        **gradients,
        **compare_training(system, problem, steps, gradients["nearest"], gradients["factor"]),
    }
    if system.q_outputs > 1:
        row["cosine_with_single_outputs"] = cosines_with_single_outputs(problem)
    return row


def compare_gradients(system: System, problem: Problem, with_eager: bool) -> dict:
    """Return the factor between the system's first gradient and ours, and which of ours it is."""
    theirs = {
        size: system.updates(problem, make_batches(1, size))[0].gradients
        for size in (BATCH, ODD_BATCH)
    }
    modes = {"graph": True} | ({"eager": False} if with_eager else {})
    distances = {}
    factors = {}
    for size, gradients in theirs.items():
        observations = make_batches(1, size)[0]
        mean_q = our_gradients(problem, observations, "mean_q", graph=True)
        factors[size] = round_off(slope(flat(gradients), flat(mean_q)))
        divided = flat(gradients) / np.float32(factors[size])
        distances[size] = {
            f"{name}, {mode}": distance(
                divided, flat(our_gradients(problem, observations, name, graph))
            )
            for name in STRATEGIES
            for mode, graph in modes.items()
        }
    graph_mode = {name: distances[ODD_BATCH][f"{name}, graph"]["relative"] for name in STRATEGIES}
    return {
        "factor": factors[BATCH],
        "odd_factor": factors[ODD_BATCH],
        "nearest": min(graph_mode, key=graph_mode.get),
        "distances": distances[BATCH],
        "odd_distances": distances[ODD_BATCH],
    }


def slope(theirs: np.ndarray, ours: np.ndarray) -> float:
    """Return the number f for which f * ours is nearest to theirs (least squares)."""
    theirs, ours = theirs.astype(np.float64), ours.astype(np.float64)
    return float(theirs @ ours / (ours @ ours))


def round_off(factor: float) -> float:
    """Return the nearest whole number if the factor is one to within float32's rounding."""
    whole = round(factor)
    return float(whole) if abs(factor - whole) < 1e-5 * abs(factor) else factor


def distance(theirs: np.ndarray, ours: np.ndarray) -> dict:
    """Return the relative distance of two vectors and the share of numbers with different bits."""
    difference = theirs.astype(np.float64) - ours
    return {
        "relative": float(np.linalg.norm(difference) / np.linalg.norm(ours.astype(np.float64))),
        "different_bits": float(np.mean(theirs != ours)),
    }


def compare_training(
    system: System, problem: Problem, steps: int, strategy: str, factor: float
) -> dict:
    """Return how far the weights are apart after one step and after all.

    "keras": ours with Keras 3's Adam. "same_adam": ours with the system's form of Adam and the
    factor in its gradients, so that nothing but rounding is left to differ.
    """
    batches = make_batches(steps, BATCH)
    adam = {"learning_rate": system.learning_rate, "epsilon": EPSILON, "clipnorm": system.clipnorm}
    theirs = system.updates(problem, batches)
    keras = our_updates(problem, batches, strategy, adam)
    same = Adam(problem.actor, system.learning_rate, EPSILON, system.adam_form)
    same_adam = our_updates_with(problem, batches, strategy, same, factor)
    start, first = flat(problem.actor), flat(theirs[0].gradients)
    apart = {
        name: [weight_gap(theirs[i], ours[i], start, system.learning_rate) for i in (0, steps - 1)]
        for name, ours in (("keras", keras), ("same_adam", same_adam))
    }
    gap = np.abs(flat(theirs[0].weights) - flat(keras[0].weights))
    return {
        "apart": apart,
        "worst_weight": {
            "gap": float(gap.max() / system.learning_rate),
            "gradient": float(abs(first[gap.argmax()])),
            "median_gradient": float(np.median(np.abs(first[first != 0]))),
        },
        "signs_that_differ": int(np.sum(np.sign(first) != np.sign(flat(same_adam[0].gradients)))),
        "largest_gradient_norm": max(
            float(np.linalg.norm(gradient)) for update in theirs for gradient in update.gradients
        ),
    }


def weight_gap(theirs, ours, start: np.ndarray, learning_rate: float) -> dict:
    """Return the distance of two sets of weights.

    relative: over the way that ours have come from `start`; largest: of one weight, in learning
    rates.
    """
    theirs, ours = flat(theirs.weights).astype(np.float64), flat(ours.weights)
    gap = theirs - ours
    return {
        "relative": float(np.linalg.norm(gap) / np.linalg.norm(ours - start)),
        "largest": float(np.abs(gap).max() / learning_rate),
    }


def cosines_with_single_outputs(problem: Problem) -> list[float]:
    """Return the cosine of the mean critic's gradient with that of each single output."""
    observations = make_batches(1, BATCH)[0]
    mean = flat(our_gradients(problem, observations, "mean_q", graph=True))
    cosines = []
    for index in range(problem.critic[-1].size):
        critic = one_output(problem.critic, index)
        single = Problem(problem.actor, critic, problem.heads)
        gradient = flat(our_gradients(single, observations, "mean_q", graph=True))
        product = np.linalg.norm(gradient) * np.linalg.norm(mean)
        cosines.append(float(gradient @ mean / product))
    return cosines


def largest_gap_from_epsilon() -> float:
    """Return the most, in learning rates, that the two forms of Adam can differ by in one step.

    In the first step a weight moves by g / (|g| + epsilon), with epsilon r times as large in the
    "hat" form. The difference is largest at |g| = epsilon * sqrt(r): (sqrt r - 1) / (sqrt r + 1).
    """
    root = (1 - BETA_2) ** -0.25
    return (root - 1) / (root + 1)


def clipping(hidden: int) -> dict:
    """Return what it changes that each worker of Baselines clips before the average.

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
